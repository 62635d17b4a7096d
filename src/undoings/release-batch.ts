import { eq, type SQL, sql } from "drizzle-orm";
import { recordEventsOf } from "../audit/record.ts";
import { inAccount } from "../belonging/in-account.ts";
import type { Tx } from "../db/client.ts";
import { later } from "../db/later.ts";
import { domains, users } from "../db/schema.ts";
import { holdMails } from "../mail/held.ts";
import { hosted } from "../mail-addresses/delivered.ts";
import { advance, heldBatchSize } from "../runs/advance.ts";
import type { Run } from "../runs/queries.ts";

/**
 * Lets the next people go whom the undone activation took in, by id (X2): the corporate mark, a personal mailbox that nobody
 * used, a place in the account that the activation made and nobody gave anything. What was given since stays, and so does
 * whoever has it, as an ordinary member. Nothing outside the account is touched. Returns the run as it stands then.
 */
export async function releaseBatch(tx: Tx, run: Run): Promise<Run | "over"> {
  const people = await tx.execute<{ id: string }>(sql`
    select id from users
    where corporate_run_id = ${run.undoesId} and corporate_account_id is not distinct from ${run.accountId}::uuid
      and id > ${run.cursor ?? "00000000-0000-0000-0000-000000000000"}
    order by id limit ${heldBatchSize}
    for no key update`);
  const last = people.at(-1);
  if (!last) return "over";

  const userIds = people.map(({ id }) => id);
  const ids = sql`any(${sql.param(userIds)}::uuid[])`;
  const mailboxes = await archiveUnused(tx, run, ids);
  const [places] = await tx.execute<{ places: number; staying: number }>(leaving(run, ids));
  const free = sql`
    update users u set corporate_account_id = null, corporate_since = null, corporate_run_id = null,
      disabled_at = case when ${removedHere(run)} then null else u.disabled_at end
    where u.id = ${ids}`;
  later(tx, (tx) => tx.execute(free));
  await tell(tx, run, userIds, ids);
  const counts = { people: userIds.length, mailboxes, ...places };
  return advance(tx, run, { cursor: last.id, looked: userIds.length, counts });
}

/**
 * A mailbox is unused while it is as the activation made it: nobody but its owner has access, by the activation's own grant,
 * it has its first name, and is not its owner's default.
 */
export const unusedMailbox = (runId: SQL) => sql`b.run_id = ${runId} and b.archived_at is null and b.version = 1
  and not exists (select 1 from users d where d.id = b.personal_user_id and d.default_mailbox_id = b.id)
  and not exists (select 1 from grants g where g.mailbox_id = b.id and g.ended_at is null
    and not (g.source = 'activation' and g.source_id = ${runId}::text))`;

/**
 * Their own addresses are unique, so each mailbox is found by its owner's. The grants on them end first: what notes who can
 * open a mailbox then has nothing to look for when each of them is archived.
 */
async function archiveUnused(tx: Tx, run: Run, ids: SQL): Promise<number> {
  const rows = await tx.execute<{ id: string }>(sql`
    select box.id from users u cross join lateral (
      select b.id from mailboxes b where b.address = u.email and ${hosted} and b.account_id = ${run.accountId}
        and b.personal_user_id = u.id and ${unusedMailbox(sql`${run.undoesId}::uuid`)} limit 1
    ) box
    where u.id = ${ids}`);
  if (rows.length === 0) return 0;
  const unused = sql`any(${sql.param(rows.map(({ id }) => id))}::uuid[])`;
  const end = sql`
    update grants set ended_at = now(), ended_by = ${run.startedBy}::uuid, end_reason = 'activation undone'
    where mailbox_id = ${unused} and ended_at is null`;
  later(tx, (tx) => tx.execute(end));
  later(tx, (tx) => tx.execute(sql`update mailboxes set archived_at = now() where id = ${unused}`));
  return rows.length;
}

/** Whom the account deleted meanwhile, and so switched the profile off (D13): nobody there could switch it on again (X2). */
const removedHere = (run: Run) => sql`exists (
  select 1 from members m where m.user_id = u.id and m.account_id = ${run.accountId} and m.status = 'removed')`;

/** What somebody holds by now: with that they stay, whoever gave it. */
const holdsSomething = sql`exists (select 1 from grants g where g.member_id = m.id and g.ended_at is null)`;

const leaving = (run: Run, ids: SQL) => sql`
  with places as (
    update members m set corporate = false,
      status = case when ${goes(run)} then 'removed' else m.status end,
      status_before = case when ${goes(run)} or (m.run_id = ${run.undoesId} and m.status = 'removed') then null else m.status_before end,
      ended_at = case when ${goes(run)} then now() else m.ended_at end
    where m.user_id = ${ids} and ${inAccount(run.accountId)} and m.corporate
    returning m.status
  )
  select (count(*) filter (where status = 'removed'))::int as places,
    (count(*) filter (where status <> 'removed'))::int as staying from places`;

const goes = (run: Run) =>
  sql`(m.run_id = ${run.undoesId} and m.status in ('active', 'waiting', 'blocked') and not ${holdsSomething})`;

/** The log, and a letter to whoever had been told that they were taken in; the letters that still wait are not needed now. */
async function tell(tx: Tx, run: Run, userIds: string[], ids: SQL): Promise<void> {
  const [domain] = await tx.select().from(domains).where(eq(domains.id, run.domainId));
  const [starter] = run.startedBy ? await tx.select().from(users).where(eq(users.id, run.startedBy)) : [];
  const author = { userId: run.startedBy, accountId: run.accountId, label: starter?.email ?? "Muster" };
  const words = domain!.shownName;
  await recordEventsOf(
    tx,
    author,
    "user.unassigned",
    "user",
    sql`select id, email, jsonb_build_object('domain', ${words}::text), null::jsonb from users where id = ${ids}`,
  );
  const withdrawn = await tx.execute<{ id: string }>(sql`
    update mails set held = false, status = 'failed', reply = 'not needed any more', finished_at = now()
    where subject_id = ${ids} and kind = 'taken_in' and account_id = ${run.accountId} and held
    returning subject_id as id`);
  const never = new Set(withdrawn.map(({ id }) => id));
  const told = userIds.filter((id) => !never.has(id));
  if (told.length > 0) await holdMails(tx, { kind: "let_go", accountId: run.accountId, data: { domain: words } }, told);
}
