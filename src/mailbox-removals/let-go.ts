import { sql } from "drizzle-orm";
import { system } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { restoreDays } from "./queries.ts";

interface Gone extends Record<string, unknown> {
  id: string;
  accountId: string;
  name: string;
  address: string;
}

/**
 * Lets mailboxes go whose 30 days are over, `size` at a time; returns how many. Their address is free from then on, so all
 * that leads there ends with it: grants (X3: with a reason, never deleted), passwords, aliases, forwards, places in groups,
 * default mailboxes. How an IMAP mailbox was reached is forgotten, its password first. The row stays for the history.
 */
export function letGo(size: number): Promise<number> {
  return db.transaction(async (tx) => {
    const gone = await tx.execute<Gone>(sql`
      update mailboxes set gone_at = now(), version = version + 1
      where id in (
        select id from mailboxes
        where deleted_at < now() - make_interval(days => ${restoreDays}::int) and gone_at is null
        order by deleted_at limit ${size} for update skip locked)
      returning id, account_id as "accountId", name, address`);
    if (gone.length === 0) return 0;
    await forgetMailboxes(
      tx,
      gone.map(({ id }) => id),
    );
    for (const { id, accountId, name, address } of gone) {
      const change = { before: { address } };
      await recordEvent(tx, system(accountId), "mailbox.purged", { type: "mailbox", id, label: name }, change);
    }
    return gone.length;
  });
}

/** Ends all that leads to mailboxes that are gone, and forgets how they were reached. */
export async function forgetMailboxes(tx: Tx, mailboxIds: string[]): Promise<void> {
  const ids = sql`any(${sql.param(mailboxIds)}::uuid[])`;
  await tx.execute(sql`
    update grants set ended_at = now(), end_reason = 'mailbox deleted' where mailbox_id = ${ids} and ended_at is null`);
  for (const table of [sql`mailbox_passwords`, sql`mailbox_aliases`, sql`mailbox_forwards`]) {
    await tx.execute(sql`update ${table} set ended_at = now() where mailbox_id = ${ids} and ended_at is null`);
  }
  await tx.execute(sql`
    delete from mail_group_members m using mailboxes b
    where b.id = ${ids} and b.kind = 'native' and m.account_id = b.account_id and m.address = b.address`);
  await tx.execute(sql`
    update users u set default_mailbox_id = null from members m, mailboxes b
    where b.id = ${ids} and m.account_id = b.account_id and u.id = m.user_id and u.default_mailbox_id = b.id`);
  for (const table of [sql`imap_sources`, sql`mailbox_usage`]) {
    await tx.execute(sql`delete from ${table} where mailbox_id = ${ids}`);
  }
}
