import { and, asc, eq, sql } from "drizzle-orm";
import { grantCounts } from "../access/counts.ts";
import type { Permission } from "../access/permissions.ts";
import type { Right } from "../access/policy.ts";
import type { Reader } from "../db/client.ts";
import { grants, mailboxes, roles, users } from "../db/schema.ts";
import { type Giving, permissionWords, rightsOf, systemRoleWords } from "./giving.ts";

/** A grant that counts now, with its words and where it came from. */
export interface Grant extends Giving {
  id: string;
  source: (typeof grants.$inferSelect)["source"];
  grantedAt: Date;
  /** Who gave it; empty when nobody in particular did (the system, a registration). */
  grantedBy: string;
  archived: boolean;
  /** Its role was deleted: it gives nothing, and stays until an invitation that names it is answered. */
  gone: boolean;
}

const giver = sql<string>`coalesce(nullif(btrim(${users.firstName} || ' ' || ${users.lastName}), ''), ${users.email}, '')`;
const inRole = sql<Permission[]>`array(select rp.permission from role_permissions rp
  where rp.role_id = ${roles.id} and rp.ended_at is null order by rp.permission)`;

/** A member's current grants: on the account first, then by mailbox; in each, in the order in which they were given. */
export async function currentGrants(reader: Reader, accountId: string, memberId: string): Promise<Grant[]> {
  return (await currentGrantsOf(reader, accountId, [memberId])).get(memberId) ?? [];
}

/** The same for each of these members; who holds nothing is not in it. */
export async function currentGrantsOf(
  reader: Reader,
  accountId: string,
  memberIds: string[],
): Promise<Map<string, Grant[]>> {
  const whose =
    memberIds.length === 1
      ? eq(grants.memberId, memberIds[0]!)
      : sql`${grants.memberId} = any(${sql.param(memberIds)}::uuid[])`;
  const rows = await reader
    .select({
      grant: grants,
      mailboxName: mailboxes.name,
      archivedAt: mailboxes.archivedAt,
      roleName: roles.name,
      roleAbout: roles.about,
      roleEndedAt: roles.endedAt,
      inRole,
      giver,
    })
    .from(grants)
    .leftJoin(mailboxes, and(eq(mailboxes.accountId, grants.accountId), eq(mailboxes.id, grants.mailboxId)))
    .leftJoin(roles, and(eq(roles.accountId, grants.accountId), eq(roles.id, grants.roleId)))
    .leftJoin(users, eq(users.id, grants.grantedBy))
    .where(and(eq(grants.accountId, accountId), whose, grantCounts("grants")))
    .orderBy(sql`${mailboxes.name} nulls first`, asc(grants.grantedAt), asc(grants.id));

  const found = new Map<string, Grant[]>();
  for (const row of rows) {
    const { memberId } = row.grant;
    found.set(memberId, [...(found.get(memberId) ?? []), inWords(row)]);
  }
  return found;
}

interface Row {
  grant: typeof grants.$inferSelect;
  mailboxName: string | null;
  archivedAt: Date | null;
  roleName: string | null;
  roleAbout: string | null;
  roleEndedAt: Date | null;
  inRole: Permission[];
  giver: string;
}

const inWords = ({ grant, mailboxName, archivedAt, roleName, roleAbout, roleEndedAt, inRole, giver }: Row): Grant => ({
  id: grant.id,
  mailboxId: grant.mailboxId,
  mailboxName,
  ...thing(grant),
  ...(grant.systemRole
    ? systemRoleWords(grant.systemRole)
    : grant.permission
      ? permissionWords(grant.permission)
      : { title: roleName ?? "", about: roleAbout ?? "", permissions: inRole }),
  endsAt: grant.endsAt?.toISOString() ?? null,
  source: grant.source,
  grantedAt: grant.grantedAt,
  grantedBy: giver,
  archived: archivedAt !== null,
  gone: roleEndedAt !== null,
});

const thing = ({ systemRole, roleId, permission }: typeof grants.$inferSelect) => ({
  systemRole: systemRole ?? undefined,
  roleId: roleId ?? undefined,
  permission: permission ?? undefined,
});

/** Everything a member may do now, for `assertNotStronger`: one entry for each permission and place. */
export async function heldBy(reader: Reader, accountId: string, memberId: string): Promise<Right[]> {
  return rightsOf(await currentGrants(reader, accountId, memberId));
}
