import { and, asc, eq, ilike, inArray, isNotNull, isNull, or, type SQL } from "drizzle-orm";
import { db } from "../db/client.ts";
import { grants, mailboxes } from "../db/schema.ts";

/** A mailbox that can be asked about. */
export interface Choice {
  id: string;
  name: string;
  address: string;
}

const columns = { id: mailboxes.id, name: mailboxes.name, address: mailboxes.address };
const byName = [asc(mailboxes.name), asc(mailboxes.id)];

/** Mailboxes of the account that are not gone for good, by name. */
const some = (accountId: string, which: SQL | undefined, size: number): Promise<Choice[]> =>
  db
    .select(columns)
    .from(mailboxes)
    .where(and(eq(mailboxes.accountId, accountId), isNull(mailboxes.goneAt), which))
    .orderBy(...byName)
    .limit(size);

/**
 * What the field proposes before anything is typed: the mailboxes that the member holds or held something on, then the
 * first of the account by name. Every other is reached by typing (`matching`).
 */
export async function mailboxChoices(accountId: string, memberId: string | null, size = 50): Promise<Choice[]> {
  // Two indexes, one of what counts and one of what has ended; without either it would read every grant there is.
  const mine = (which: typeof isNull) =>
    db
      .select({ id: grants.mailboxId })
      .from(grants)
      .where(and(eq(grants.memberId, memberId!), which(grants.endedAt)));
  const [held, first] = await Promise.all([
    memberId ? some(accountId, inArray(mailboxes.id, mine(isNull).union(mine(isNotNull as typeof isNull))), size) : [],
    some(accountId, isNull(mailboxes.archivedAt), size),
  ]);
  const known = new Set(held.map(({ id }) => id));
  return [...held, ...first.filter(({ id }) => !known.has(id))].slice(0, size);
}

/**
 * The mailboxes that somebody means who typed this: those of exactly this address or name, else those in whose address or
 * name it stands, the first by name.
 */
export async function matching(accountId: string, text: string, size = 20): Promise<Choice[]> {
  const exact = await Promise.all([
    some(accountId, eq(mailboxes.name, text), size),
    some(accountId, eq(mailboxes.address, text.toLowerCase()), size),
  ]);
  const found = new Map(exact.flat().map((choice) => [choice.id, choice]));
  if (found.size > 0) return [...found.values()];
  const typed = `%${text.replaceAll(/[\\%_]/g, "\\$&")}%`;
  return some(accountId, or(ilike(mailboxes.name, typed), ilike(mailboxes.address, typed)), size);
}
