import { why } from "../api-access/why.ts";
import { apiClients } from "../api-account/api-clients.ts";
import { connectors } from "../api-account/connectors.ts";
import { dashboard } from "../api-account/dashboard.ts";
import { subscription } from "../api-account/subscription.ts";
import { logs } from "../api-logs/logs.ts";
import { mailboxLog } from "../api-logs/mailbox-log.ts";
import { messages } from "../api-mailboxes/messages.ts";
import { storage } from "../api-mailboxes/storage.ts";
import { grants } from "../api-people/grants.ts";
import { invitations } from "../api-people/invitations.ts";
import { memberStates } from "../api-people/member-states.ts";
import { members } from "../api-people/members.ts";
import { roles } from "../api-people/roles.ts";
import { activations } from "../api-platform/activations.ts";
import { domains } from "../api-platform/domains.ts";
import { mailboxAccess } from "../api-platform/mailbox-access.ts";
import { mailboxes } from "../api-platform/mailboxes.ts";
import { webhookDeliveries } from "../api-platform/webhook-deliveries.ts";
import { webhooks } from "../api-platform/webhooks.ts";
import { auditEvents } from "../api-records/audit-events.ts";
import { imports } from "../api-records/imports.ts";
import { offboardings } from "../api-records/offboardings.ts";
import { reports } from "../api-records/reports.ts";
import type { Endpoint } from "./endpoint.ts";

/** Every endpoint there is, in the order of the documentation. The sweeps walk this list. */
export const endpoints: Endpoint[] = [
  ...dashboard,
  ...members,
  ...memberStates,
  ...offboardings,
  ...grants,
  ...invitations,
  ...roles,
  ...why,
  ...mailboxes,
  ...mailboxAccess,
  ...storage,
  ...messages,
  ...connectors,
  ...domains,
  ...activations,
  ...webhooks,
  ...webhookDeliveries,
  ...imports,
  ...reports,
  ...logs,
  ...mailboxLog,
  ...auditEvents,
  ...apiClients,
  ...subscription,
];
