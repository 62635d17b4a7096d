import { and, eq, inArray, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import type { Permission } from "../access/permissions.ts";
import { assertHoldsAll } from "../access/policy.ts";
import { recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { rolePermissions, roles } from "../db/schema.ts";
import { assertNoLonger } from "../end-dates/rules.ts";
import { currentGrants } from "../grants/queries.ts";
import { Stale } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { assertFits, refuseDuplicate, startPermissions } from "./create.ts";
import { assertNameFree } from "./names.ts";
import { currentContents, lockRole, type Role } from "./queries.ts";

export interface RoleChange {
  name: string;
  about: string;
  permissions: Permission[];
  /** The version that the editor saw; another one now means that somebody saved in between (T56). */
  version: number;
}

/** Changes a custom role. What it no longer holds ends, what it holds now starts; nothing is deleted (X3). */
export function editRole(actor: Actor, roleId: string, input: RoleChange) {
  return db
    .transaction(async (tx) => {
      const role = await lockRole(tx, actor.accountId, roleId);
      assertMayEdit(actor, role, input.permissions);
      if (role.version !== input.version)
        throw new Stale(t("Somebody else saved this role while you were editing it."));
      assertFits(role.level, input.permissions);
      await assertNameFree(tx, actor.accountId, role.level, input.name, role.id);

      const { started, ended } = contentChange(role, input.permissions);
      await assertKeptNoLonger(tx, actor, role, started);
      const { name, about } = input;
      const after = { name, about, permissions: [...new Set(input.permissions)].sort() };
      if (name === role.name && about === role.about && started.length + ended.length === 0) return role;

      await tx
        .update(roles)
        .set({ name, about, version: sql`${roles.version} + 1` })
        .where(and(eq(roles.accountId, actor.accountId), eq(roles.id, role.id)));
      await tx
        .update(rolePermissions)
        .set({ endedAt: sql`now()`, endedBy: actor.userId })
        .where(and(currentContents(actor.accountId, role.id), inArray(rolePermissions.permission, ended)));
      await startPermissions(tx, actor, role.id, started);

      const before = { name: role.name, about: role.about, permissions: role.permissions };
      await recordEvent(tx, actor, "role.changed", { type: "role", id: role.id, label: name }, { before, after });
      return { ...role, ...after, version: role.version + 1 };
    })
    .catch(refuseDuplicate);
}

/** T53: whoever edits a role holds everything that is in it before and after; so nobody widens their own. */
export function assertMayEdit(actor: Actor, role: Role, wanted: Permission[]) {
  assertHoldsAll(
    actor,
    [...role.permissions, ...wanted].map((permission) => ({ permission, mailboxId: null })),
  );
}

/** Who holds the role themselves keeps nothing by it for longer than it was given to them. */
async function assertKeptNoLonger(tx: Tx, actor: Actor, role: Role, started: Permission[]) {
  if (!actor.memberId || started.length === 0) return;
  const held = await currentGrants(tx, actor.accountId, actor.memberId);
  const widened = held.filter(({ roleId }) => roleId === role.id).map((grant) => ({ ...grant, permissions: started }));
  assertNoLonger(held, widened);
}

/** What a role would start and stop holding. */
export const contentChange = (role: Role, wanted: Permission[]) => ({
  started: [...new Set(wanted)].filter((permission) => !role.permissions.includes(permission)),
  ended: role.permissions.filter((permission) => !wanted.includes(permission)),
});
