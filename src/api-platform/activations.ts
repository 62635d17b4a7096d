import { z } from "zod";
import { planSchema } from "../activations/forms.ts";
import { planOf } from "../activations/plan.ts";
import { activateDomain, assertActivatable } from "../activations/start.ts";
import { endpoint } from "../api/endpoint.ts";
import { byId, id, instant, instantOrNull, time } from "../api/values.ts";
import { runStatuses } from "../db/schema.ts";
import { domainFor } from "../domains/queries.ts";
import { NotFound } from "../http/errors.ts";
import { latestRun, type Run } from "../runs/queries.ts";

const tag = "Domains";

const plan = planSchema.meta({
  id: "ActivationPlan",
  description: "How many people of each kind; `marker` and `at` say which moment it is of.",
});

const runSchema = z
  .object({
    id: id(),
    kind: z.enum(["activation", "undo"]),
    status: z.enum(runStatuses),
    done: z.int(),
    total: z.int(),
    result: z.record(z.string(), z.int()).meta({ description: "What was done, by the kinds of the plan." }),
    error: z.string().nullable(),
    startedAt: time("When it was started."),
    finishedAt: time("When it was over.").nullable(),
  })
  .meta({ id: "ActivationRun", description: "One taking-in of the people of a domain, or its undoing." });

const answered = (run: Run): z.input<typeof runSchema> => ({
  id: run.id,
  kind: run.kind,
  status: run.status,
  done: run.done,
  total: run.total,
  result: run.result,
  error: run.error,
  startedAt: instant(run.startedAt),
  finishedAt: instantOrNull(run.finishedAt),
});

/** The activation of a domain, in the steps of the console: see the plan first, then say yes to exactly that. */
export const activations = [
  endpoint({
    method: "GET",
    path: "/domains/:id/activation/plan",
    tag,
    summary: "What an activation would do",
    description: "Changes nothing.",
    permission: "domains.activate",
    params: byId,
    answer: plan,
    handle: async (actor, { params }) => {
      const domain = await domainFor(actor.accountId, params.id);
      assertActivatable(domain);
      return { body: await planOf(domain) };
    },
  }),
  endpoint({
    method: "POST",
    path: "/domains/:id/activation",
    tag,
    summary: "Activate a domain",
    description: "As the plan says that was read. Where it has become another one, 409: read it again.",
    permission: "domains.activate",
    params: byId,
    body: z.object({
      confirmation: z.string().max(300).meta({ description: "The domain’s name.", example: "example.com" }),
      plan,
    }),
    answer: runSchema,
    status: 202,
    handle: async (actor, { params, body }) => ({ body: answered(await activateDomain(actor, params.id, body)) }),
  }),
  endpoint({
    method: "GET",
    path: "/domains/:id/run",
    tag,
    summary: "How the newest activation goes",
    permission: "domains.view",
    params: byId,
    answer: runSchema,
    handle: async (actor, { params }) => {
      const domain = await domainFor(actor.accountId, params.id);
      const run = await latestRun(actor.accountId, domain.id);
      if (!run) throw new NotFound();
      return { body: answered(run) };
    },
  }),
];
