import { z } from "zod";
import type { Actor } from "../access/actor.ts";
import { endpoint } from "../api/endpoint.ts";
import { id } from "../api/values.ts";
import { inWords, offeredPlans, type Plan, planOfAccount } from "../plans/queries.ts";
import { changePlan } from "../subscription/change-plan.ts";
import { overOf, used } from "../subscription/queries.ts";

const tag = "Subscription";

const planSchema = z
  .object({
    id: id(),
    name: z.string().meta({ example: "Standard" }),
    about: z.string(),
    mailboxes: z.int().nullable().meta({ description: "How many it includes; null: as many as one likes." }),
    price: z.string().meta({ description: "As the installation words it.", example: "€ 4 a month" }),
    offered: z.boolean().meta({ description: "Whether an account can change to it now." }),
    version: z.int(),
  })
  .meta({ id: "Plan" });

const subscriptionSchema = z
  .object({
    plan: planSchema.meta({ description: "What the account has." }),
    used: z.int().meta({ description: "Mailboxes that count: neither archived nor deleted; counted to 100,001." }),
    plans: z.array(
      z.object({
        plan: planSchema,
        over: z.int().meta({ description: "How many mailboxes to archive before the account fits into it." }),
      }),
    ),
  })
  .meta({ id: "Subscription", description: "The plan, what of it is in use, and the plans that are offered." });

const answered = (plan: Plan): z.input<typeof planSchema> => {
  const { id, name, about, mailboxes, price, endedAt, version } = inWords(plan);
  return { ...{ id, name, about, mailboxes, price, version }, offered: endedAt === null };
};

async function subscriptionOf({ accountId }: Actor) {
  const [plan, offered, count] = await Promise.all([planOfAccount(accountId), offeredPlans(), used(accountId)]);
  const plans = offered.map((each) => ({ plan: answered(each), over: overOf(each, count) }));
  return { body: { plan: answered(plan), used: count, plans } };
}

/** What the account pays for, and how much of it is in use (M28). */
export const subscription = [
  endpoint({
    method: "GET",
    path: "/subscription",
    tag,
    summary: "The plan, its usage, and what else is offered",
    permission: "subscription.view",
    answer: subscriptionSchema,
    handle: (actor) => subscriptionOf(actor),
  }),
  endpoint({
    method: "PUT",
    path: "/subscription",
    tag,
    summary: "Change the plan",
    description:
      "Names both plans as they were read, so that nobody buys what has changed since: else 409. Also 409 where more mailboxes are in use than the plan includes, or the payment provider says no.",
    permission: "subscription.change",
    body: z.object({
      planId: id().meta({ description: "The plan to change to." }),
      version: z.int().min(1).meta({ description: "Its version, as it was read." }),
      from: id().meta({ description: "The plan that the account has, as it was read." }),
    }),
    answer: subscriptionSchema,
    handle: async (actor, { body: { planId, ...confirmed } }) => {
      await changePlan(actor, planId, confirmed);
      return subscriptionOf(actor);
    },
  }),
];
