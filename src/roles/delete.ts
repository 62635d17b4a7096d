import { and, eq, isNull, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { grants, rolePermissions, roles } from "../db/schema.ts";
import { roleHolders } from "../holders/role.ts";
import { Conflict, Stale } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { assertMayEdit } from "./edit.ts";
import { currentContents, lockRole } from "./queries.ts";

/**
 * Deletes a custom role that nobody holds: it ends, with all that is in it, and stays readable for past dates (X3).
 * Open invitations may name it: whoever accepts one gets the rest, and the inviter is told (T7).
 */
export function deleteRole(actor: Actor, roleId: string, input: { version: number }) {
  return db.transaction(async (tx) => {
    const role = await lockRole(tx, actor.accountId, roleId);
    assertMayEdit(actor, role, []);
    if (role.version !== input.version)
      throw new Stale(t("Somebody else saved this role while you were looking at it."));

    const holders = await roleHolders(actor.accountId, role, 3, tx);
    if (holders.settled > 0) {
      const { settled, cap, people } = holders;
      const first = people.slice(0, settled).map((person) => person.name);
      const names = `${first.join(", ")}${settled > first.length ? " …" : ""}`;
      throw new Conflict(
        settled > cap
          ? t("“{role}” cannot be deleted while more than {count, number} users hold it: {names}", {
              role: role.name,
              count: cap,
              names,
            })
          : t("“{role}” cannot be deleted while {count, plural, one {# user holds} other {# users hold}} it: {names}", {
              role: role.name,
              count: settled,
              names,
            }),
      );
    }

    await endInDrafts(tx, actor, role.id);
    const ending = { endedAt: sql`now()`, endedBy: actor.userId };
    await tx.update(rolePermissions).set(ending).where(currentContents(actor.accountId, role.id));
    await tx
      .update(roles)
      .set({ ...ending, version: sql`${roles.version} + 1` })
      .where(and(eq(roles.accountId, actor.accountId), eq(roles.id, role.id)));
    const before = { name: role.name, about: role.about, level: role.level, permissions: role.permissions };
    await recordEvent(tx, actor, "role.deleted", { type: "role", id: role.id, label: role.name }, { before });
    return role;
  });
}

/** A draft has been promised to nobody, so it simply loses the role; what has been sent is looked at when it is accepted. */
const endInDrafts = (tx: Tx, actor: Actor, roleId: string) =>
  tx
    .update(grants)
    .set({ endedAt: sql`now()`, endedBy: actor.userId, endReason: "role deleted" })
    .where(
      and(
        eq(grants.accountId, actor.accountId),
        eq(grants.roleId, roleId),
        isNull(grants.endedAt),
        sql`${grants.memberId} in (select m.id from members m where m.account_id = ${actor.accountId} and m.status = 'draft')`,
      ),
    );
