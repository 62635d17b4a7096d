import { type SQL, sql } from "drizzle-orm";

/**
 * The account of `members m`, said so that no index that begins with accounts is used: they are found by their user or
 * address. To the planner every account has the two members that accounts have on average, while thousands come into this
 * one: it would look through all of them for each.
 */
export const inAccount = (accountId: string): SQL => sql`m.account_id is not distinct from ${accountId}::uuid`;
