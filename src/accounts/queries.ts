import { and, asc, eq, isNull, sql } from "drizzle-orm";
import { grantCounts, memberCounts } from "../access/counts.ts";
import { isSystemRole, type Permission, systemRoleKeys, systemRoles } from "../access/permissions.ts";
import { db, type Reader } from "../db/client.ts";
import { accounts, members, roles } from "../db/schema.ts";
import { NotFound } from "../http/errors.ts";
import { isUuid, uuidOr404 } from "../http/ids.ts";
import { t } from "../i18n/t.ts";

export interface AccountLine {
  id: string;
  name: string;
  kind: "personal" | "company";
  /** English titles of the system roles and names of the others, as held on the account. */
  roles: string[];
  suspended: boolean;
}

interface Held {
  s: keyof typeof systemRoles | null;
  n: string | null;
}

/** The accounts that somebody is an active member of, with their roles there, by name. */
export async function accountsOf(userId: string): Promise<AccountLine[]> {
  const rows = await db
    .select({
      id: accounts.id,
      name: accounts.name,
      kind: accounts.kind,
      suspended: sql<boolean>`${accounts.suspendedAt} is not null`,
      held: sql<Held[] | null>`(
        select json_agg(json_build_object('s', g.system_role, 'n', r.name) order by g.granted_at)
        from grants g left join roles r on r.id = g.role_id and r.ended_at is null
        where g.member_id = ${members.id} and ${grantCounts()} and g.mailbox_id is null
          and (g.system_role is not null or r.id is not null))`,
    })
    .from(members)
    .innerJoin(accounts, eq(accounts.id, members.accountId))
    .where(and(eq(members.userId, userId), memberCounts("members"), isNull(accounts.deletedAt)))
    .orderBy(asc(sql`lower(${accounts.name})`), asc(accounts.id));
  return rows.map(({ held, ...row }) => ({
    ...row,
    roles: (held ?? []).map(({ s, n }) => (s ? systemRoles[s].title : (n ?? ""))),
  }));
}

/** One of these, by its id; somebody else's, or no id at all, is 404. */
export async function ownAccount(userId: string, accountId: string): Promise<AccountLine> {
  const id = uuidOr404(accountId).toLowerCase();
  const account = (await accountsOf(userId)).find((each) => each.id === id);
  if (!account) throw new NotFound();
  return account;
}

/** A role that can be held on a mailbox, by a system role's key or a custom role's id; undefined for any other. */
export async function mailboxRole(reader: Reader, accountId: string, key: string) {
  const role =
    isSystemRole(key) || isUuid(key) ? (await mailboxRoles(accountId, reader)).find(({ id }) => id === key) : undefined;
  return role;
}

/** The roles that can be held on a mailbox: the system's, then the account's own by name. */
export async function mailboxRoles(accountId: string, reader: Reader = db) {
  const custom = await reader
    .select({
      id: roles.id,
      name: roles.name,
      permissions: sql<
        Permission[]
      >`array(select rp.permission from role_permissions rp where rp.role_id = roles.id and rp.ended_at is null)`,
    })
    .from(roles)
    .where(and(eq(roles.accountId, accountId), eq(roles.level, "mailbox"), isNull(roles.endedAt)))
    .orderBy(sql`lower(${roles.name})`);
  const shipped = systemRoleKeys
    .filter((key) => systemRoles[key].level === "mailbox")
    .map((key) => ({
      id: key as string,
      name: t(systemRoles[key].title),
      permissions: [...systemRoles[key].permissions] as Permission[],
    }));
  return [...shipped, ...custom];
}

/** The account that the visitor is at. */
export async function findAccount(accountId: string) {
  const [account] = await db.select().from(accounts).where(eq(accounts.id, accountId));
  return account!;
}
