import { and, eq, inArray, isNull, sql } from "drizzle-orm";
import { type Level, type Permission, permissionsAt, systemRoles } from "../access/permissions.ts";
import type { Reader } from "../db/client.ts";
import { mailboxes, type PendingGrant, rolePermissions, roles } from "../db/schema.ts";
import { Conflict, NotFound } from "../http/errors.ts";
import { isUuid } from "../http/ids.ts";
import { t } from "../i18n/t.ts";
import { type Giving, keyOf, permissionWords, systemRoleWords } from "./giving.ts";

interface Found {
  boxes: Map<string, string>;
  customRoles: Map<string, { level: Level; title: string; about: string; permissions: Permission[] }>;
}

/**
 * What these changes would give, with words and contents. A role or mailbox that is not the account's, or not there any
 * more, is 404; a role or permission of the other level is 409 (T50). The same thing twice counts once.
 */
export async function resolveAdds(reader: Reader, accountId: string, adds: PendingGrant[]): Promise<Giving[]> {
  const found = await look(reader, accountId, adds);
  const givings = adds.map((add) => {
    const giving = resolveOne(found, add);
    if (!giving) throw new NotFound();
    return giving;
  });
  return [...new Map(givings.map((giving) => [keyOf(giving), giving])).values()];
}

/** The same for changes that have waited: what is not there any more (role deleted, mailbox archived) is left out. */
export async function resolveLiving(reader: Reader, accountId: string, adds: PendingGrant[]): Promise<Giving[]> {
  if (adds.length === 0) return [];
  const found = await look(reader, accountId, adds);
  return adds.map((add) => resolveOne(found, add)).filter((giving) => giving !== undefined);
}

async function look(reader: Reader, accountId: string, adds: PendingGrant[]): Promise<Found> {
  const boxIds = [...new Set(adds.map((add) => add.mailboxId).filter(isUuid))];
  const roleIds = [...new Set(adds.map((add) => add.roleId).filter(isUuid))];

  const boxes = boxIds.length
    ? await reader
        .select({ id: mailboxes.id, name: mailboxes.name })
        .from(mailboxes)
        .where(and(eq(mailboxes.accountId, accountId), inArray(mailboxes.id, boxIds), isNull(mailboxes.archivedAt)))
    : [];
  const customRoles = roleIds.length
    ? await reader
        .select({
          id: roles.id,
          level: roles.level,
          title: roles.name,
          about: roles.about,
          permissions: sql<Permission[]>`array_remove(array_agg(${rolePermissions.permission}), null)`,
        })
        .from(roles)
        .leftJoin(rolePermissions, and(eq(rolePermissions.roleId, roles.id), isNull(rolePermissions.endedAt)))
        .where(and(eq(roles.accountId, accountId), inArray(roles.id, roleIds), isNull(roles.endedAt)))
        .groupBy(roles.id)
    : [];

  return {
    boxes: new Map(boxes.map(({ id, name }) => [id, name])),
    customRoles: new Map(customRoles.map(({ id, ...role }) => [id, role])),
  };
}

function resolveOne({ boxes, customRoles }: Found, add: PendingGrant): Giving | undefined {
  const { mailboxId, systemRole, roleId, permission, endsAt } = add;
  const level: Level = mailboxId === null ? "account" : "mailbox";
  const mailboxName = mailboxId === null ? null : boxes.get(mailboxId);
  if (mailboxName === undefined) return undefined;

  if (systemRole) {
    assertLevel(systemRoles[systemRole].level === level);
    return { mailboxId, mailboxName, endsAt, systemRole, ...systemRoleWords(systemRole) };
  }
  if (permission) {
    assertLevel(permissionsAt(level).includes(permission));
    return { mailboxId, mailboxName, endsAt, permission, ...permissionWords(permission) };
  }
  const role = roleId && customRoles.get(roleId);
  if (!role) return undefined;
  assertLevel(role.level === level);
  return {
    mailboxId,
    mailboxName,
    endsAt,
    roleId,
    title: role.title,
    about: role.about,
    permissions: role.permissions,
  };
}

function assertLevel(fits: boolean) {
  if (!fits) {
    throw new Conflict(t("Account roles are given on the account, mailbox roles on a mailbox. Nothing was changed."));
  }
}
