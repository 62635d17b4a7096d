import { sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { grantCounts } from "../access/counts.ts";
import { type Permission, systemRoleKeys, systemRoles } from "../access/permissions.ts";
import type { Right } from "../access/policy.ts";
import { db, type Reader } from "../db/client.ts";
import type { MemberStatus } from "../db/schema.ts";
import { living } from "../holders/counts.ts";
import { Stale } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { assertFits } from "./create.ts";
import { assertMayEdit, contentChange, type RoleChange } from "./edit.ts";
import { assertNameFree } from "./names.ts";
import { assertCustom, type Role } from "./queries.ts";

/** Somebody whose rights would change; a right names the mailbox it is for, or none when it is for the account. */
export interface Affected {
  id: string;
  name: string;
  email: string;
  status: MemberStatus;
  gains: (Right & { mailboxName: string | null })[];
  losses: (Right & { mailboxName: string | null })[];
}

/** How far a change of a role reaches: how many hold it, gain something, lose something; and the first of them by name. */
export interface BlastRadius {
  holders: number;
  affected: number;
  gaining: number;
  losing: number;
  people: Affected[];
}

/**
 * X11: who gains and who loses what when a role starts and stops holding these permissions. What somebody holds by
 * another grant (another role, a single permission; on the account it counts on every mailbox) neither comes nor goes.
 * Grants on archived mailboxes give nothing, before or after. `size`: how many people are named.
 */
export async function blastRadius(
  reader: Reader,
  accountId: string,
  roleId: string,
  change: { started: Permission[]; ended: Permission[] },
  size = 25,
): Promise<BlastRadius> {
  const [row] = await reader.execute<
    Record<string, unknown> & Omit<BlastRadius, "people"> & { people: Moved[] | null }
  >(sql`
    with changed as (
      select c.permission, c.gain, array(select jsonb_array_elements_text(c.system)) as system,
        array(select r.id from role_permissions rp join roles r on r.id = rp.role_id and r.ended_at is null
          where rp.account_id = ${accountId} and rp.role_id <> ${roleId} and rp.permission = c.permission
            and rp.ended_at is null) as roles
      from jsonb_to_recordset(${JSON.stringify(changedRows(change))}::jsonb) as c(permission text, gain boolean, system jsonb)
    ), held as materialized (
      select g.member_id, g.mailbox_id, m.sort_name
      from grants g
      join members m on m.account_id = g.account_id and m.id = g.member_id and m.status = any(${sql.param(living)}::text[])
      left join mailboxes b on b.account_id = g.account_id and b.id = g.mailbox_id
      where g.account_id = ${accountId} and g.role_id = ${roleId} and ${grantCounts()} and b.archived_at is null
    ), otherwise as materialized (
      select o.member_id, o.mailbox_id, c.permission
      from changed c join grants o on o.permission = c.permission or o.system_role = any(c.system) or o.role_id = any(c.roles)
      where o.account_id = ${accountId} and ${grantCounts("o")}
    ), effect as materialized (
      select h.member_id, h.mailbox_id, h.sort_name, c.permission, c.gain
      from held h cross join changed c
      where not exists (
        select 1 from otherwise o where o.member_id = h.member_id and o.permission = c.permission
          and (o.mailbox_id is null or o.mailbox_id = h.mailbox_id))
    ), by_member as materialized (
      select member_id, sort_name, bool_or(gain) as gaining, bool_or(not gain) as losing
      from effect group by member_id, sort_name
    ), named as (
      select m.id, coalesce(nullif(btrim(m.first_name || ' ' || m.last_name), ''), m.email) as name, m.email, m.status,
        jsonb_agg(jsonb_build_object('permission', e.permission, 'mailboxId', e.mailbox_id, 'mailboxName', b.name,
          'gain', e.gain) order by e.permission, b.name) as moves
      from (select member_id from by_member order by sort_name, member_id limit ${size}) first
      join members m on m.account_id = ${accountId} and m.id = first.member_id
      join effect e on e.member_id = m.id
      left join mailboxes b on b.id = e.mailbox_id
      group by m.id order by m.sort_name, m.id
    )
    select (select count(distinct member_id)::int from held) as holders,
      (select count(*)::int from by_member) as affected,
      (select count(*)::int from by_member where gaining) as gaining,
      (select count(*)::int from by_member where losing) as losing,
      (select jsonb_agg(to_jsonb(n)) from named n) as people`);
  const { people, ...figures } = row!;
  return { ...figures, people: (people ?? []).map(inTwo) };
}

type Moved = Omit<Affected, "gains" | "losses"> & { moves: (Affected["gains"][number] & { gain: boolean })[] };

const inTwo = ({ moves, ...person }: Moved): Affected => {
  const some = (wanted: boolean) => moves.flatMap(({ gain, ...right }) => (gain === wanted ? [right] : []));
  return { ...person, gains: some(true), losses: some(false) };
};
/** Each permission that changes, and the system roles that hold it anyway. */
const changedRows = ({ started, ended }: { started: Permission[]; ended: Permission[] }) =>
  [...started, ...ended].map((permission) => ({
    permission,
    gain: started.includes(permission),
    system: systemRoleKeys.filter((key) =>
      (systemRoles[key].permissions as readonly Permission[]).includes(permission),
    ),
  }));

/** What saving this form would do, with every check that saving makes; nothing is changed. */
export async function previewRole(actor: Actor, role: Role, input: RoleChange) {
  assertCustom(role);
  assertMayEdit(actor, role, input.permissions);
  if (role.version !== input.version) throw new Stale(t("Somebody else saved this role while you were editing it."));
  assertFits(role.level, input.permissions);
  await assertNameFree(db, actor.accountId, role.level, input.name, role.id);
  const change = contentChange(role, input.permissions);
  return { change, radius: await blastRadius(db, actor.accountId, role.id, change) };
}
