import type { Actor } from "../access/actor.ts";
import { type Level, type Permission, permissionsAt } from "../access/permissions.ts";
import { assertHoldsAll } from "../access/policy.ts";
import { recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { isDuplicate } from "../db/errors.ts";
import { rolePermissions, roles } from "../db/schema.ts";
import { Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { assertNameFree, nameIsTaken } from "./names.ts";

export interface NewRole {
  name: string;
  about: string;
  level: Level;
  permissions: Permission[];
}

/** Makes a custom role (A11). Its maker must hold everything in it (D9), so that nobody writes a role above themselves. */
export function createRole(actor: Actor, input: NewRole) {
  return db
    .transaction(async (tx) => {
      assertFits(input.level, input.permissions);
      assertHoldsAll(
        actor,
        input.permissions.map((permission) => ({ permission, mailboxId: null })),
      );
      await assertNameFree(tx, actor.accountId, input.level, input.name);
      return insertRole(tx, actor, input);
    })
    .catch(refuseDuplicate);
}

/** Writes the role, what it holds, and the event. */
export async function insertRole(tx: Tx, actor: Actor, { permissions, ...values }: NewRole, copyOf?: string) {
  const [role] = await tx
    .insert(roles)
    .values({ ...values, accountId: actor.accountId, createdBy: actor.userId })
    .returning();
  await startPermissions(tx, actor, role!.id, permissions);

  const after = {
    name: role!.name,
    about: role!.about,
    level: role!.level,
    permissions: [...new Set(permissions)].sort(),
  };
  const subject = { type: "role", id: role!.id, label: role!.name } as const;
  await recordEvent(tx, actor, "role.created", subject, { after: copyOf ? { ...after, copyOf } : after });
  return role!;
}

/** From now on the role holds these too. */
export async function startPermissions(tx: Tx, actor: Actor, roleId: string, started: Iterable<Permission>) {
  const rows = [...new Set(started)].map((permission) => ({
    accountId: actor.accountId,
    roleId,
    permission,
    startedBy: actor.userId,
  }));
  if (rows.length > 0) await tx.insert(rolePermissions).values(rows);
}

/** A role at mailbox level counts on one mailbox, so it holds mailbox permissions only; and an empty role is none. */
export function assertFits(level: Level, chosen: Permission[]) {
  if (chosen.length === 0) throw new Invalid("permissions", t("Choose at least one permission."));
  const fitting = permissionsAt(level);
  if (chosen.every((permission) => fitting.includes(permission))) return;
  throw new Invalid("permissions", t("A mailbox role holds mailbox permissions only."));
}

/** Of two who take a name at the same moment the second is told like everybody else. */
export function refuseDuplicate(error: unknown): never {
  throw isDuplicate(error, "roles_name") ? nameIsTaken() : error;
}
