import { and, eq, ne, sql } from "drizzle-orm";
import type { Person } from "../access/person.ts";
import { changeOf, recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { plans } from "../db/schema.ts";
import { Stale } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { nameTaken, subjectOf } from "./create.ts";
import type { PlanFields } from "./forms.ts";
import { livingName, lockPlan, type Plan } from "./queries.ts";

/**
 * Changes a plan for everybody who has it. Accounts that are over a lower number keep their mailboxes and add none. 409 when
 * somebody else changed it meanwhile (T56).
 */
export function changePlan(
  person: Person,
  id: string,
  { version, ...fields }: PlanFields & { version: number },
): Promise<Plan> {
  return db.transaction(async (tx) => {
    const before = await lockPlan(tx, id);
    if (before.version !== version)
      throw new Stale(
        t("This was changed meanwhile, somewhere else. What you typed is still here: look again, then save."),
      );
    const [other] = await tx
      .select({ id: plans.id })
      .from(plans)
      .where(and(livingName(fields.name), ne(plans.id, before.id)));
    if (other) throw nameTaken();
    const [plan] = await tx
      .update(plans)
      .set({ ...fields, version: sql`${plans.version} + 1` })
      .where(eq(plans.id, before.id))
      .returning();
    const change = changeOf(before, plan!, ["name", "about", "mailboxes", "price", "position"]);
    await recordEvent(tx, { ...person, accountId: null }, "plan.changed", subjectOf(plan!), change);
    return plan!;
  });
}
