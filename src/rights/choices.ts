import { and, asc, eq, isNull, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import {
  type Level,
  type Permission,
  permissions,
  permissionsAt,
  systemRoleKeys,
  systemRoles,
} from "../access/permissions.ts";
import { lacking } from "../access/policy.ts";
import { db } from "../db/client.ts";
import { rolePermissions, roles } from "../db/schema.ts";
import { t } from "../i18n/t.ts";
import type { Line } from "./page.ts";

/** A role that can be ticked, or the reason why not. */
export interface RoleChoice {
  value: string;
  title: string;
  about: string;
  system: boolean;
  permissions: string[];
  /** Why it cannot be ticked; empty when it can. */
  reason: string;
}

/** The roles that may be added at a place: system roles first, then the account's own (A10, A11). */
export async function roleChoices(actor: Actor, mailboxId: string | null, here: Line[]): Promise<RoleChoice[]> {
  const level: Level = mailboxId ? "mailbox" : "account";
  const has = new Set(here.filter(({ state }) => state !== "going").map((line) => line.systemRole ?? line.roleId));
  const reason = (value: string, contents: readonly Permission[]) => {
    if (has.has(value as never)) return t("Given already.");
    const missing = lacking(
      actor,
      contents.map((permission) => ({ permission, mailboxId })),
    )[0];
    return missing
      ? t("You do not hold “{permission}”.", { permission: t(permissions[missing.permission].title) })
      : "";
  };
  const choice = (value: string, title: string, about: string, system: boolean, contents: readonly Permission[]) => ({
    value,
    title,
    about,
    system,
    permissions: contents.map((permission) => t(permissions[permission].title)),
    reason: reason(value, contents),
  });

  const custom = await customRoles(actor.accountId, level);
  return [
    ...systemRoleKeys
      .filter((key) => systemRoles[key].level === level)
      .map((key) =>
        choice(key, t(systemRoles[key].title), t(systemRoles[key].about), true, systemRoles[key].permissions),
      ),
    ...custom.map((role) => choice(role.id, role.name, role.about, false, role.permissions)),
  ];
}

const customRoles = (accountId: string, level: Level) =>
  db
    .select({
      id: roles.id,
      name: roles.name,
      about: roles.about,
      permissions: sql<
        Permission[]
      >`array_remove(array_agg(${rolePermissions.permission} order by ${rolePermissions.permission}), null)`,
    })
    .from(roles)
    .leftJoin(rolePermissions, and(eq(rolePermissions.roleId, roles.id), isNull(rolePermissions.endedAt)))
    .where(and(eq(roles.accountId, accountId), eq(roles.level, level), isNull(roles.endedAt)))
    .groupBy(roles.id)
    .orderBy(asc(sql`lower(${roles.name})`));

export interface PermissionFilter {
  q: string;
  section: string;
  only: boolean;
  /** What stands ticked; undefined: what is given now. */
  ticked?: Set<string>;
}

export interface PermissionChoice {
  key: Permission;
  title: string;
  ticked: boolean;
  shown: boolean;
  reason: string;
  /** Roles through which the member has it anyway. */
  through: string[];
}

/** The list of Advanced (A13–A15): each permission of the place by section, ticked or not, shown by the filter or not. */
export function permissionChoices(actor: Actor, mailboxId: string | null, here: Line[], filter: PermissionFilter) {
  const standing = here.filter(({ state }) => state !== "going");
  const given = new Set<string>(standing.flatMap(({ permission }) => permission ?? []));
  const ticked = filter.ticked ?? given;
  const words = filter.q.toLowerCase();

  const choices = permissionsAt(mailboxId ? "mailbox" : "account").map((key) => {
    const title = t(permissions[key].title);
    const section = permissions[key].section;
    const lacks = lacking(actor, [{ permission: key, mailboxId }]).length > 0;
    const isTicked = lacks ? given.has(key) : ticked.has(key);
    const matches = `${title} ${t(section)} ${key}`.toLowerCase().includes(words);
    const choice: PermissionChoice = {
      key,
      title,
      ticked: isTicked,
      shown: matches && (!filter.section || filter.section === section) && (!filter.only || isTicked),
      reason: lacks ? t("You do not hold this yourself.") : "",
      through: standing.filter((line) => !line.permission && line.permissions.includes(key)).map((line) => line.words),
    };
    return { section, choice };
  });

  return {
    groups: [...new Set(choices.map(({ section }) => section))].map((section) => ({
      key: section,
      title: t(section),
      choices: choices.filter((each) => each.section === section).map(({ choice }) => choice),
    })),
    ticked: choices.filter(({ choice }) => choice.ticked).length,
    shown: choices.filter(({ choice }) => choice.shown).length,
  };
}
