import type { Router } from "express";
import { accounts } from "./accounts/routes.ts";
import { accountSettings } from "./accounts/settings-routes.ts";
import { activations } from "./activations/routes.ts";
import { addresses } from "./addresses/routes.ts";
import { apiClients } from "./api-clients/routes.ts";
import { apiDocs } from "./api-docs/routes.ts";
import { apiTokens } from "./api-tokens/routes.ts";
import { audit } from "./audit/routes.ts";
import { auth } from "./auth/routes.ts";
import { config } from "./config.ts";
import { confirmations } from "./confirmations/routes.ts";
import { connections } from "./connections/routes.ts";
import { connectors } from "./connectors/routes.ts";
import { corporate } from "./corporate/routes.ts";
import { dashboard } from "./dashboard/routes.ts";
import { deletions } from "./deletions/routes.ts";
import { dev } from "./dev/routes.ts";
import { devDns } from "./dev-dns/routes.ts";
import { directory } from "./directory/routes.ts";
import { domainPages } from "./domain-pages/routes.ts";
import { domainRemovals } from "./domain-removals/routes.ts";
import { domainStates } from "./domain-states/routes.ts";
import { domains } from "./domains/routes.ts";
import { endDateList, userEndDates } from "./end-dates/routes.ts";
import { factorPolicy } from "./factor-policy/routes.ts";
import { factorResets } from "./factor-resets/routes.ts";
import { firstPasswords } from "./first-passwords/routes.ts";
import { linesOf, type RouteLine } from "./http/route-lines.ts";
import { imapMailboxes } from "./imap-mailboxes/routes.ts";
import { importDifferences } from "./import-differences/routes.ts";
import { importFiles } from "./import-files/routes.ts";
import { importPeopleList } from "./import-people/routes.ts";
import { importRuns } from "./import-runs/routes.ts";
import { imports } from "./imports/routes.ts";
import { instanceRooms } from "./instance-rooms.ts";
import { invitations } from "./invitations/routes.ts";
import { inviteLists } from "./invite-lists/routes.ts";
import { invites } from "./invites/routes.ts";
import { logos } from "./logos/routes.ts";
import { logPages } from "./logs/routes.ts";
import { mailGroups } from "./mail-groups/routes.ts";
import { mailboxActivity } from "./mailbox-activity/routes.ts";
import { mailboxAliases } from "./mailbox-aliases/routes.ts";
import { mailboxForwards } from "./mailbox-forwards/routes.ts";
import { mailboxPasswords } from "./mailbox-passwords/routes.ts";
import { mailboxRemovals } from "./mailbox-removals/routes.ts";
import { mailboxes } from "./mailboxes/routes.ts";
import { members } from "./members/routes.ts";
import { messages } from "./messages/routes.ts";
import { metrics } from "./metrics/routes.ts";
import { oauth } from "./oauth/routes.ts";
import { offboarding } from "./offboarding/routes.ts";
import { offboardings } from "./offboardings/routes.ts";
import { passkeySignIn } from "./passkeys/sign-in-routes.ts";
import { passwords } from "./passwords/routes.ts";
import { pathEndings } from "./path-endings/routes.ts";
import { positions } from "./positions/routes.ts";
import { profileRooms } from "./profile-rooms.ts";
import { registration } from "./registration/routes.ts";
import { releases } from "./releases/routes.ts";
import { reports } from "./reports/routes.ts";
import { choices } from "./rights/choice-routes.ts";
import { userLog } from "./rights/log-routes.ts";
import { rights } from "./rights/routes.ts";
import { roles } from "./roles/routes.ts";
import { runs } from "./runs/routes.ts";
import { seals } from "./seals/routes.ts";
import { secondFactor } from "./second-factor/routes.ts";
import { selection } from "./selection/routes.ts";
import { sessionPolicy } from "./session-policy/routes.ts";
import { userSignIns } from "./sign-ins/member-routes.ts";
import { storage } from "./storage/routes.ts";
import { subscription } from "./subscription/routes.ts";
import { undoings } from "./undoings/routes.ts";
import { userSettings } from "./user-settings/routes.ts";
import { webhookDeliveries } from "./webhook-deliveries/routes.ts";
import { webhookSecrets } from "./webhook-secrets/routes.ts";
import { webhookStates } from "./webhook-states/routes.ts";
import { webhooks } from "./webhooks/routes.ts";
import { wellKnown } from "./well-known/routes.ts";
import { whoCanPages } from "./who-can/routes.ts";
import { why } from "./why/routes.ts";
import { mailboxWhy } from "./why-mailbox/routes.ts";

/** Every room and its address. The sweeps walk this list, so a new room is covered the day it is mounted. */
export const rooms: [mount: string, router: Router][] = [
  ["/", auth],
  ["/", passkeySignIn],
  ["/", secondFactor],
  ["/", confirmations],
  ["/admin/users/many", inviteLists],
  ["/admin/users", invites],
  ["/", registration],
  ["/invitations", invitations],
  ["/", passwords],
  ["/", addresses],
  ["/.well-known", wellKnown],
  ["/", factorPolicy],
  ...profileRooms,
  ["/accounts", accounts],
  ["/admin/settings", accountSettings],
  ["/admin/settings/sessions", sessionPolicy],
  ["/", logos],
  ["/", deletions],
  ["/", releases],
  ...instanceRooms,
  ["/admin/subscription", subscription],
  ["/admin/dashboard", dashboard],
  ["/admin/users", directory],
  ["/admin/users", userEndDates],
  ["/admin/end-dates", endDateList],
  ["/admin/roles", roles],
  ["/admin/mailboxes", imapMailboxes],
  ["/admin/mailboxes", mailboxes],
  ["/admin/mailboxes", mailboxWhy],
  ["/admin/mailboxes", mailboxPasswords],
  ["/admin/mailboxes", mailboxRemovals],
  ["/admin/mailboxes", mailboxAliases],
  ["/admin/mailboxes", mailboxForwards],
  ["/admin/groups", mailGroups],
  ["/admin/mailboxes", messages],
  ["/admin/mailboxes", mailboxActivity],
  ["/admin/mailboxes", storage],
  ["/admin", connections],
  ["/admin/connectors", connectors],
  ["/admin/domains", domains],
  ["/admin/domains", domainPages],
  ["/admin/domains", domainStates],
  ["/admin/domains", domainRemovals],
  ["/admin/domains", activations],
  ["/admin/domains", runs],
  ["/admin/domains", undoings],
  ["/admin/webhooks", webhooks],
  ["/admin/webhooks", webhookStates],
  ["/admin/webhooks", webhookSecrets],
  ["/admin/webhooks", webhookDeliveries],
  ["/admin/imports", imports],
  ["/admin/imports", importDifferences],
  ["/admin/imports", importRuns],
  ["/admin/imports", importPeopleList],
  ["/admin/logs", logPages],
  ["/admin/audit", audit],
  ["/admin/audit", seals],
  ["/admin/users", members],
  ["/admin/users", offboarding],
  ["/admin/offboardings", offboardings],
  ["/admin/users", rights],
  ["/admin/users", why],
  ["/admin/users", pathEndings],
  ["/admin/access", whoCanPages],
  ["/admin/users", choices],
  ["/admin/users", userLog],
  ["/admin/users", positions],
  ["/admin/users", corporate],
  ["/admin/users", firstPasswords],
  ["/admin/users", userSettings],
  ["/admin/users", factorResets],
  ["/admin/users", userSignIns],
  ["/admin/users/bulk", selection],
  ["/admin/imports", importFiles],
  ["/admin/reports", reports],
  ["/admin/api-clients", apiClients],
  ["/admin/api-clients", apiTokens],
];

/** What programs call, before sessions: a token says who they are, and no page of anybody can make a browser call it. */
export const programs: [mount: string, router: Router][] = [
  ["/", oauth],
  ["/", metrics],
  ["/api/v1", apiDocs],
];

// The built-in inbox shows everybody's mails, the built-in name server proves domains: in development and tests only.
if (!config.production) rooms.push(["/dev/dns", devDns], ["/dev", dev]);

/** Every route of every room with its guard. */
export const routeLines = (): RouteLine[] => linesOf(rooms);
