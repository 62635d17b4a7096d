import { sql } from "drizzle-orm";
import { grantCounts } from "../access/counts.ts";
import type { Tx } from "../db/client.ts";
import { isUuid } from "../http/ids.ts";
import { problemsFrom } from "./tables.ts";

/**
 * Whose mailboxes the sheets are about: one that the account does not have is refused in the same words whether it is
 * nobody's or a neighbour's (T50), an archived one in its own; and no address stands on a sheet twice.
 */
export async function judgeSheets(tx: Tx, accountId: string, ids: string[]): Promise<void> {
  const asked = [...new Set(ids.filter(isUuid))];
  await tx.execute(sql`alter table staged_sheets add mailbox_id uuid, add archived boolean`);
  await tx.execute(sql`
    update staged_sheets s set mailbox_id = b.id, archived = b.archived_at is not null
    from mailboxes b
    where b.id = any(${sql.param(asked)}::uuid[]) and b.account_id = ${accountId} and lower(s.mailbox) = b.id::text`);
  await problemsFrom(
    tx,
    sql`
    select 'file', s.name, s.number, 1, 'A', left(s.mailbox, 200),
      case when s.archived then 'mailbox_archived' else 'mailbox_unknown' end, '{}'::jsonb, null
    from staged_sheets s where s.kind = 'mailbox' and s.archived is not false`,
  );
  await problemsFrom(
    tx,
    sql`
    select 'file', s.name, s.number, r.row, s.column_1, left(r.email, 200), 'address_twice',
      jsonb_build_object('row', r.first::text), r.email
    from (
      select t.sheet, t.email, t.row, min(t.row) over w as first, row_number() over w as nth from staged_rights t
      join (select sheet, email from staged_rights group by 1, 2 having count(*) > 1) twice using (sheet, email)
      window w as (partition by t.sheet, t.email order by t.row)
    ) r join staged_sheets s on s.number = r.sheet where r.nth > 1`,
  );
}

/**
 * Writes down what each row asks for beside what its member holds there now, in one statement: both as sorted lists of the
 * keys of grants. A role that has ended is in neither, so an unchanged report changes nothing (X5). Whoever has a changed
 * row is to be changed.
 */
export async function writeRights(tx: Tx, importId: string): Promise<void> {
  await tx.execute(sql`
    insert into checked_rights (import_id, position, sheet, row, mailbox_id, items, before, changed)
    with held as materialized (
      select g.member_id, g.mailbox_id, array_agg(k.key order by k.key collate "C") as items
      from staged_people p
      join grants g on g.member_id = p.member_id and ${grantCounts()}
      left join roles o on o.id = g.role_id
      cross join lateral (select coalesce(g.system_role, g.role_id::text, g.permission) as key) k
      where o.ended_at is null
      group by g.member_id, g.mailbox_id
    )
    select ${importId}::uuid, p.position, r.sheet, r.row, s.mailbox_id, c.items,
      case when p.member_id is not null then coalesce(h.items, '{}') end,
      p.member_id is null or c.items is distinct from coalesce(h.items, '{}')
    from staged_rights r
    join staged_sheets s on s.number = r.sheet and (s.kind = 'account' or not s.archived)
    join staged_cells c on c.id = r.cell
    join staged_people p on p.email = r.email and (p.member_id is not null or p.row is not null)
    left join held h on h.member_id = p.member_id and coalesce(h.mailbox_id::text, '') = coalesce(s.mailbox_id::text, '')`);
  await tx.execute(sql`analyze checked_people (position, action), checked_rights (position, changed)`);
  await tx.execute(sql`
    update checked_people p set action = 'update'
    where p.action = 'same' and p.position in (select r.position from checked_rights r where r.changed)`);
  await problemsFrom(
    tx,
    sql`
    select 'warning', s.name, s.number, q.row, s.column_1, left(p.email, 200), 'without_rights', '{}'::jsonb, p.email
    from checked_people p join staged_people q on q.position = p.position join staged_sheets s on s.number = q.sheet
    where p.action = 'create' and p.position not in (select r.position from checked_rights r)`,
  );
}
