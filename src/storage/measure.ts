import { and, eq, isNull, not, type SQL, sql } from "drizzle-orm";
import { system } from "../access/actor.ts";
import { isSuspended } from "../access/suspended.ts";
import { config } from "../config.ts";
import { mailboxUsage } from "../db/boxes.ts";
import { db } from "../db/client.ts";
import { mailboxes } from "../db/schema.ts";
import { type ImapCode, ImapError } from "../imap/error.ts";
import type { Reached } from "../imap/sources.ts";
import { withMailbox } from "../imap/with-mailbox.ts";
import { sizeOf } from "./size.ts";

/** A sign-in that was refused is not tried again for a day: a mail server may lock out who goes on trying. */
const refused: ImapCode[] = ["wrong_password", "token"];

/**
 * Measures one mailbox, and keeps what came out or why nothing did. What was measured before stays with its age. Undefined
 * where there is no such mailbox any more; else the failure, or null.
 */
export async function measureMailbox(mailboxId: string): Promise<ImapCode | null | undefined> {
  const [mailbox] = await db
    .select()
    .from(mailboxes)
    .where(
      and(
        eq(mailboxes.id, mailboxId),
        isNull(mailboxes.archivedAt),
        isNull(mailboxes.deletedAt),
        not(isSuspended(sql`${mailboxes.accountId}`)),
      ),
    );
  if (!mailbox) return undefined;
  try {
    const size = await withMailbox(system(mailbox.accountId), mailbox, sizeOf, { keep: false });
    const { partial, ...measured } = size;
    await keep(mailbox, { ...measured, measuredAt: sql`now()`, failure: partial ? "partial" : null }, 1);
    return null;
  } catch (error) {
    if (!(error instanceof ImapError)) throw error;
    await keep(mailbox, { failure: error.code }, refused.includes(error.code) ? 24 / config.STORAGE_HOURS : 1);
    return error.code;
  }
}

type Row = typeof mailboxUsage.$inferInsert;
type Kept = { [K in keyof Omit<Row, "mailboxId" | "accountId">]?: Row[K] | SQL };

/** Due again after STORAGE_HOURS (`times` as many), give or take a tenth: so no hour has more to do than others. */
async function keep({ id, accountId }: Reached, values: Kept, times: number): Promise<void> {
  const hours = config.STORAGE_HOURS * times;
  const nextAt = sql`now() + make_interval(secs => ${hours * 3600}::float8 * (0.9 + 0.2 * random()))`;
  const kept = { ...values, nextAt, askedAt: null };
  await db
    .insert(mailboxUsage)
    .values({ mailboxId: id, accountId, ...kept })
    .onConflictDoUpdate({
      target: mailboxUsage.mailboxId,
      set: kept,
      setWhere: eq(mailboxUsage.accountId, accountId),
    });
}
