import { and, eq, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { offboardings } from "../db/schema.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { findMember, type Member, subjectOf } from "../members/queries.ts";
import { lockOffboarding, type Offboarding } from "./queries.ts";

/**
 * Takes a planned offboarding back before its time. Whoever may remove users can, for it takes nothing from anybody; but
 * whoever it is about (409): they do not decide whether they leave.
 */
export function cancelOffboarding(actor: Actor, id: string): Promise<Offboarding> {
  return db.transaction(async (tx) => {
    const row = await lockOffboarding(tx, actor.accountId, id);
    if (row.status === "cancelled") return row;
    if (row.status !== "planned") throw new Conflict(t("This is not planned any more, so it cannot be cancelled."));
    const member = await findMember(tx, actor.accountId, row.memberId);
    if (member.userId && member.userId === actor.userId)
      throw new Conflict(t("You cannot do this to yourself. Ask another administrator."));
    return cancelIn(tx, actor, row, member);
  });
}

/** Whoever is removed in another way leaves no plan behind. */
export async function cancelPlanOf(tx: Tx, actor: Actor, member: Member): Promise<void> {
  const [row] = await tx
    .select()
    .from(offboardings)
    .where(
      and(
        eq(offboardings.accountId, member.accountId),
        eq(offboardings.memberId, member.id),
        eq(offboardings.status, "planned"),
      ),
    )
    .for("update");
  if (row) await cancelIn(tx, actor, row, member);
}

async function cancelIn(tx: Tx, actor: Actor, row: Offboarding, member: Member): Promise<Offboarding> {
  const [cancelled] = await tx
    .update(offboardings)
    .set({ status: "cancelled", endedBy: actor.userId, version: sql`${offboardings.version} + 1` })
    .where(eq(offboardings.id, row.id))
    .returning();
  await recordEvent(tx, actor, "offboarding.cancelled", subjectOf(member), { before: { due: row.dueAt } });
  return cancelled!;
}
