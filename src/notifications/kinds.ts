/** What a person can be told about, by bell and by mail; everything is on until they choose otherwise. */
export const notificationKinds = [
  "invite.accepted",
  "invite.declined",
  "invite.expired",
  "invite.bounced",
  "rights.changed",
  "own_end.near",
  "own_end.reached",
  "end_date.near",
  "end_date.reached",
  "domain.verified",
  "domain.at_risk",
  "domain.suspended",
  "domain.recovered",
  "domain.lapsed",
  "run.finished",
  "import.finished",
  "report.ready",
  "webhook.failing",
  "webhook.disabled",
  "sign_in.new_device",
  "factor.reset",
  "offboarding.done",
  "offboarding.failed",
] as const;

export type NotificationKind = (typeof notificationKinds)[number];
export type NotificationChoices = Partial<Record<NotificationKind, { bell: boolean; mail: boolean }>>;

/** Mails that nobody can switch off: they tell of what the person themselves may not have done. */
export const alwaysMailed: readonly NotificationKind[] = ["sign_in.new_device", "factor.reset"];
