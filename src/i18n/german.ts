import accounts from "./de/accounts.json" with { type: "json" };
import activations from "./de/activations.json" with { type: "json" };
import api from "./de/api.json" with { type: "json" };
import apiClients from "./de/api-clients.json" with { type: "json" };
import audit from "./de/audit.json" with { type: "json" };
import auth from "./de/auth.json" with { type: "json" };
import belonging from "./de/belonging.json" with { type: "json" };
import common from "./de/common.json" with { type: "json" };
import confirmations from "./de/confirmations.json" with { type: "json" };
import connectors from "./de/connectors.json" with { type: "json" };
import corporate from "./de/corporate.json" with { type: "json" };
import dashboard from "./de/dashboard.json" with { type: "json" };
import deletions from "./de/deletions.json" with { type: "json" };
import delivery from "./de/delivery.json" with { type: "json" };
import dev from "./de/dev.json" with { type: "json" };
import dns from "./de/dns.json" with { type: "json" };
import domains from "./de/domains.json" with { type: "json" };
import endDates from "./de/end-dates.json" with { type: "json" };
import erasures from "./de/erasures.json" with { type: "json" };
import factors from "./de/factors.json" with { type: "json" };
import grants from "./de/grants.json" with { type: "json" };
import imap from "./de/imap.json" with { type: "json" };
import imapMailboxes from "./de/imap-mailboxes.json" with { type: "json" };
import importChecks from "./de/import-checks.json" with { type: "json" };
import importRuns from "./de/import-runs.json" with { type: "json" };
import imports from "./de/imports.json" with { type: "json" };
import instance from "./de/instance.json" with { type: "json" };
import invites from "./de/invites.json" with { type: "json" };
import logs from "./de/logs.json" with { type: "json" };
import mailboxActivity from "./de/mailbox-activity.json" with { type: "json" };
import mailboxPasswords from "./de/mailbox-passwords.json" with { type: "json" };
import mailboxRemovals from "./de/mailbox-removals.json" with { type: "json" };
import mailboxes from "./de/mailboxes.json" with { type: "json" };
import members from "./de/members.json" with { type: "json" };
import messages from "./de/messages.json" with { type: "json" };
import notifications from "./de/notifications.json" with { type: "json" };
import offboardings from "./de/offboardings.json" with { type: "json" };
import operations from "./de/operations.json" with { type: "json" };
import outbound from "./de/outbound.json" with { type: "json" };
import plans from "./de/plans.json" with { type: "json" };
import profile from "./de/profile.json" with { type: "json" };
import reportPdf from "./de/report-pdf.json" with { type: "json" };
import reports from "./de/reports.json" with { type: "json" };
import roles from "./de/roles.json" with { type: "json" };
import seals from "./de/seals.json" with { type: "json" };
import signIns from "./de/sign-ins.json" with { type: "json" };
import storage from "./de/storage.json" with { type: "json" };
import suspensions from "./de/suspensions.json" with { type: "json" };
import webhooks from "./de/webhooks.json" with { type: "json" };
import why from "./de/why.json" with { type: "json" };
import workbook from "./de/workbook.json" with { type: "json" };
import xlsx from "./de/xlsx.json" with { type: "json" };

/** German, room by room: the English sentence → the German one. What several rooms say stands in `common`. */
export const german: Record<string, string> = {
  ...common,
  ...auth,
  ...plans,
  ...profile,
  ...accounts,
  ...members,
  ...endDates,
  ...messages,
  ...mailboxActivity,
  ...invites,
  ...imports,
  ...instance,
  ...importChecks,
  ...importRuns,
  ...erasures,
  ...factors,
  ...grants,
  ...roles,
  ...mailboxes,
  ...mailboxPasswords,
  ...confirmations,
  ...connectors,
  ...mailboxRemovals,
  ...domains,
  ...api,
  ...apiClients,
  ...audit,
  ...notifications,
  ...activations,
  ...belonging,
  ...corporate,
  ...deletions,
  ...suspensions,
  ...webhooks,
  ...why,
  ...delivery,
  ...workbook,
  ...xlsx,
  ...dev,
  ...dns,
  ...reportPdf,
  ...reports,
  ...dashboard,
  ...logs,
  ...offboardings,
  ...operations,
  ...outbound,
  ...imap,
  ...imapMailboxes,
  ...signIns,
  ...seals,
  ...storage,
};
