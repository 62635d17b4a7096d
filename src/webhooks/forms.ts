import { z } from "zod";
import type { EventName } from "../audit/events.ts";
import { webhookStatuses } from "../db/schema.ts";
import { line, many } from "../http/form.ts";
import { isUuid } from "../http/ids.ts";
import { t } from "../i18n/t.ts";
import { toldEvents } from "./told-events.ts";

/** An address as receivers are reached: http or https, without a name and password. What it is worth, `assertReceiver` says. */
const url = z
  .string()
  .trim()
  .refine((text) => text !== "", { error: () => t("Enter the address that messages are sent to."), abort: true })
  .refine((text) => text.length <= 2000, {
    error: () => t("At most {max} characters, please.", { max: 2000 }),
    abort: true,
  })
  .transform((text, context) => {
    const read = URL.parse(text);
    const problem = problemOf(read);
    if (read && !problem) return read.href;
    context.addIssue({ code: "custom", message: problem });
    return z.NEVER;
  });

function problemOf(read: URL | null): string {
  if (!read || !/^https?:$/.test(read.protocol) || !read.hostname)
    return t("This is no address of the web. Example: https://example.com/hooks/muster");
  if (read.username || read.password)
    return t("An address must not hold a name and a password. The receiver knows Muster by its signature.");
  return read.hash ? t("What stands behind a # is never sent. Leave it out.") : "";
}

/** `all`: whatever happens; `selected`: the ticked events, at least one. */
const fields = {
  url,
  about: line(200),
  scope: z.enum(["all", "selected"], { error: () => t("Choose which events it is told of.") }),
  events: many(z.enum(toldEvents as [EventName, ...EventName[]]), toldEvents.length),
};
const chosen = ({ scope, events }: { scope: string; events: string[] }) => scope === "all" || events.length > 0;
const noneChosen = { path: ["events"], error: () => t("Tick at least one event, or choose all.") };

export const newWebhookForm = z.object(fields).refine(chosen, noneChosen);
export const webhookForm = z.object({ ...fields, version: z.coerce.number().int().min(1) }).refine(chosen, noneChosen);

/** Which events the form asks for; none: all. */
export const eventsOf = ({ scope, events }: { scope: string; events: EventName[] }): EventName[] =>
  scope === "all" ? [] : toldEvents.filter((name) => events.includes(name));

export const shownStates = ["all", ...webhookStatuses, "failing"] as const;
export type ShownState = (typeof shownStates)[number];

/** The list's filters as they stand in the query string; what is none narrows nothing (T61). `before`: an id. */
export function readWebhookQuery(query: Record<string, unknown>) {
  const q = typeof query.q === "string" ? query.q.trim().slice(0, 200) : "";
  const show = shownStates.find((state) => state === query.show) ?? "all";
  return { q, show, before: isUuid(query.before) ? query.before : undefined };
}

export type WebhookQuery = ReturnType<typeof readWebhookQuery>;
