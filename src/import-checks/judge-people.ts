import { type SQL, sql } from "drizzle-orm";
import { type Actor, can } from "../access/actor.ts";
import { inAccount } from "../belonging/in-account.ts";
import type { Tx } from "../db/client.ts";
import { hosted, isForwarder } from "../mail-addresses/delivered.ts";
import { planIdOf, roomLeft } from "../plans/room.ts";
import { problemsFrom } from "./tables.ts";

const living = sql`m.status not in ('removed', 'declined', 'revoked', 'expired')`;

/** A problem in a cell of the Users sheet, about `p` of staged_people. */
const inUsers = (tier: string, code: SQL | string, column: number, value: SQL, vals: SQL, where: SQL) => sql`
  select ${tier}, s.name, s.number, p.row, ${sql.raw(`s.column_${column}`)}, left(${value}, 200), ${code}, ${vals}, p.email
  from staged_people p join staged_sheets s on s.number = p.sheet
  where p.row is not null and ${where}`;

/** A stored name as a name is read from a cell: an unchanged one must not look changed, however it came to be stored (X5). */
const asRead = (name: SQL) => sql`normalize(btrim(${name}, E' \\t\\u00a0\\u3000\\ufeff'), NFC)`;

const nothing = sql`'{}'::jsonb`;
const isNew = sql`p.member_id is null`;

/**
 * Puts everybody who stands in the file into `staged_people`, in its order, with what is known here of each: their living
 * place in the account, whether the account manages their profile, what their domain is to the account. People are looked
 * up by profile and address, never by account, so that no plan grows with the account. Of somebody who is only invited the
 * profile is looked at as little as on the pages: whether there is one, and its name, is nobody's business here (T12, T86).
 */
export async function gatherPeople(tx: Tx, accountId: string): Promise<void> {
  await tx.execute(sql`
    insert into staged_people
    with listed as (
      select distinct on (email) email, sheet, row, first_name, last_name, personal from staged_users order by email, row
    ), others as (
      select r.email, min(array[r.sheet, r.row]) as place from staged_rights r
      where not exists (select 1 from listed l where l.email = r.email) group by r.email
    ), everybody as (
      select email, sheet, row, first_name, last_name, personal, 0 as turn, row as nth from listed
      union all
      select email, null, null, '', '', false, place[1], place[2] from others
    )
    select row_number() over (order by e.turn, e.nth), e.email, e.sheet, e.row, e.first_name, e.last_name, e.personal,
      case when m.id is null or m.user_id is not null then u.id end, m.id, m.status,
      m.user_id is not null and u.corporate_account_id is not distinct from ${accountId}::uuid,
      case when m.user_id is null then m.first_name else u.first_name end,
      case when m.user_id is null then m.last_name else u.last_name end, d.state
    from everybody e
    left join users u on u.email = e.email
    left join lateral (
      select m.id, m.user_id, m.status, m.first_name, m.last_name from members m
      where m.user_id = u.id and ${inAccount(accountId)} and ${living}
      union all
      select m.id, m.user_id, m.status, m.first_name, m.last_name from members m
      where m.user_id is null and m.email = e.email and ${inAccount(accountId)} and ${living}
      limit 1
    ) m on true
    left join (
      select name, case when status = 'active' then 'active' when status = 'suspended' then 'suspended'
        when status = 'unverified' then 'unverified' when activated_at is null then 'verified' else 'deactivated' end as state
      from domains where account_id = ${accountId} and ended_at is null
    ) d on d.name = split_part(e.email, '@', 2)`);
  await tx.execute(sql`analyze staged_people (position, email, row, member_id)`);
}

/** What is wrong with people as the Users sheet has them; nobody else's account is told of (T86). */
export async function judgePeople(tx: Tx, actor: Actor): Promise<void> {
  await problemsFrom(
    tx,
    sql`
    select 'file', s.name, s.number, u.row, s.column_1, left(u.email, 200), 'address_twice',
      jsonb_build_object('row', u.first::text), u.email
    from (select *, row_number() over w as nth, min(row) over w as first from staged_users
      window w as (partition by email order by row)) u
    join staged_sheets s on s.number = u.sheet where u.nth > 1`,
  );
  const domain = sql`jsonb_build_object('domain', split_part(p.email, '@', 2))`;
  const code = sql`case p.domain when 'suspended' then 'domain_suspended' when 'deactivated' then 'domain_deactivated'
    when 'verified' then 'domain_not_active' when 'unverified' then 'domain_not_verified' else 'domain_foreign' end`;
  await problemsFrom(
    tx,
    inUsers("file", code, 1, sql`p.email`, domain, sql`${isNew} and p.domain is distinct from 'active'`),
  );
  // Only inside domains of its own does the account learn that an address is taken.
  const inside = sql`${isNew} and p.domain = 'active'`;
  await problemsFrom(
    tx,
    inUsers("file", "address_in_use", 1, sql`p.email`, nothing, sql`${inside} and p.user_id is not null`),
  );
  const taken = sql`(exists (select 1 from mailboxes b where b.address = p.email and ${hosted}) or ${isForwarder(sql`p.email`)})`;
  await problemsFrom(
    tx,
    inUsers(
      "file",
      "mailbox_address_taken",
      4,
      sql`'Y'`,
      nothing,
      sql`${inside} and p.user_id is null and p.personal and ${taken}`,
    ),
  );
  await judgeRoom(tx, actor.accountId);
  for (const [column, field, missing] of [
    [2, "first_name", "first_name_missing"],
    [3, "last_name", "last_name_missing"],
  ] as const) {
    const empty = sql`${isNew} and ${sql.raw(`p.${field}`)} = ''`;
    await problemsFrom(tx, inUsers("file", missing, column, sql`''`, nothing, empty));
  }
  await warnMembers(tx, can(actor, "users.view"));
}

/** B4: the plan has room for so many of the personal mailboxes that the file asks for, from its first row on; no more. */
const judgeRoom = (tx: Tx, accountId: string) =>
  problemsFrom(
    tx,
    sql`
    select 'file', s.name, s.number, q.row, s.column_4, 'Y', 'plan_full',
      jsonb_build_object('plan', room.plan, 'left', room.left::text), q.email
    from (select ${roomLeft(accountId)} as left, name as plan from plans where id = ${planIdOf(accountId)}) room
    join (
      select p.sheet, p.row, p.email, row_number() over (order by p.position) as nth from staged_people p
      where p.row is not null and ${isNew} and p.personal
    ) q on q.nth > room.left
    join staged_sheets s on s.number = q.sheet`,
  );

/** What of a Users row is left aside, because its person is a member already; `named`: with what they are called. */
async function warnMembers(tx: Tx, named: boolean): Promise<void> {
  const member = sql`p.member_id is not null`;
  await problemsFrom(tx, inUsers("warning", "mailbox_of_member", 4, sql`'Y'`, nothing, sql`${member} and p.personal`));
  for (const [column, field, before] of [
    [2, "first_name", "first_before"],
    [3, "last_name", "last_before"],
  ] as const) {
    const [typed, now] = [sql.raw(`p.${field}`), sql.raw(`p.${before}`)];
    const differs = sql`${member} and not p.managed and ${typed} <> '' and ${typed} <> ${asRead(now)}`;
    const vals = named ? sql`jsonb_build_object('name', ${now})` : nothing;
    await problemsFrom(tx, inUsers("warning", "name_not_managed", column, typed, vals, differs));
  }
}

/**
 * Writes down who is to become what: to be created, to be changed, the same (until their rights are looked at), or left
 * out. Whose profile the account does not manage keeps their name, and so does whoever's cells are empty.
 */
export async function writePeople(tx: Tx, importId: string): Promise<void> {
  await tx.execute(sql`
    insert into checked_people (import_id, position, email, row, first_name, last_name, personal_mailbox, action, reason,
      member_id, user_id, names_before)
    select ${importId}::uuid, p.position, p.email, p.row, n.first, n.last, p.personal and ${isNew},
      case when p.member_id is null then case when p.row is null then 'skip' else 'create' end
        when n.renamed then 'update' else 'same' end,
      case when p.member_id is null and p.row is null then 'not_on_users' end,
      p.member_id, case when p.member_id is not null then p.user_id end,
      case when n.renamed then jsonb_build_object('firstName', p.first_before, 'lastName', p.last_before) end
    from staged_people p
    cross join lateral (
      select p.member_id is not null and p.managed as free,
        coalesce(nullif(nullif(p.first_name, ''), ${asRead(sql`p.first_before`)}), p.first_before, '') as first,
        coalesce(nullif(nullif(p.last_name, ''), ${asRead(sql`p.last_before`)}), p.last_before, '') as last
    ) w
    cross join lateral (
      select case when p.member_id is null or w.free then w.first else p.first_before end as first,
        case when p.member_id is null or w.free then w.last else p.last_before end as last,
        w.free and (w.first, w.last) is distinct from (p.first_before, p.last_before) as renamed
    ) n`);
  // A66/A68: named, and left out.
  await problemsFrom(
    tx,
    sql`
    select 'address', s.name, s.number, r.row, s.column_1, left(r.email, 200), 'not_on_users', ${nothing}, r.email
    from staged_people p join staged_rights r on r.email = p.email join staged_sheets s on s.number = r.sheet
    where p.member_id is null and p.row is null`,
  );
}
