import { sql } from "drizzle-orm";
import { db, type Reader } from "../db/client.ts";
import { mostMailboxes } from "../plans/forms.ts";
import type { Plan } from "../plans/queries.ts";
import { inUse } from "../plans/room.ts";

/** How many mailboxes of an account count: up to the most that any plan includes, and one. */
export async function used(accountId: string, reader: Reader = db): Promise<number> {
  const [found] = await reader.execute<{ n: number }>(sql`select ${inUse(accountId, mostMailboxes + 1)} as n`);
  return found!.n;
}

/** How many of so many mailboxes a plan does not include. */
export const overOf = ({ mailboxes }: Plan, used: number): number =>
  mailboxes === null ? 0 : Math.max(0, used - mailboxes);
