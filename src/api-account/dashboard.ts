import { z } from "zod";
import { type Actor, can } from "../access/actor.ts";
import { endpoint } from "../api/endpoint.ts";
import { id, instantOrNull, time } from "../api/values.ts";
import { everyDay } from "../dashboard/chart.ts";
import { figuresOf, type ShownFigures } from "../dashboard/figures.ts";
import { type Standing, standingOf } from "../dashboard/queries.ts";
import { domainStatuses } from "../db/schema.ts";

const count = () => z.int().min(0);
const byStatus = () =>
  z.record(z.string(), count()).meta({ description: "By status; one that is missing is 0.", example: { active: 12 } });
const boxes = () => z.object({ count: count(), bytes: count().meta({ description: "Of those that were measured." }) });

const running = z.object({
  id: id(),
  status: z.string(),
  done: count(),
  total: count(),
  fileName: z.string().nullable().meta({ description: "Of an import." }),
});

const dashboardSchema = z
  .object({
    countedAt: time("When a job counted a large account; null: counted for this answer.").nullable(),
    counting: z.boolean().meta({ description: "Newer counts are on their way: ask again in some seconds." }),
    capped: z.boolean().meta({ description: "Nothing was counted further than 10,001: more than 10,000 are so many." }),
    users: z
      .object({
        byStatus: byStatus(),
        undelivered: count().meta({ description: "Invitations whose mail did not arrive." }),
        days: z.array(z.object({ day: z.iso.date(), byStatus: byStatus() })).meta({
          description: "At the end of each day (UTC), the last one is now; days before the first figures are left out.",
        }),
      })
      .nullable()
      .meta({ description: "Needs `users.view`." }),
    mailboxes: z
      .object({ native: boxes(), imap: boxes(), measured: count() })
      .nullable()
      .meta({ description: "Needs `mailboxes.view`. Archived ones do not count." }),
    domains: z
      .object({
        ...{ proven: count(), unproven: count(), atRisk: count(), suspended: count(), failing: count() },
        troubled: z
          .array(
            z.object({
              ...{ id: id(), name: z.string(), status: z.enum(domainStatuses), atRisk: z.boolean() },
              failing: z.array(z.string()).meta({ description: "Which records are not as they should be." }),
            }),
          )
          .meta({ description: "The first five that somebody should look at." }),
      })
      .nullable()
      .meta({ description: "Needs `domains.view`." }),
    webhooks: z
      .object({
        ...{ count: count(), failing: count(), disabled: count() },
        failed: count().meta({ description: "Deliveries of 7 days that failed; counted to 1,001." }),
      })
      .nullable()
      .meta({ description: "Needs `webhooks.view`." }),
    plan: z
      .object({
        name: z.string(),
        mailboxes: count().nullable().meta({ description: "Included; null: without end." }),
        used: count(),
      })
      .nullable()
      .meta({ description: "Needs `subscription.view`." }),
    imports: z.array(running).nullable().meta({ description: "Those under way or waiting. Needs `imports.run`." }),
    reports: z.array(running).nullable().meta({ description: "Those under way. Needs `reports.create`." }),
  })
  .meta({ id: "Dashboard", description: "Where the account stands. What the maker may not see is null." });

/** The same figures as the page's; what it says in words (what to look at, first steps) follows from them. */
function answered(
  actor: Actor,
  standing: Standing,
  { figures, countedAt, counting }: ShownFigures,
  days: number,
): z.input<typeof dashboardSchema> {
  const { native, imap, measured, undelivered } = figures;
  const seen = <T>(permission: Parameters<typeof can>[1], what: T) => (can(actor, permission) ? what : null);
  // D2: drafts are there for those who may send them.
  const shown = (counts: Record<string, number>) =>
    Object.fromEntries(Object.entries(counts).filter(([status]) => status !== "draft" || can(actor, "invites.send")));
  const sized = (each: typeof native) => ({ count: each.boxes, bytes: each.bytes });
  const past = everyDay(standing.days, figures.statuses as Record<string, number>, days);
  const { all, ...webhooks } = standing.webhooks;
  return {
    ...{ countedAt: instantOrNull(countedAt ?? null), counting, capped: figures.capped ?? false },
    users: seen("users.view", {
      ...{ byStatus: shown(figures.statuses as Record<string, number>), undelivered },
      days: past.map((each) => ({ day: each.day, byStatus: shown(each.figures) })),
    }),
    mailboxes: seen("mailboxes.view", { native: sized(native), imap: sized(imap), measured }),
    domains: seen("domains.view", {
      ...standing.domains,
      troubled: standing.troubled.map(({ shownName, ...domain }) => ({ name: shownName, ...domain })),
    }),
    webhooks: seen("webhooks.view", { count: all, ...webhooks }),
    plan: standing.plan && { ...standing.plan, used: native.boxes + imap.boxes },
    imports: seen("imports.run", standing.imports),
    reports: seen("reports.create", standing.reports),
  };
}

/** Where the account stands (M1). */
export const dashboard = [
  endpoint({
    method: "GET",
    path: "/dashboard",
    tag: "Dashboard",
    summary: "Where the account stands",
    description: "The figures of the dashboard. Those of a large account are counted by a job, at most once a minute.",
    permission: "dashboard.view",
    query: z.object({
      days: z
        .enum(["30", "90", "365"])
        .default("30")
        .meta({ description: "How far the figures of each day reach back." }),
    }),
    answer: dashboardSchema,
    handle: async (actor, { query }) => {
      const days = Number(query.days);
      const standing = await standingOf(actor, days);
      return { body: answered(actor, standing, await figuresOf(actor, standing, false), days) };
    },
  }),
];
