import { sql } from "drizzle-orm";
import { db } from "../db/client.ts";
import type { Run } from "../runs/queries.ts";
import { unusedMailbox } from "./release-batch.ts";

export interface Undoing {
  counts: UndoCounts;
  /** The first of those who stay, with what they hold; the newest grant first. */
  members: { id: string; email: string; name: string; grants: number }[];
  mailboxes: { id: string; name: string; address: string }[];
}

export interface UndoCounts extends Record<string, number> {
  /** Taken in by the activation, and still this account's: they are let go. */
  people: number;
  /** Places that go, because nobody gave them anything. */
  places: number;
  /** Places that the activation made and that stay: they hold something by now. */
  staying: number;
  /** Mailboxes that are archived, and those that stay because they are used. */
  mailboxes: number;
  used: number;
  /** Came in by their own registration or were created since: they stay corporate users. */
  since: number;
}

const named = 50;

/** X2: what an undoing would reverse, and first of all what was made since and stays. */
export async function undoingOf(run: Run): Promise<Undoing> {
  const theirs = sql`m.account_id = ${run.accountId} and m.run_id = ${run.id} and m.status in ('active', 'waiting', 'blocked')`;
  const unused = unusedMailbox(sql`${run.id}::uuid`);
  // With an unused mailbox goes the grant on it: whoever holds nothing else goes, too.
  const stays = sql`${theirs} and exists (
    select 1 from grants g left join mailboxes b on b.id = g.mailbox_id
    where g.member_id = m.id and g.ended_at is null and not coalesce(b.id is not null and ${unused}, false))`;
  const [counts] = await db.execute<UndoCounts>(sql`
    select
      (select count(*)::int from users where corporate_run_id = ${run.id} and corporate_account_id = ${run.accountId}) as people,
      (select count(*)::int from members m where ${theirs} and not (${stays})) as places,
      (select count(*)::int from members m where ${stays}) as staying,
      (select count(*)::int from mailboxes b where b.account_id = ${run.accountId} and ${unused}) as mailboxes,
      (select count(*)::int from mailboxes b
        where b.account_id = ${run.accountId} and b.run_id = ${run.id} and b.archived_at is null and not (${unused})) as used,
      (select count(*)::int from users u join domains d on d.id = ${run.domainId}
        where u.corporate_account_id = ${run.accountId} and u.corporate_run_id is null
          and u.corporate_since >= ${run.startedAt.toISOString()}::timestamptz
          and split_part(u.email, '@', 2) = d.name) as since`);
  const members = await db.execute<Undoing["members"][number]>(sql`
    select m.id, m.email, btrim(m.first_name || ' ' || m.last_name) as name,
      (select count(*)::int from grants g where g.member_id = m.id and g.ended_at is null) as grants
    from members m where ${stays} order by m.email limit ${named}`);
  const mailboxes = await db.execute<Undoing["mailboxes"][number]>(sql`
    select b.id, b.name, b.address from mailboxes b
    where b.account_id = ${run.accountId} and b.run_id = ${run.id} and b.archived_at is null and not (${unused})
    order by b.address limit ${named}`);
  return { counts: counts!, members, mailboxes };
}
