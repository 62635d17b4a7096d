import { type SQL, sql } from "drizzle-orm";
import { type Actor, can } from "../access/actor.ts";
import { grantCounts, lastingOwner } from "../access/counts.ts";
import type { Tx } from "../db/client.ts";
import type { Problem } from "../workbook/entries.ts";
import { asTable, lacks } from "./lacks.ts";

/** Which column of the sheet a violation stands in: its address, its roles, its permissions. */
const [address, roles, codes] = [1, 2, 3];
const nothing = sql`'{}'::jsonb`;

/** Where people and what is asked for them stand: the rows of one import. */
export interface Source {
  people: SQL;
  rights: SQL;
}

/**
 * What of an import this actor may not do, as a query that finds it row by row (T51, T54, T55, T85), by the rules of the
 * pages: everything that starts and everything that ends must be held, nobody who holds more is changed, an owner remains.
 * Columns: sheet (null: Users), row, col, code, vals, email. Undefined where there is nothing to be found.
 */
export async function violations(tx: Tx, actor: Actor, from: Source): Promise<SQL | undefined> {
  const parts = [await notHeld(tx, actor, from), await stronger(tx, actor, from), lastOwner(actor, from)];
  if (!can(actor, "users.edit")) parts.push(...notEditor(actor, from));
  if (!can(actor, "users.create")) {
    parts.push(sql`select null::int, null::int, null::int, 'may_not_create', ${nothing}, null::text
      where exists (select 1 from ${from.people} p where p.action = 'create')`);
  }
  return sql.join(
    parts.filter((part) => part !== undefined),
    sql` union all `,
  );
}

/** At most 200 of what this actor may not do of an import, as their rights stand now; empty when they may start it. */
export async function refusedRights(tx: Tx, actor: Actor, importId: string): Promise<Problem[]> {
  const found = await violations(tx, actor, {
    people: sql`(select * from import_people where import_id = ${importId})`,
    rights: sql`(select * from import_rights where import_id = ${importId})`,
  });
  if (!found) return [];
  const rows = await tx.execute<{
    sheet: number | null;
    row: number | null;
    code: string;
    vals: Record<string, string>;
    email: string | null;
  }>(sql`
    select sheet, row, code, vals, email from (${found}) f (sheet, row, col, code, vals, email)
    order by sheet nulls first, row limit 200`);
  return rows.map(({ sheet, row, code, vals, email }) => ({
    tier: "file",
    code,
    values: vals,
    row,
    column: null,
    ...(sheet === null ? {} : { sheetNumber: sheet }),
    ...(email === null ? {} : { email }),
  }));
}

/** D9, T51, T52: what starts or ends somewhere, compared as a difference; rows that ask for the same are looked at once. */
async function notHeld(tx: Tx, actor: Actor, from: Source): Promise<SQL | undefined> {
  const lacked = await lacks(
    tx,
    actor,
    sql`
    select distinct d.mailbox_id, k.key
    from (select distinct mailbox_id, items, before from ${from.rights} r where changed) d
    cross join lateral (
      (select unnest(d.items) except select unnest(d.before)) union (select unnest(d.before) except select unnest(d.items))
    ) k (key)`,
  );
  if (lacked.length === 0) return undefined;
  const given = sql`l.key = any(r.items)`;
  return sql`
    select r.sheet, r.row, case when position('.' in l.key) = 0 then ${roles}::int else ${codes}::int end,
      case when ${given} then 'right_not_held' else 'right_not_held_taken' end,
      jsonb_build_object('item', l.label, 'permission', l.permission), p.email
    from ${asTable(lacked)}
    join ${from.rights} r on r.changed
      and coalesce(r.mailbox_id::text, '') = coalesce(l.mailbox_id::text, '')
      and (${given}) <> (l.key = any(coalesce(r.before, '{}')))
    join ${from.people} p on p.position = r.position`;
}

/** T54: of somebody who holds more, nothing is changed, neither names nor rights. */
async function stronger(tx: Tx, actor: Actor, from: Source): Promise<SQL | undefined> {
  const held = sql`${from.people} p join grants g on g.member_id = p.member_id and ${grantCounts()}`;
  const key = sql`coalesce(g.system_role, g.role_id::text, g.permission)`;
  const updated = sql`p.action = 'update'`;
  const lacked = await lacks(tx, actor, sql`select distinct g.mailbox_id, ${key} as key from ${held} where ${updated}`);
  if (lacked.length === 0) return undefined;
  return sql`
    select w.sheet, coalesce(w.row, p.row), ${address}::int, 'stronger', jsonb_build_object('permission', x.permission), p.email
    from (
      select distinct on (p.position) p.position, l.permission from ${asTable(lacked)}
      join (select p.position, g.mailbox_id, ${key} as key from ${held} where ${updated}) p
        on p.key = l.key and coalesce(p.mailbox_id::text, '') = coalesce(l.mailbox_id::text, '')
      order by p.position
    ) x
    join ${from.people} p on p.position = x.position
    left join lateral (
      select r.sheet, r.row from ${from.rights} r
      where r.position = p.position and r.changed and p.names_before is null
      order by r.sheet limit 1
    ) w on true`;
}

/** T55: those who would lose Owner, where nobody active would have it afterwards. */
function lastOwner({ accountId }: Actor, from: Source): SQL {
  const owner = sql`'owner' = any(r.items)`;
  return sql`
    select q.sheet, q.row, ${roles}::int, 'last_owner', ${nothing}, q.email
    from (
      select r.sheet, r.row, p.email, array_agg(p.member_id) over () as losing
      from ${from.rights} r
      join ${from.people} p on p.position = r.position
      join members m on m.id = p.member_id and m.status = 'active'
      where r.mailbox_id is null and r.changed and 'owner' = any(r.before) and not ${owner}
    ) q
    where not exists (
      select 1 from grants g
      join members m on m.id = g.member_id
      join users u on u.id = m.user_id and u.disabled_at is null
      where g.account_id = ${accountId} and ${lastingOwner()}
        and g.member_id <> all(q.losing)
    ) and not exists (
      select 1 from ${from.rights} r
      join ${from.people} p on p.position = r.position
      join members m on m.id = p.member_id and m.status = 'active' and m.guest_until is null
      join users u on u.id = m.user_id and u.disabled_at is null
      where r.mailbox_id is null and r.changed and ${owner}
    )`;
}

/** Who does not edit users may still give access to single mailboxes, and finish invitations, as on the pages. */
function notEditor(actor: Actor, from: Source): SQL[] {
  const boxes = [...actor.mailboxPermissions].filter(([, held]) => held.has("members.grant")).map(([id]) => id);
  const everywhere = can(actor, "members.grant");
  const invites = sql`${can(actor, "invites.send")}::boolean and exists (
    select 1 from members m where m.id = p.member_id and m.status in ('draft', 'invited'))`;
  return [
    sql`
    select r.sheet, r.row, ${address}::int, 'may_not_edit', ${nothing}, p.email
    from ${from.rights} r join ${from.people} p on p.position = r.position
    where r.changed and r.items is distinct from coalesce(r.before, '{}')
      and not (r.mailbox_id is not null and (${everywhere}::boolean or r.mailbox_id = any(${sql.param(boxes)}::uuid[])))
      and not (${invites})`,
    sql`
    select null::int, p.row, ${address}::int, 'may_not_edit', ${nothing}, p.email
    from ${from.people} p where p.names_before is not null and not (${invites})`,
  ];
}
