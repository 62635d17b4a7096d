import { sql } from "drizzle-orm";
import type { Reader } from "../db/client.ts";
import type { Offboarding } from "../offboardings/queries.ts";
import type { Counts, Receipt, ReceiptMailbox } from "./receipt.ts";

const [mostMailboxes, mostEvents] = [400, 60];

interface Whose {
  accountId: string;
  memberId: string;
  userId: string | null;
  email: string;
  managed: boolean;
}

/**
 * Looks at the tables themselves and says what is left of somebody's access. On purpose none of the deed's own statements
 * is used here: what the deed forgot, or somebody put back since, is found.
 */
export async function computeReceipt(reader: Reader, row: Offboarding): Promise<Receipt> {
  const [whose] = await reader.execute<Whose & Record<string, unknown>>(sql`
    select m.account_id as "accountId", m.id as "memberId", m.user_id as "userId", m.email,
      coalesce(u.corporate_account_id = m.account_id, false) as managed
    from members m left join users u on u.id = m.user_id
    where m.account_id = ${row.accountId} and m.id = ${row.memberId}`);
  const boxes = await mailboxesOf(reader, row, whose!);
  const { events, moreEvents } = await eventsOf(reader, row);
  return {
    at: new Date().toISOString(),
    managed: whose!.managed,
    counts: await countsOf(reader, whose!),
    mailboxes: boxes.slice(0, mostMailboxes),
    moreMailboxes: Math.max(0, boxes.length - mostMailboxes),
    owners: await ownersOf(reader, row.accountId),
    events,
    moreEvents,
  };
}

async function countsOf(reader: Reader, { accountId, memberId, userId, email, managed }: Whose): Promise<Counts> {
  const user = sql`${userId}::uuid`;
  /** Everything of a managed profile, what is of this account of any other. */
  const here = (column: ReturnType<typeof sql>) => sql`(${managed} or ${column} = ${accountId})`;
  const places = sql`select p.id from members p where p.account_id = ${accountId} and (p.id = ${memberId} or p.user_id = ${user})`;
  const living = sql`select from members p where p.account_id = ${accountId} and p.user_id = ${user} and p.status = 'active'`;
  const [counts] = await reader.execute<Counts & Record<string, unknown>>(sql`
    select
      (select count(*)::int from sessions s where s.sess #>> '{passport,user}' = ${user}::text and s.user_id = ${user}
        and s.expire > now() and (${managed} or exists (${living}))) as sessions,
      (select count(*)::int from users u where u.id = ${user} and ${managed} and u.disabled_at is null) as "signIn",
      (select count(*)::int from trusted_devices d where d.user_id = ${user} and ${managed} and d.ends_at > now()) as "trustedDevices",
      (select count(*)::int from api_tokens k where k.ended_at is null and k.expires_at > now() and k.client_id in
        (select c.id from api_clients c where c.created_by = ${user} and ${here(sql`c.account_id`)})) as tokens,
      (select count(*)::int from api_clients c where c.created_by = ${user} and c.account_id = ${accountId}
        and c.ended_at is null) as clients,
      (select count(*)::int from mailbox_passwords w where w.account_id = ${accountId} and w.ended_at is null
        and ${user} in (w.user_id, w.created_by)) as passwords,
      (select count(*)::int from grants g where g.account_id = ${accountId} and g.ended_at is null
        and g.member_id in (${places})) as grants,
      (select count(*)::int from members p where p.id in (${places})
        and p.status in ('draft', 'invited', 'active', 'blocked', 'waiting')) as places,
      (select count(*)::int from pending_changes x where x.account_id = ${accountId}
        and (x.admin_id = ${user} or x.member_id in (${places}))) as changes,
      (select count(*)::int from tokens k where k.spent_at is null and k.replaced_at is null and k.expires_at > now()
        and (k.member_id in (${places}) or (${managed} and (k.user_id = ${user} or (k.email = ${email} and k.purpose = 'password_reset'))))) as links,
      (select count(*)::int from imports i where i.account_id = ${accountId} and ${user} in (i.started_by, i.uploaded_by)
        and i.status = 'running')
        + (select count(*)::int from reports r where r.account_id = ${accountId} and r.ordered_by = ${user}
          and r.status in ('queued', 'running')) as jobs,
      (select count(*)::int from members p where p.account_id = ${accountId} and p.invited_by = ${user}
        and p.status in ('draft', 'invited')) as invitations`);
  return counts!;
}

/**
 * The mailboxes that were theirs: what their grants that ended with the removal were on, what was personal, what the plan
 * names. For each who holds something on it now.
 */
async function mailboxesOf(reader: Reader, row: Offboarding, { userId }: Whose): Promise<ReceiptMailbox[]> {
  const wanted = row.plan.mailboxes.map(({ mailboxId, toMemberId }) => ({ mailboxId, toMemberId }));
  const rows = await reader.execute<ReceiptMailbox & Record<string, unknown>>(sql`
    with planned as (
      select * from jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) as p ("mailboxId" uuid, "toMemberId" uuid)
    ), theirs as (
      select g.mailbox_id as id from grants g
      where g.account_id = ${row.accountId} and g.member_id = ${row.memberId} and g.mailbox_id is not null
        and g.ended_at >= ${row.doneAt?.toISOString() ?? null}::timestamptz
      union select b.id from mailboxes b where b.account_id = ${row.accountId} and b.personal_user_id = ${userId}::uuid and b.gone_at is null
      union select p."mailboxId" from planned p
    )
    select b.id, b.name, b.address,
      case when p."mailboxId" is null then 'unplanned' when p."toMemberId" is null then 'left' else 'handed' end as was,
      (select coalesce(nullif(btrim(h.first_name || ' ' || h.last_name), ''), h.email) from members h
        where h.account_id = b.account_id and h.id = p."toMemberId") as "to",
      exists (select from grants g join members h on h.id = g.member_id and h.status = 'active'
        where g.mailbox_id = b.id and g.member_id = p."toMemberId" and g.ended_at is null) as arrived,
      array(select distinct coalesce(nullif(btrim(h.first_name || ' ' || h.last_name), ''), h.email)
        from grants g join members h on h.id = g.member_id and h.status in ('active', 'blocked', 'waiting')
        where g.mailbox_id = b.id and g.ended_at is null order by 1 limit 10) as holders
    from theirs join mailboxes b on b.account_id = ${row.accountId} and b.id = theirs.id
    left join planned p on p."mailboxId" = b.id
    order by b.name, b.id limit ${mostMailboxes + 100}`);
  return [...rows];
}

async function ownersOf(reader: Reader, accountId: string): Promise<string[]> {
  const rows = await reader.execute<{ name: string }>(sql`
    select distinct coalesce(nullif(btrim(p.first_name || ' ' || p.last_name), ''), p.email) as name
    from members p join grants g on g.member_id = p.id and g.system_role = 'owner' and g.mailbox_id is null and g.ended_at is null
    join users u on u.id = p.user_id and u.disabled_at is null
    where p.account_id = ${accountId} and p.status = 'active' order by name limit 10`);
  return rows.map(({ name }) => name);
}

/** All that the log has of the transaction that did it. */
async function eventsOf(reader: Reader, row: Offboarding) {
  const rows = await reader.execute<{ id: string; name: string; subject: string; at: string }>(sql`
    select e.id, e.name, e.subject_label as subject, e.at from events e
    where e.account_id = ${row.accountId} and e.transaction = (
      select d.transaction from events d where d.account_id = ${row.accountId} and d.subject_id = ${row.memberId}::text
        and d.name = 'member.offboarded' and d.after ->> 'offboarding' = ${row.id}::text order by d.id desc limit 1)
    order by e.id limit ${mostEvents + 500}`);
  const events = rows.map(({ id, name, subject, at }) => ({
    ...{ id: Number(id), name, subject },
    at: new Date(at).toISOString(),
  }));
  return { events: events.slice(0, mostEvents), moreEvents: Math.max(0, events.length - mostEvents) };
}
