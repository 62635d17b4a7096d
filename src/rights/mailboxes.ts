import { and, asc, eq, ilike, inArray, isNull, or, sql } from "drizzle-orm";
import { db } from "../db/client.ts";
import { mailboxes } from "../db/schema.ts";
import type { Line } from "./page.ts";

/** A mailbox in the list of the Mailboxes tab, with the member's lines on it. */
export interface MailboxRow {
  id: string;
  name: string;
  address: string;
  archived: boolean;
  lines: Line[];
}

const most = 50;
const escaped = (text: string) => text.replace(/[\\%_]/g, "\\$&");

/**
 * The mailboxes of the account by name, those with access first (A18). At most 50 of a search; `more` says that there are
 * others, so that one searches. An archived one is listed only while something hangs on it.
 */
export async function mailboxRows(accountId: string, lines: Line[], q: string) {
  const held = [...new Set(lines.flatMap(({ mailboxId }) => mailboxId ?? []))];
  const hasAccess = held.length > 0 ? inArray(mailboxes.id, held) : sql`${mailboxes.id} is null`;
  const found = await db
    .select({ id: mailboxes.id, name: mailboxes.name, address: mailboxes.address, archivedAt: mailboxes.archivedAt })
    .from(mailboxes)
    .where(
      and(
        eq(mailboxes.accountId, accountId),
        or(isNull(mailboxes.archivedAt), hasAccess),
        q ? or(ilike(mailboxes.name, `%${escaped(q)}%`), ilike(mailboxes.address, `%${escaped(q)}%`)) : undefined,
      ),
    )
    .orderBy(sql`(${hasAccess}) is true desc`, asc(mailboxes.name), asc(mailboxes.id))
    .limit(most + 1);

  const rows = found.slice(0, most).map(
    ({ archivedAt, ...box }): MailboxRow => ({
      ...box,
      archived: archivedAt !== null,
      lines: lines.filter(({ mailboxId }) => mailboxId === box.id),
    }),
  );
  return {
    withAccess: rows.filter((row) => row.lines.length > 0),
    others: rows.filter((row) => row.lines.length === 0),
    more: found.length > most,
  };
}
