import { sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { isPermission, isSystemRole, permissions, systemRoles } from "../access/permissions.ts";
import { db } from "../db/client.ts";
import { t } from "../i18n/t.ts";
import { containing, within } from "./bounds.ts";
import type { ActivityPlace, ActivityQuery } from "./forms.ts";

/** Somebody was given access to one mailbox, or lost it. */
export interface AccessChange {
  /** The grant's id; with `micros` its place in the list. */
  key: string;
  at: Date;
  micros: string;
  given: boolean;
  /** Who has or had it, and who gave or took it (empty: nobody who is a person). */
  whose: string;
  by: string;
  what: string;
}

interface Row extends Record<string, unknown> {
  key: string;
  micros: string;
  given: boolean;
  name: string;
  email: string;
  by: string | null;
  system_role: string | null;
  role: string | null;
  permission: string | null;
}

/** The beginnings and ends of grants on one mailbox, newest first. Nothing that gave a right is deleted, so all are there (X3). */
export async function accessChanges(
  actor: Actor,
  mailboxId: string,
  query: ActivityQuery,
  { grant }: ActivityPlace,
  size: number,
): Promise<AccessChange[]> {
  const who = containing(query.who.toLowerCase());
  const conditions = [
    sql`true`,
    ...within(actor, query, sql`c.at`),
    ...(grant
      ? [sql`((extract(epoch from c.at) * 1000000)::bigint, c.id::text) < (${grant.at}::bigint, ${grant.id}::text)`]
      : []),
    ...(query.who
      ? [sql`(m.haystack like ${who} or lower(u.first_name || ' ' || u.last_name || ' ' || u.email) like ${who})`]
      : []),
  ];
  const rows = await db.execute<Row>(sql`
    with c as (
      select id, member_id, system_role, role_id, permission, granted_at as at, true as given, granted_by as by_id
      from grants where account_id = ${actor.accountId} and mailbox_id = ${mailboxId} and ended_at is null
      union all
      select g.id, g.member_id, g.system_role, g.role_id, g.permission, x.at, x.given, x.by_id
      from grants g
      cross join lateral (values (g.granted_at, true, g.granted_by), (g.ended_at, false, g.ended_by)) x (at, given, by_id)
      where g.account_id = ${actor.accountId} and g.mailbox_id = ${mailboxId} and g.ended_at is not null)
    select c.id as key, (extract(epoch from c.at) * 1000000)::bigint::text as micros, c.given, m.email,
      btrim(m.first_name || ' ' || m.last_name) as name,
      coalesce(nullif(btrim(u.first_name || ' ' || u.last_name), ''), u.email) as by, c.system_role, r.name as role, c.permission
    from c
    join members m on m.account_id = ${actor.accountId} and m.id = c.member_id and m.status not in ('draft')
    left join users u on u.id = c.by_id
    left join roles r on r.account_id = ${actor.accountId} and r.id = c.role_id
    where ${sql.join(conditions, sql` and `)}
    order by c.at desc, c.id::text desc limit ${size}`);
  return rows.map((row) => ({
    key: row.key,
    at: new Date(Number(row.micros) / 1000),
    micros: row.micros,
    given: row.given,
    whose: row.name ? `${row.name} (${row.email})` : row.email,
    by: row.by ?? "",
    what: called(row),
  }));
}

function called({ system_role: systemRole, role, permission }: Row): string {
  if (systemRole && isSystemRole(systemRole)) return t(systemRoles[systemRole].title);
  if (permission && isPermission(permission)) return t(permissions[permission].title);
  return role ?? "";
}
