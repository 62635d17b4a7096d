import { sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { grantCounts, memberCounts } from "./counts.ts";
import { type Permission, systemRoleKeys, systemRoles } from "./permissions.ts";

/** The ids of all users who hold a permission on the account now: by a system role, a custom one, or singly. */
export async function holdersOf(tx: Tx, accountId: string, permission: Permission): Promise<string[]> {
  const holding = systemRoleKeys.filter((key) =>
    (systemRoles[key].permissions as readonly Permission[]).includes(permission),
  );
  const rows = await tx.execute<{ id: string }>(sql`
    select distinct u.id from grants g
    join members m on m.account_id = g.account_id and m.id = g.member_id and ${memberCounts()}
    join users u on u.id = m.user_id and u.disabled_at is null
    where g.account_id = ${accountId} and g.mailbox_id is null and ${grantCounts()} and (
      g.permission = ${permission} or g.system_role = any(${sql.param(holding)}::text[]) or exists (
        select 1 from roles r join role_permissions rp on rp.role_id = r.id and rp.ended_at is null
        where r.id = g.role_id and r.ended_at is null and rp.permission = ${permission}))
    order by u.id`);
  return rows.map(({ id }) => id);
}
