import { sql } from "drizzle-orm";
import { grantCounts, guestCounts, memberCounts } from "../access/counts.ts";
import {
  type Permission,
  permissionKeys,
  type SystemRole,
  systemRoleKeys,
  systemRoles,
} from "../access/permissions.ts";
import { db } from "../db/client.ts";

/** Somebody who may manage the user in an account. */
export interface Administrator {
  name: string;
  email: string;
  owner: boolean;
}

/** One of a person's accounts, with whoever may manage them there. */
export interface Managed {
  id: string;
  name: string;
  /** It manages the profile as well. */
  corporate: boolean;
  /** Whether its corporate users edit their own profile. */
  ownProfiles: boolean;
  guestUntil: Date | null;
  administrators: Administrator[];
}

interface Row extends Record<string, unknown> {
  id: string;
  name: string;
  corporate: boolean;
  own_profiles: boolean;
  guest_until: string | null;
  administrators: Administrator[] | null;
}

/** With more than these, an account names the first by name, Owners before others. */
const most = 30;

/** What somebody holds who changes other users: looking alone is no management. */
const managing = permissionKeys.filter((key) => key.startsWith("users.") && key !== "users.view");
const managingRoles = systemRoleKeys.filter((key: SystemRole) =>
  systemRoles[key].permissions.some((permission) => (managing as Permission[]).includes(permission)),
);

/**
 * Who may manage a person, account by account: those where they have their place now. An account cannot hide it. Whoever is
 * blocked, or whose time is over, is shown nothing of the account.
 */
export async function administratorsOf(userId: string): Promise<Managed[]> {
  const rows = await db.execute<Row>(sql`
    select a.id, a.name, u.corporate_account_id is not distinct from a.id as corporate, a.own_profiles, m.guest_until,
      (select json_agg(json_build_object('name', x.name, 'email', x.email, 'owner', x.owner) order by x.owner desc, x.name)
        from (
          select coalesce(nullif(btrim(o.first_name || ' ' || o.last_name), ''), o.email) as name, o.email,
            bool_or(g.system_role = 'owner') is true as owner
          from grants g
          join members o on o.account_id = g.account_id and o.id = g.member_id and ${memberCounts("o")}
          join users ou on ou.id = o.user_id and ou.disabled_at is null
          where g.account_id = a.id and g.mailbox_id is null and ${grantCounts()} and (
            g.system_role = any(${sql.param(managingRoles)}::text[]) or g.permission = any(${sql.param(managing)}::text[])
            or exists (select from roles r join role_permissions rp on rp.role_id = r.id and rp.ended_at is null
              where r.id = g.role_id and r.ended_at is null and rp.permission = any(${sql.param(managing)}::text[])))
          group by o.id order by 3 desc, 1 limit ${most}
        ) x) as administrators
    from members m
    join accounts a on a.id = m.account_id and a.deleted_at is null and a.suspended_at is null
    join users u on u.id = m.user_id
    where m.user_id = ${userId} and m.status = 'active' and ${guestCounts()}
    order by corporate desc, lower(a.name), a.id`);
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    corporate: row.corporate,
    ownProfiles: row.own_profiles,
    guestUntil: row.guest_until ? new Date(row.guest_until) : null,
    administrators: row.administrators ?? [],
  }));
}
