import { and, asc, eq, isNull, or, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { isSystemRole, type Level, type Permission, type SystemRole, systemRoles } from "../access/permissions.ts";
import { db, type Reader, type Tx } from "../db/client.ts";
import { rolePermissions, roles } from "../db/schema.ts";
import { Conflict, NotFound } from "../http/errors.ts";
import { uuidOr404 } from "../http/ids.ts";
import { t } from "../i18n/t.ts";

/** A system role or a custom one. A system role's id is its key, and its name and words are English. */
export interface Role {
  id: string;
  system: SystemRole | null;
  level: Level;
  name: string;
  about: string;
  permissions: Permission[];
  version: number;
}

/** A role's name in the reader's language: system roles are translated, custom ones are called as they were named. */
export const roleName = (role: Pick<Role, "system" | "name">): string => (role.system ? t(role.name) : role.name);

const systemRole = (key: SystemRole): Role => {
  const { level, title, about, permissions } = systemRoles[key];
  return { id: key, system: key, level, name: title, about, permissions: [...permissions], version: 1 };
};

const contents = sql<Permission[]>`array(select rp.permission from role_permissions rp
  where rp.role_id = roles.id and rp.ended_at is null order by rp.permission)`;
const columns = {
  id: roles.id,
  level: roles.level,
  name: roles.name,
  about: roles.about,
  version: roles.version,
  permissions: contents,
};

/** Every role of the account: the system's first, then custom ones by name. */
export async function listRoles(accountId: string): Promise<Role[]> {
  const custom = await db
    .select(columns)
    .from(roles)
    .where(and(eq(roles.accountId, accountId), isNull(roles.endedAt)))
    .orderBy(asc(roles.level), sql`lower(${roles.name})`);
  return [...Object.keys(systemRoles).map((each) => systemRole(each as SystemRole)), ...custom.map(asCustom)];
}

const asCustom = (row: Omit<Role, "system">): Role => ({ ...row, system: null });

const current = (accountId: string, id: string) =>
  and(eq(roles.accountId, accountId), eq(roles.id, uuidOr404(id)), isNull(roles.endedAt));

/** A role of this account by its id, or a system role by its key. Ended, absent, a neighbour's, no id at all: 404 (T49). */
export async function findRole(reader: Reader, accountId: string, id: string): Promise<Role> {
  if (isSystemRole(id)) return systemRole(id);
  const [row] = await reader.select(columns).from(roles).where(current(accountId, id));
  if (!row) throw new NotFound();
  return asCustom(row);
}

/** The role of a page: as above, outside of a transaction. */
export const roleOf = (actor: Actor, id: string): Promise<Role> => findRole(db, actor.accountId, id);

/** A10: system roles are the same everywhere; to change one is 409, with what to do instead. */
export function assertCustom(role: Pick<Role, "system">) {
  if (!role.system) return;
  throw new Conflict(
    t("System roles are the same in every account and cannot be changed. Copy it and change the copy."),
  );
}

/** The same for a verb that changes the role: nobody else changes it until the transaction ends. System roles: 409. */
export async function lockRole(tx: Tx, accountId: string, id: string): Promise<Role> {
  assertCustom({ system: isSystemRole(id) ? id : null });
  const [locked] = await tx.select({ id: roles.id }).from(roles).where(current(accountId, id)).for("update");
  if (!locked) throw new NotFound();
  return findRole(tx, accountId, id);
}

/** Whether another role of the account and level has this name, whatever its case (A65). */
export async function nameTaken(reader: Reader, accountId: string, level: Level, name: string, exceptId?: string) {
  const [taken] = await reader
    .select({ id: roles.id })
    .from(roles)
    .where(
      and(
        eq(roles.accountId, accountId),
        eq(roles.level, level),
        sql`lower(${roles.name}) = lower(${name})`,
        isNull(roles.endedAt),
        or(sql`${exceptId ?? null}::uuid is null`, sql`${roles.id} <> ${exceptId ?? null}::uuid`),
      ),
    )
    .limit(1);
  return Boolean(taken);
}

/** The permissions of a role as they count now, locked with the role. */
export const currentContents = (accountId: string, roleId: string) =>
  and(eq(rolePermissions.accountId, accountId), eq(rolePermissions.roleId, roleId), isNull(rolePermissions.endedAt));
