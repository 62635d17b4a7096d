import { config } from "./config.ts";
import { loadAll, type Room, room } from "./http/room.ts";
import { linesOf, type RouteLine } from "./http/route-lines.ts";
import { instanceRooms } from "./instance-rooms.ts";
import { profileRooms } from "./profile-rooms.ts";
import { userRooms } from "./user-rooms.ts";

/**
 * Every room and its address, in the order in which they are asked. Rooms that share a mount say which addresses are theirs.
 * The sweeps walk this list, so a new room is covered the day it is mounted.
 */
export const rooms: Room[] = [
  room("/", () => import("./auth/routes.ts"), "auth", ["/sign-in", "/sign-out"]),
  room("/", () => import("./passkeys/sign-in-routes.ts"), "passkeySignIn", ["/sign-in/passkey"]),
  room("/", () => import("./second-factor/routes.ts"), "secondFactor", ["/sign-in/second"]),
  room("/", () => import("./confirmations/routes.ts"), "confirmations", ["/confirm"]),
  ...userRooms,
  room("/", () => import("./registration/routes.ts"), "registration", ["/register"]),
  room("/invitations", () => import("./invitations/routes.ts"), "invitations"),
  room("/", () => import("./passwords/routes.ts"), "passwords", ["/forgot", "/reset", "/profile/security/password"]),
  room("/", () => import("./addresses/routes.ts"), "addresses", ["/profile/security/address", "/address"]),
  room("/.well-known", () => import("./well-known/routes.ts"), "wellKnown"),
  room("/", () => import("./factor-policy/routes.ts"), "factorPolicy", [
    "/admin/settings/security",
    "/profile/security/required",
  ]),
  ...profileRooms,
  room("/accounts", () => import("./accounts/routes.ts"), "accounts"),
  room("/admin/settings", () => import("./accounts/settings-routes.ts"), "accountSettings", ["/"]),
  room("/admin/settings/sessions", () => import("./session-policy/routes.ts"), "sessionPolicy"),
  room("/", () => import("./logos/routes.ts"), "logos", ["/admin/settings/logo", "/logos"]),
  room("/", () => import("./deletions/routes.ts"), "deletions", [
    "/admin/settings/deletion",
    "/accounts/:id/restore",
    "/profile/deletion",
  ]),
  room("/", () => import("./releases/routes.ts"), "releases", [
    "/admin/users/:id/release",
    "/profile/release",
    "/release",
  ]),
  ...instanceRooms,
  room("/admin/subscription", () => import("./subscription/routes.ts"), "subscription"),
  room("/admin/dashboard", () => import("./dashboard/routes.ts"), "dashboard"),
  room("/admin/end-dates", () => import("./end-dates/routes.ts"), "endDateList"),
  room("/admin/roles", () => import("./roles/routes.ts"), "roles"),
  room("/admin/mailboxes", () => import("./imap-mailboxes/routes.ts"), "imapMailboxes", [
    "/imap",
    "/:mailboxId/connection",
  ]),
  room("/admin/mailboxes", () => import("./mailboxes/routes.ts"), "mailboxes", [
    "/",
    "/new",
    "/:mailboxId",
    "/:mailboxId/archive",
    "/:mailboxId/restoration",
    "/:mailboxId/grants",
    "/:mailboxId/quota",
  ]),
  room("/admin/mailboxes", () => import("./why-mailbox/routes.ts"), "mailboxWhy", ["/:mailboxId/why"]),
  room("/admin/mailboxes", () => import("./mailbox-passwords/routes.ts"), "mailboxPasswords", [
    "/:mailboxId/passwords",
  ]),
  room("/admin/mailboxes", () => import("./mailbox-removals/routes.ts"), "mailboxRemovals", ["/:mailboxId/removal"]),
  room("/admin/mailboxes", () => import("./mailbox-aliases/routes.ts"), "mailboxAliases", ["/:mailboxId/aliases"]),
  room("/admin/mailboxes", () => import("./mailbox-forwards/routes.ts"), "mailboxForwards", [
    "/:mailboxId/delivery",
    "/:mailboxId/forwards",
  ]),
  room("/admin/groups", () => import("./mail-groups/routes.ts"), "mailGroups"),
  room("/admin/mailboxes", () => import("./messages/routes.ts"), "messages", ["/:mailboxId/messages"]),
  room("/admin/mailboxes", () => import("./mailbox-activity/routes.ts"), "mailboxActivity", ["/:mailboxId/activity"]),
  room("/admin/mailboxes", () => import("./storage/routes.ts"), "storage", ["/:mailboxId/measurement"]),
  room("/admin", () => import("./connections/routes.ts"), "connections", [
    "/connectors/callback",
    "/connectors/:connectorId/mailboxes",
    "/mailboxes/:mailboxId/reconnection",
  ]),
  room("/admin/connectors", () => import("./connectors/routes.ts"), "connectors"),
  room("/admin/domains", () => import("./domains/routes.ts"), "domains", ["/", "/new", "/:id/name"]),
  room("/admin/domains", () => import("./domain-pages/routes.ts"), "domainPages", ["/:id", "/:id/checks"]),
  room("/admin/domains", () => import("./domain-states/routes.ts"), "domainStates", [
    "/:id/check",
    "/:id/claim",
    "/:id/deactivation",
    "/:id/unverification",
  ]),
  room("/admin/domains", () => import("./domain-removals/routes.ts"), "domainRemovals", ["/:id/removal"]),
  room("/admin/domains", () => import("./activations/routes.ts"), "activations", ["/:id/activation"]),
  room("/admin/domains", () => import("./runs/routes.ts"), "runs", ["/:id/run"]),
  room("/admin/domains", () => import("./undoings/routes.ts"), "undoings", ["/:id/undo"]),
  room("/admin/webhooks", () => import("./webhooks/routes.ts"), "webhooks", [
    "/",
    "/new",
    "/:id",
    "/:id/edit",
    "/:id/removal",
  ]),
  room("/admin/webhooks", () => import("./webhook-states/routes.ts"), "webhookStates", ["/:id/pause", "/:id/enabling"]),
  room("/admin/webhooks", () => import("./webhook-secrets/routes.ts"), "webhookSecrets", ["/:id/secret"]),
  room("/admin/webhooks", () => import("./webhook-deliveries/routes.ts"), "webhookDeliveries", [
    "/:id/deliveries",
    "/:id/test",
  ]),
  room("/admin/imports", () => import("./imports/routes.ts"), "imports", ["/", "/new", "/:id", "/:id/check"]),
  room("/admin/imports", () => import("./import-differences/routes.ts"), "importDifferences", ["/:id/difference"]),
  room("/admin/imports", () => import("./import-runs/routes.ts"), "importRuns", [
    "/:id/start",
    "/:id/cancel",
    "/:id/resume",
  ]),
  room("/admin/imports", () => import("./import-people/routes.ts"), "importPeopleList", ["/:id/people"]),
  room("/admin/logs", () => import("./logs/routes.ts"), "logPages"),
  room("/admin/audit", () => import("./audit/routes.ts"), "audit", ["/"]),
  room("/admin/audit", () => import("./seals/routes.ts"), "seals", ["/files/ndjson"]),
  room("/admin/offboardings", () => import("./offboardings/routes.ts"), "offboardings"),
  room("/admin/access", () => import("./who-can/routes.ts"), "whoCanPages"),
  room("/admin/imports", () => import("./import-files/routes.ts"), "importFiles", [
    "/example.xlsx",
    "/:id/files/:kind",
  ]),
  room("/admin/reports", () => import("./reports/routes.ts"), "reports"),
  room("/admin/api-clients", () => import("./api-clients/routes.ts"), "apiClients", [
    "/",
    "/new",
    "/:id",
    "/:id/settings",
    "/:id/secret",
    "/:id/old-secret",
    "/:id/revocation",
  ]),
  room("/admin/api-clients", () => import("./api-tokens/routes.ts"), "apiTokens", [
    "/:id/tokens",
    "/tokens/:refreshId/revocation",
  ]),
];

/** What programs call, before sessions: a token says who they are, and no page of anybody can make a browser call it. */
export const programs: Room[] = [
  room("/", () => import("./oauth/routes.ts"), "oauth", [
    "/oauth/token",
    "/oauth/revoke",
    "/.well-known/oauth-authorization-server",
  ]),
  room("/", () => import("./metrics/routes.ts"), "metrics", ["/metrics"]),
  room("/api/v1", () => import("./api-docs/routes.ts"), "apiDocs", ["/", "/openapi.json"]),
];

// The built-in inbox shows everybody's mails, the built-in name server proves domains: in development and tests only.
if (!config.production)
  rooms.push(
    room("/dev/dns", () => import("./dev-dns/routes.ts"), "devDns"),
    room("/dev", () => import("./dev/routes.ts"), "dev"),
  );

/** Every route of every room with its guard. */
export const routeLines = async (): Promise<RouteLine[]> => linesOf(await loadAll(rooms));
