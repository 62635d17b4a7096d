import { and, asc, eq, inArray, isNotNull, isNull, or, sql } from "drizzle-orm";
import { db } from "../db/client.ts";
import { grants, mailboxes } from "../db/schema.ts";

/** A mailbox that can be asked about. */
export interface Choice {
  id: string;
  name: string;
}

/**
 * The mailboxes to choose from: those that the member holds or held something on, then the account's by name; so many at
 * most. Others are asked about from their own page.
 */
export async function mailboxChoices(
  accountId: string,
  memberId: string | null,
  chosen: string | null,
  size = 100,
): Promise<Choice[]> {
  // Two indexes, one of what counts and one of what has ended; without either it would read every grant there is.
  const mine = (which: typeof isNull) =>
    db
      .select({ id: grants.mailboxId })
      .from(grants)
      .where(and(eq(grants.memberId, memberId!), which(grants.endedAt)));
  const first = or(
    memberId ? inArray(mailboxes.id, mine(isNull).union(mine(isNotNull as typeof isNull))) : undefined,
    chosen ? eq(mailboxes.id, chosen) : undefined,
  );
  const rows = await db
    .select({ id: mailboxes.id, name: mailboxes.name })
    .from(mailboxes)
    .where(and(eq(mailboxes.accountId, accountId), isNull(mailboxes.goneAt), or(isNull(mailboxes.archivedAt), first)))
    .orderBy(sql`(${first ?? sql`false`}) is true desc`, asc(mailboxes.name), asc(mailboxes.id))
    .limit(size);
  return rows.sort((one, other) => one.name.localeCompare(other.name));
}
