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
};

/** An event in words, in the reader's language. */
export const eventTitle = (name: EventName): string => t(titles[name] ?? name);

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
