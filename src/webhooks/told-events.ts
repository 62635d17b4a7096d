import { type EventName, eventNames } from "../audit/events.ts";
import { eventGroups } from "../audit/titles.ts";

/**
 * What is nobody's business outside: how people sign in and what they keep to themselves, what somebody read in a mailbox
 * (its owner sees that, X12), and what happens to the installation.
 */
const untold = new Set<EventName>([
  "instance.changed",
  "job.retried",
  "job.removed",
  "mail.sent_again",
  "mail.tested",
  "alarm.tested",
  "instance.alarms_changed",
  "instance.administrator_added",
  "instance.administrator_removed",
  "plan.created",
  "plan.changed",
  "plan.retired",
  "user.signed_in",
  "user.signed_out",
  "user.sign_in_failed",
  "user.confirmation_failed",
  "user.password_changed",
  "user.password_reset",
  "user.device_trusted",
  "user.device_trust_ended",
  "user.profile_changed",
  "user.address_change_asked",
  "user.release_asked",
  "user.release_revoked",
  "session.ended",
  "mailbox.opened",
  "mailbox.message_viewed",
  "mailbox.remote_content_loaded",
  "mailbox.attachment_downloaded",
]);

/** Every event that a webhook may be told of: all of the audit log but what is personal or of the installation. */
export const toldEvents: EventName[] = eventNames.filter((name) => !untold.has(name));

/** The same with their words, by what they are about: for checkboxes. */
export const toldGroups = () =>
  eventGroups()
    .map(({ title, events }) => ({ title, events: events.filter(({ name }) => !untold.has(name)) }))
    .filter(({ events }) => events.length > 0);

/** Whether a webhook is told of an event: it chose it, or all. */
export const wants = ({ events }: { events: EventName[] }, name: EventName): boolean =>
  !untold.has(name) && (events.length === 0 || events.includes(name));
