import { t } from "../i18n/t.ts";
import { type EventName, eventNames } from "./events.ts";

/** What each event says, as the log shows it. A new event does not compile without its words here. */
const titles: Record<EventName, string> = {
  "instance.changed": "Settings of the installation changed",
  "account.created": "Account created",
  "account.renamed": "Account renamed",
  "account.changed": "Settings of the account changed",
  "account.deleted": "Account deleted",
  "account.restored": "Account restored",
  "account.suspended": "Account suspended",
  "account.unsuspended": "Account restored after a suspension",
  "user.registered": "Registered",
  "user.created": "User created",
  "user.password_mail_sent": "Mail to create a password sent again",
  "user.password_link_copied": "Link to create a password copied",
  "user.settings_changed": "Settings of a user changed",
  "user.release_asked": "Release of a user asked for",
  "user.released": "User released",
  "user.deleted": "Profile deleted",
  "user.signed_in": "Signed in",
  "user.signed_out": "Signed out",
  "user.confirmed": "Confirmed who they are",
  "user.sign_in_failed": "Sign-in failed",
  "user.password_changed": "Password changed",
  "user.password_reset": "Password reset",
  "user.address_change_asked": "Change of address asked for",
  "user.address_changed": "Address changed",
  "user.profile_changed": "Profile changed",
  "user.assigned": "Taken in by a domain",
  "user.unassigned": "Let go by an undone activation",
  "session.ended": "Session ended",
  "invite.drafted": "Invitation drafted",
  "invite.sent": "Invitation sent",
  "invite.resent": "Invitation sent again",
  "invite.reminded": "Reminder of an invitation sent",
  "invite.revoked": "Invitation revoked",
  "invite.link_copied": "Link of an invitation copied",
  "invite.expired": "Invitation expired",
  "invite.accepted": "Invitation accepted",
  "invite.declined": "Invitation declined",
  "invite.bounced": "Invitation could not be delivered",
  "member.added": "User added",
  "member.role_changed": "Role of a user changed",
  "member.rights_changed": "Rights of a user changed",
  "member.blocked": "User blocked",
  "member.unblocked": "User unblocked",
  "member.removed": "User removed",
  "member.restored": "User restored",
  "member.left": "Left the account",
  "role.created": "Role created",
  "role.changed": "Role changed",
  "role.deleted": "Role deleted",
  "mailbox.created": "Mailbox created",
  "mailbox.renamed": "Mailbox renamed",
  "mailbox.archived": "Mailbox archived",
  "mailbox.restored": "Mailbox restored",
  "mailbox.connected": "Mailbox connected",
  "mailbox.reconnected": "Sign-in of a mailbox changed",
  "mailbox.settings_changed": "Settings of a mailbox changed",
  "mailbox.opened": "Mailbox opened",
  "mailbox.message_viewed": "Message viewed",
  "mailbox.remote_content_loaded": "Remote content of a message loaded",
  "mailbox.attachment_downloaded": "Attachment downloaded",
  "mailbox.deleted": "Mailbox deleted",
  "mailbox.access_handed_over": "Access of a deleted mailbox taken over",
  "mailbox.purged": "Deleted mailbox gone for good",
  "mailbox.password_created": "Password for mail programs created",
  "mailbox.password_revoked": "Password for mail programs revoked",
  "mailbox.alias_added": "Alias added",
  "mailbox.alias_removed": "Alias removed",
  "mailbox.forward_added": "Forwarding set up",
  "mailbox.forward_changed": "Forwarding changed",
  "mailbox.forward_removed": "Forwarding ended",
  "group.created": "Group created",
  "group.changed": "Group changed",
  "group.deleted": "Group deleted",
  "domain.added": "Domain added",
  "domain.renamed": "Domain renamed",
  "domain.claimed_again": "Domain claimed again",
  "domain.verified": "Domain verified",
  "domain.lapsed": "Claim of a domain lapsed",
  "domain.marked_at_risk": "Domain at risk: its record is gone",
  "domain.suspended": "Domain suspended",
  "domain.recovered": "Domain in order again",
  "domain.deactivated": "Domain deactivated",
  "domain.unverified": "Verification of a domain withdrawn",
  "domain.removed": "Domain deleted",
  "domain.activated": "Domain activated",
  "domain.activation_reverted": "Activation of a domain undone",
  "domain.people_assigned": "People of a domain taken in",
  "domain.people_released": "People of a domain let go",
  "domain.run_stopped": "Taking people in stopped",
  "domain.run_resumed": "Taking people in resumed",
  "import.uploaded": "Workbook uploaded",
  "import.started": "Import started",
  "import.finished": "Import finished",
  "import.cancelled": "Import cancelled",
  "import.resumed": "Import resumed",
  "import.downloaded": "File of an import downloaded",
  "report.ordered": "Report ordered",
  "report.finished": "Report finished",
  "report.cancelled": "Report cancelled",
  "report.downloaded": "Report downloaded",
  "client.created": "API client created",
  "client.changed": "API client changed",
  "client.secret_rotated": "Secret of an API client renewed",
  "client.revoked": "API client revoked",
  "token.created": "Refresh token created",
  "token.revoked": "Refresh token revoked",
  "token.reused": "Refresh token used twice: its line has ended",
  "connector.added": "Connector added",
  "connector.changed": "Connector changed",
  "connector.removed": "Connector deleted",
  "webhook.added": "Webhook added",
  "webhook.changed": "Webhook changed",
  "webhook.removed": "Webhook deleted",
  "webhook.secret_rotated": "Secret of a webhook renewed",
  "webhook.tested": "Webhook tested",
  "webhook.delivery_repeated": "Delivery of a webhook repeated",
  "webhook.disabled": "Webhook switched off by Muster",
  "webhook.enabled": "Webhook switched on",
  "subscription.changed": "Plan of the account changed",
  "plan.created": "Plan created",
  "plan.changed": "Plan changed",
  "plan.retired": "Plan retired",
  "log.exported": "Log exported",
};

const groups: Record<string, string> = {
  instance: "Installation",
  account: "Account",
  user: "Sign-in and profile",
  session: "Sign-in and profile",
  invite: "Invitations",
  member: "Users",
  role: "Roles",
  mailbox: "Mailboxes",
  domain: "Domains",
  import: "Imports and reports",
  report: "Imports and reports",
  group: "Mailboxes",
  client: "Authentication",
  token: "Authentication",
  connector: "Connectors",
  webhook: "Webhooks",
  subscription: "Subscription",
  plan: "Installation",
  log: "Logs",
};

/** An event in words, in the reader's language. */
export const eventTitle = (name: EventName): string => t(titles[name] ?? name);

/** The logs that can be taken out as files, by what the event keeps of them. */
const logs: Record<string, string> = {
  "api-calls": "API calls",
  "mailbox-activity": "Mailbox activity",
  "webhook-deliveries": "Webhook deliveries",
  mails: "Mails",
};

/** What an event was about, in words: most things go by their own names, logs by one in the reader's language. */
export const subjectWords = (type: string, label: string): string => (type === "log" ? t(logs[label] ?? label) : label);

interface EventGroup {
  title: string;
  events: { name: EventName; title: string }[];
}

/** All events in words, by what they are about: for a filter with groups. */
export function eventGroups(): EventGroup[] {
  const found = new Map<string, EventGroup>();
  for (const name of eventNames) {
    const [noun = ""] = name.split(".");
    const title = t(groups[noun] ?? "Other");
    if (!found.has(title)) found.set(title, { title, events: [] });
    found.get(title)!.events.push({ name, title: eventTitle(name) });
  }
  return [...found.values()];
}
