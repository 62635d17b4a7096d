import { type SQL, sql } from "drizzle-orm";

/** Whether somebody has a second factor: an authenticator app in force, or a passkey. Recovery codes alone are none. */
export const hasFactor = (userId: SQL): SQL<boolean> => sql<boolean>`(
  exists (select from totp_secrets ts where ts.user_id = ${userId} and ts.confirmed_at is not null)
  or exists (select from passkeys pk where pk.user_id = ${userId}))`;
