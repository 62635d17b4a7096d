import { and, asc, eq, isNull, sql } from "drizzle-orm";
import { db, type Reader, type Tx } from "../db/client.ts";
import { plans } from "../db/schema.ts";
import { NotFound } from "../http/errors.ts";
import { uuidOr404 } from "../http/ids.ts";
import { t } from "../i18n/t.ts";
import { planIdOf } from "./room.ts";

export type Plan = typeof plans.$inferSelect;

/** The plan that an installation comes with is said in the reader's language; what somebody wrote stays as it is. */
export const inWords = (plan: Plan): Plan =>
  plan.name === "Standard" && plan.about === "As many mailboxes as you need."
    ? { ...plan, name: t("Standard"), about: t("As many mailboxes as you need.") }
    : plan;

/** A plan of the instance, retired or not; absent or no id at all: 404. */
export async function findPlan(id: string, reader: Reader = db): Promise<Plan> {
  const [plan] = await reader
    .select()
    .from(plans)
    .where(eq(plans.id, uuidOr404(id)));
  if (!plan) throw new NotFound();
  return plan;
}

/** The same for a verb that changes it. */
export async function lockPlan(tx: Tx, id: string): Promise<Plan> {
  const [plan] = await tx
    .select()
    .from(plans)
    .where(eq(plans.id, uuidOr404(id)))
    .for("update");
  if (!plan) throw new NotFound();
  return plan;
}

const inOrder = [asc(plans.position), sql`${plans.mailboxes} asc nulls last`, asc(sql`lower(${plans.name})`)];

/** What an account may choose among, in the order of the instance. */
export const offeredPlans = (reader: Reader = db): Promise<Plan[]> =>
  reader
    .select()
    .from(plans)
    .where(isNull(plans.endedAt))
    .orderBy(...inOrder);

/** The plan that an account has. */
export async function planOfAccount(accountId: string, reader: Reader = db): Promise<Plan> {
  const [plan] = await reader
    .select()
    .from(plans)
    .where(eq(plans.id, planIdOf(accountId)));
  return plan!;
}

/** Accounts are counted up to so many: a page never counts a million. */
export const mostCounted = 1000;

const chosenBy = sql<number>`(select count(*)::int from (
  select 1 from accounts a where a.plan_id = plans.id and a.deleted_at is null limit ${mostCounted + 1}) chosen)`;

/** Every plan there is or was, retired ones last, with how many accounts have chosen it (up to `mostCounted`, and one). */
export const plansWithUse = () =>
  db
    .select({ plan: plans, chosen: chosenBy })
    .from(plans)
    .orderBy(sql`${plans.endedAt} is not null`, ...inOrder);

export interface PlanNews extends Record<string, unknown> {
  id: number;
  at: string;
  name: "subscription.changed";
  by: string;
  account: string;
  before: { plan?: string; price?: string } | null;
  after: { plan?: string; price?: string } | null;
}

/** Which accounts changed their plan last, newest first: what somebody has to bill. */
export const latestChanges = async (size = 20): Promise<PlanNews[]> => [
  ...(await db.execute<PlanNews>(sql`
    select id::float as id, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, name, actor_label as by, subject_label as account, before, after from events
    where name = 'subscription.changed' order by id desc limit ${size}`)),
];

/** Whether another plan that is offered has this name. */
export const livingName = (name: string) => and(sql`lower(${plans.name}) = lower(${name})`, isNull(plans.endedAt));
