import { type SQL, sql } from "drizzle-orm";
import { type Author, recordEventsOf } from "../audit/record.ts";
import type { Tx } from "../db/client.ts";
import { inAccount } from "./in-account.ts";
import { giveOwnMailboxes, makePersonalMailboxes, roleOf } from "./personal-mailboxes.ts";
import type { OpenRule } from "./rule.ts";

export interface Assigned {
  /** Those who had a place in the account already, or an invitation there. */
  kept: number;
  /** New places. */
  made: number;
  mailboxes: number;
  /** Own addresses that are the address of another mailbox already. */
  clashes: number;
  /** Those who came in without a personal mailbox, because the plan is full. */
  full: number;
}

/**
 * Prepares everything for these people to be corporate users of the rule's account, one or thousands, in a few statements
 * (A34, A36): their place, their personal mailbox, the log. What they hold, here and elsewhere, stays (A35, A37, T27). No
 * mail goes out from here. The caller has checked that they may be taken: proven address, not disabled, not corporate
 * elsewhere (D6, T28); and holds the plan's places, where there are to be mailboxes. It counts once `markCorporate` has marked
 * them, in the same transaction. `hasty`: where somebody else gives one of them a place in this very moment, it fails with
 * their constraint, and the caller begins again without haste. Looking for each whether it is there costs a tenth of all.
 */
export async function assign(
  tx: Tx,
  author: Author,
  rule: OpenRule,
  userIds: string[],
  runId: string | null = null,
  hasty = false,
): Promise<Assigned> {
  const ids = sql`any(${sql.param(userIds)}::uuid[])`;
  const wanting = rule.personalMailboxes ? userIds : [];
  const { owners, boxes, clashes, full } = await makePersonalMailboxes(tx, rule, wanting, runId);
  const { living, ...places } = await givePlaces(tx, rule, userIds, { owners, full }, runId, hasty);
  const own = owners.flatMap((id, n) => (living.has(id) ? [{ member: living.get(id)!, box: boxes[n]! }] : []));
  if (own.length > 0) {
    const lists = { members: own.map(({ member }) => member), boxes: own.map(({ box }) => box) };
    giveOwnMailboxes(tx, author, rule, lists, { source: "activation", runId, hasty });
  }

  const { accountName: account, domain } = rule;
  await recordEventsOf(
    tx,
    author,
    "user.assigned",
    "user",
    sql`
      select id, email, null::jsonb, jsonb_build_object('account', ${account}::text, 'domain', ${domain}::text)
      from users where id = ${ids}`,
  );
  return { ...places, mailboxes: owners.length, clashes, full: full.length };
}

/** What a place repeats of its user `u`, as one number; the numbers of several people are put together with exclusive or. */
export const copied = sql`hash_record_extended((u.id, u.first_name, u.last_name, u.last_sign_in_at), 0)`;

/**
 * Marks them, as the last thing: from here on their own rows are locked, so whoever updates one of them meanwhile hardly
 * waits. Returns how many `may` be marked still, fewer than given means that somebody was changed since they were looked at;
 * and what is `copied` of all of them now, which differs where one of them got another name meanwhile.
 */
export async function markCorporate(
  tx: Tx,
  rule: OpenRule,
  userIds: string[],
  runId: string | null = null,
  may: SQL = sql`true`,
): Promise<{ count: number; copied: string }> {
  const [marked] = await tx.execute<{ count: number; copied: string }>(sql`
    with marked as (
      update users u set corporate_account_id = ${rule.accountId}, corporate_since = now(), corporate_run_id = ${runId}::uuid
      where u.id = any(${sql.param(userIds)}::uuid[]) and ${may}
      returning ${copied} as copied
    )
    select count(*)::int as count, coalesce(bit_xor(copied), 0)::text as copied from marked`);
  return marked!;
}

const live = sql`status not in ('removed', 'declined', 'revoked', 'expired')`;

/**
 * A place in the account for each: the one that is there, marked corporate, else a new one without rights. An open
 * invitation stays one, to be answered; an unsent draft becomes the place, and what it would have offered ends. Somebody
 * may invite or remove one of them in this very moment: whoever came out without a place is looked at again. `living`: the
 * places of those who are about to be given a mailbox, by their user.
 */
async function givePlaces(
  tx: Tx,
  rule: OpenRule,
  userIds: string[],
  boxed: Boxed,
  runId: string | null,
  hasty: boolean,
) {
  let left = userIds;
  const total = { kept: 0, made: 0, living: new Map<string, string>() };
  for (let round = 0; left.length > 0; round++) {
    if (round === 5) throw new Error(`${left.length} people got no place in the account`);
    const [done] = await tx.execute<Placed>(placing(rule, left, boxed, runId, hasty));
    total.kept += done!.kept;
    total.made += done!.made;
    for (const [n, userId] of done!.users.entries()) total.living.set(userId, done!.members[n]!);
    if (done!.kept + done!.made === left.length) break;
    left = await without(tx, rule.accountId, left);
  }
  return total;
}

/** Who is about to be given a mailbox, and for whom the plan has no room. */
type Boxed = Record<"owners" | "full", string[]>;

interface Placed extends Record<string, unknown> {
  kept: number;
  made: number;
  /** Who is about to be given a mailbox and has a place that is no invitation; in the other list, the place. */
  users: string[];
  members: string[];
}

/**
 * Who is about to be given a mailbox is written down as having one: the trigger on grants need not write them again. All
 * are looked for at once, by lists: ids that follow each other stand beside each other in the index.
 */
const placing = (
  { accountId, ...rule }: OpenRule,
  userIds: string[],
  { owners, full }: Boxed,
  runId: string | null,
  hasty: boolean,
): SQL => sql`
  with owners as materialized (
    select id from unnest(${sql.param(owners)}::uuid[]) id where ${roleOf({ accountId, ...rule })} is not null
  ), people as materialized (
    select id, email, first_name, last_name, last_sign_in_at,
      case when password_hash is null then 'waiting' else 'active' end as status
    from users where id = any(${sql.param(userIds)}::uuid[])
  ), found as materialized (
    select m.id, m.status, p.id as user_id, p.status as arrived from members m join people p on p.id = m.user_id
    where m.user_id = any(${sql.param(userIds)}::uuid[]) and ${inAccount(accountId)} and m.${live}
    union all
    select m.id, m.status, p.id as user_id, p.status as arrived from members m join people p on p.email = m.email
    where m.user_id is null and m.email = any(array(select email from people)) and ${inAccount(accountId)} and m.${live}
  ), kept as (
    update members m set corporate = true, user_id = f.user_id,
      status = case when m.status = 'draft' then f.arrived else m.status end,
      expires_at = case when m.status = 'draft' then null else m.expires_at end,
      joined_at = case when m.status = 'draft' then now() else m.joined_at end,
      no_room_at = case when f.user_id = any(${sql.param(full)}::uuid[]) then now() else m.no_room_at end
    from found f where m.id = f.id and m.${live}
    returning m.user_id, m.id, m.status
  ), ended as (
    update grants g set ended_at = now(), end_reason = 'taken in'
    from found f where f.status = 'draft' and g.member_id = f.id and g.ended_at is null
  ), made as (
    insert into members (account_id, user_id, email, first_name, last_name, corporate, status, joined_at, last_sign_in_at,
      run_id, mailbox_access, no_room_at)
    select ${accountId}, id, email, first_name, last_name, true, status, now(), last_sign_in_at, ${runId}::uuid,
      id in (select id from owners), case when id = any(${sql.param(full)}::uuid[]) then now() end
    from people p where not exists (select 1 from found f where f.user_id = p.id) order by email
    ${hasty ? sql`` : sql`on conflict do nothing`}
    returning user_id, id, status
  ), owning as (
    select coalesce(array_agg(user_id), '{}') as users, coalesce(array_agg(id), '{}') as members
    from (select * from made union all select * from kept where status in ('active', 'waiting', 'blocked')) place
    where user_id in (select id from owners)
  )
  select (select count(distinct user_id)::int from kept) as kept, (select count(*)::int from made) as made, owning.*
  from owning`;

async function without(tx: Tx, accountId: string, userIds: string[]): Promise<string[]> {
  const rows = await tx.execute<{ id: string }>(sql`
    select id from unnest(${sql.param(userIds)}::uuid[]) id
    where not exists (select 1 from members m where m.user_id = id and ${inAccount(accountId)} and m.corporate and m.${live})`);
  return rows.map(({ id }) => id);
}
