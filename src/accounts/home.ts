import { sql } from "drizzle-orm";
import { memberCounts } from "../access/counts.ts";

/**
 * The account whose log shows what somebody does outside of any: of those they are in, or that manages their profile, the
 * one they used last, else the oldest. One that they are not in any more learns nothing of them (T49). For a select from
 * `users`; written out in full, because Drizzle leaves the table's name off where there is only one.
 */
export const homeAccountId = sql<string | null>`(
  select m.account_id from members m
  where m.user_id = users.id and ((${memberCounts()}) or m.account_id = users.corporate_account_id)
  order by m.account_id is not distinct from users.last_account_id desc, m.created_at limit 1)`;
