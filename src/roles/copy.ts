import { type Actor, can } from "../access/actor.ts";
import type { Permission } from "../access/permissions.ts";
import { assertHoldsAll } from "../access/policy.ts";
import { db } from "../db/client.ts";
import { insertRole, refuseDuplicate } from "./create.ts";
import { nameForCopy } from "./names.ts";
import { findRole, roleName } from "./queries.ts";

/**
 * Copies a role, the system's too, under a free name. What the actor does not hold stays out (D9); `left` says how many
 * permissions that were. A copy that would hold nothing is 403.
 */
export function copyRole(actor: Actor, roleId: string) {
  return db
    .transaction(async (tx) => {
      const original = await findRole(tx, actor.accountId, roleId);
      const permissions = original.permissions.filter((permission) => can(actor, permission));
      if (permissions.length === 0) assertHoldsAll(actor, original.permissions.map(onAccount));
      const name = await nameForCopy(tx, actor.accountId, original.level, roleName(original));
      const { level, about } = original;
      const words = { name, about: original.system ? "" : about, level, permissions };
      const role = await insertRole(tx, actor, words, original.name);
      return { role, left: original.permissions.length - permissions.length };
    })
    .catch(refuseDuplicate);
}

const onAccount = (permission: Permission) => ({ permission, mailboxId: null });
