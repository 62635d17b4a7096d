import type { Person } from "../access/person.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { plans } from "../db/schema.ts";
import { Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import type { PlanFields } from "./forms.ts";
import type { Plan } from "./queries.ts";

/** Offers a new plan to every account of the instance. Throws Invalid("name", …) where another one is called like that. */
export function createPlan(person: Person, fields: PlanFields): Promise<Plan> {
  return db.transaction(async (tx) => {
    const [plan] = await tx.insert(plans).values(fields).onConflictDoNothing().returning();
    if (!plan) throw nameTaken();
    await recordEvent(tx, { ...person, accountId: null }, "plan.created", subjectOf(plan), { after: fields });
    return plan;
  });
}

/** What the log calls a plan. */
export const subjectOf = ({ id, name }: Plan) => ({ type: "plan" as const, id, label: name });

/** A name is one plan's, ignoring case, as long as it is offered. */
export const nameTaken = () => new Invalid("name", t("Another plan has this name."));
