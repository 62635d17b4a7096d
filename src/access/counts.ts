import { type SQL, sql } from "drizzle-orm";

/**
 * Whether a grant counts now: it has not ended, and the date it was given until has not come. Every query that decides asks
 * this, so a right ends at that very moment, whether the job that writes it down has run or not. `grant` is what the query
 * calls the table.
 */
export const grantCounts = (grant = "g"): SQL =>
  sql.raw(`${grant}.ended_at is null and (${grant}.ends_at is null or ${grant}.ends_at > now())`);

/** Whether the time of a member as a guest is not over; everybody else has no end. Beside it each query asks for the status. */
export const guestCounts = (member = "m"): SQL =>
  sql.raw(`(${member}.guest_until is null or ${member}.guest_until > now())`);

/** Whether a member has their place in the account now. */
export const memberCounts = (member = "m"): SQL =>
  sql`${sql.raw(`${member}.status = 'active'`)} and ${guestCounts(member)}`;

/**
 * An Owner who stays: active, with no end to their place or to the role. D9, T55: an account keeps one, so that no date ever
 * leaves it without. `users.disabled_at` is asked beside it.
 */
export const lastingOwner = (grant = "g", member = "m"): SQL =>
  sql.raw(`${grant}.system_role = 'owner' and ${grant}.mailbox_id is null and ${grant}.ended_at is null
    and ${grant}.ends_at is null and ${member}.status = 'active' and ${member}.guest_until is null`);
