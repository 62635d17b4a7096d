import { and, eq, isNull, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { isSystemRole, type Level, systemRoleKeys, systemRoles } from "../access/permissions.ts";
import { lacking } from "../access/policy.ts";
import { db } from "../db/client.ts";
import { type PendingGrant, roles } from "../db/schema.ts";
import { called, type Giving, rightsOf } from "../grants/giving.ts";
import { currentGrants, type Grant } from "../grants/queries.ts";
import { resolveLiving } from "../grants/resolve.ts";
import { NotFound } from "../http/errors.ts";
import { isUuid } from "../http/ids.ts";
import { t } from "../i18n/t.ts";

/** A role in a form: a system role's key or a custom role's id. */
export function roleGiven(role: string, mailboxId: string | null = null): PendingGrant {
  if (isSystemRole(role)) return { mailboxId, systemRole: role };
  if (isUuid(role)) return { mailboxId, roleId: role };
  throw new NotFound();
}

export interface RoleChoice {
  /** What the form sends. */
  value: string;
  words: string;
  about: string;
}

const choiceOf = (giving: Giving): RoleChoice => ({
  value: giving.systemRole ?? giving.roleId ?? "",
  words: called(giving),
  // A custom role's description is a person's own text, in no catalogue.
  about: giving.roleId ? giving.about : t(giving.about),
});

/** The roles of a level that the actor could give: those that hold nothing the actor lacks (D9). Up to 200 custom ones. */
export async function grantableRoles(actor: Actor, level: Level, mailboxId: string | null = null) {
  const custom = await db
    .select({ id: roles.id })
    .from(roles)
    .where(and(eq(roles.accountId, actor.accountId), eq(roles.level, level), isNull(roles.endedAt)))
    .orderBy(sql`lower(${roles.name})`)
    .limit(200);
  const all = [...systemRoleKeys.filter((key) => systemRoles[key].level === level), ...custom.map(({ id }) => id)];
  const onAccount = level === "account";
  const givings = await resolveLiving(
    db,
    actor.accountId,
    all.map((role) => roleGiven(role, onAccount ? null : mailboxId)),
  );
  return givings.filter((giving) => lacking(actor, rightsOf([giving])).length === 0).map(choiceOf);
}

/** The roles among a member's grants that "Change role" replaces: those on the account (B14). */
export const rolesOnAccount = (held: Grant[]): Grant[] =>
  held.filter(({ mailboxId, permission }) => mailboxId === null && !permission);

/** The roles that "Change role" would replace, as the form shows them. */
export async function heldRoles(accountId: string, memberId: string): Promise<RoleChoice[]> {
  return rolesOnAccount(await currentGrants(db, accountId, memberId)).map(choiceOf);
}
