import { sql } from "drizzle-orm";

/**
 * The account whose log shows what somebody does outside of any: the one they used last, else their oldest. For a
 * select from `users`; written out in full, because Drizzle leaves the table's name off where there is only one.
 */
export const homeAccountId = sql<string | null>`coalesce(users.last_account_id, (
  select m.account_id from members m where m.user_id = users.id and m.status = 'active' order by m.created_at limit 1))`;
