import { type ParsedCronItem, parseCronItems } from "graphile-worker";

/** What runs by the clock. Each of these looks for work in the rows themselves, so a missed run only delays it. */
export const schedule: ParsedCronItem[] = parseCronItems([
  { task: "expire_invites", match: "*/10 * * * *", options: { backfillPeriod: 0 } },
  { task: "keep_end_dates", match: "* * * * *", options: { backfillPeriod: 0, maxAttempts: 1 } },
  { task: "remind_invites", match: "5 * * * *", options: { backfillPeriod: 0 } },
  { task: "check_domains", match: "* * * * *", options: { backfillPeriod: 0, maxAttempts: 1 } },
  { task: "judge_alarms", match: "* * * * *", options: { backfillPeriod: 0, maxAttempts: 1 } },
  { task: "release_mails", match: "* * * * *", options: { backfillPeriod: 0 } },
  { task: "measure_mailboxes", match: "* * * * *", options: { backfillPeriod: 0, maxAttempts: 1 } },
  { task: "adopt_mailboxes", match: "41 * * * *", options: { backfillPeriod: 0, maxAttempts: 1 } },
  { task: "carry_out_offboardings", match: "* * * * *", options: { backfillPeriod: 0, maxAttempts: 1 } },
  { task: "note_figures", match: "12 0 * * *", options: { backfillPeriod: 86_400_000 } },
  { task: "verify_log", match: "23 2 * * *", options: { backfillPeriod: 86_400_000 } },
  { task: "sweep_leftovers", match: "17 3 * * *", options: { backfillPeriod: 86_400_000 } },
]);
