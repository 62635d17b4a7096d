import { type SQL, sql } from "drizzle-orm";

/** Whether the account of that id is suspended: jobs leave alone what is of one, and take it up again when it is restored. */
export const isSuspended = (accountId: SQL): SQL<boolean> => sql<boolean>`exists (
  select 1 from accounts sa where sa.id = ${accountId} and sa.suspended_at is not null)`;
