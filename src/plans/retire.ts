import { eq, sql } from "drizzle-orm";
import type { Person } from "../access/person.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { plans } from "../db/schema.ts";
import { Conflict, Stale } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { subjectOf } from "./create.ts";
import { lockPlan, type Plan } from "./queries.ts";

/** Offers a plan no longer. Who has it keeps it. The default one stays: new accounts begin with it. */
export function retirePlan(person: Person, id: string, { version }: { version: number }): Promise<Plan> {
  return db.transaction(async (tx) => {
    const before = await lockPlan(tx, id);
    if (before.endedAt) throw new Conflict(t("This plan is retired already."));
    if (before.isDefault)
      throw new Conflict(t("New accounts begin with this plan. Make another one the default first."));
    if (before.version !== version) throw new Stale(t("Somebody else changed this plan while you were looking at it."));
    const [plan] = await tx
      .update(plans)
      .set({ endedAt: sql`now()`, version: sql`${plans.version} + 1` })
      .where(eq(plans.id, before.id))
      .returning();
    await recordEvent(tx, { ...person, accountId: null }, "plan.retired", subjectOf(plan!));
    return plan!;
  });
}
