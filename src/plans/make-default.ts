import { eq, sql } from "drizzle-orm";
import type { Person } from "../access/person.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { plans } from "../db/schema.ts";
import { Conflict, Stale } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { subjectOf } from "./create.ts";
import { lockPlan, type Plan } from "./queries.ts";

/**
 * New accounts begin with this plan from now on, and so does every account that never chose one. Those that are over it keep
 * their mailboxes and add none.
 */
export function makeDefault(person: Person, id: string, { version }: { version: number }): Promise<Plan> {
  return db.transaction(async (tx) => {
    // One default at a time: two who choose at once take turns.
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('default plan', 0))`);
    const before = await lockPlan(tx, id);
    if (before.endedAt) throw new Conflict(t("A retired plan cannot be the default."));
    if (before.version !== version) throw new Stale(t("Somebody else changed this plan while you were looking at it."));
    if (before.isDefault) return before;
    await tx.update(plans).set({ isDefault: false }).where(eq(plans.isDefault, true));
    const [plan] = await tx
      .update(plans)
      .set({ isDefault: true, version: sql`${plans.version} + 1` })
      .where(eq(plans.id, before.id))
      .returning();
    const change = { before: { default: false }, after: { default: true } };
    await recordEvent(tx, { ...person, accountId: null }, "plan.changed", subjectOf(plan!), change);
    return plan!;
  });
}
