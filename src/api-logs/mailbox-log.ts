import { z } from "zod";
import { can } from "../access/actor.ts";
import { endpoint } from "../api/endpoint.ts";
import { byId, instant, time } from "../api/values.ts";
import { activityKinds, placeOf, placeWords, readActivityQuery } from "../mailbox-activity/forms.ts";
import { activityOf, watchedMailbox } from "../mailbox-activity/queries.ts";
import { shownActivity } from "../mailbox-activity/show.ts";

const day = (description: string) => z.iso.date().optional().meta({ description, example: "2026-11-01" });

const lineSchema = z
  .object({
    at: time("When it happened."),
    name: z.string().meta({
      description: "The event, or `access_given` and `access_ended` for grants on this mailbox alone.",
      example: "mailbox.message_viewed",
    }),
    title: z.string().meta({ description: "The same in words.", example: "Message opened" }),
    about: z.string().meta({ description: "The message, the file, or who was given what." }),
    who: z.string().meta({ description: "Who did it.", example: "Olivia Owner (via Payroll)" }),
    message: z
      .object({ folder: z.string(), uid: z.int() })
      .nullable()
      .meta({ description: "The message that was looked at." }),
    changes: z.array(z.object({ label: z.string(), before: z.string(), after: z.string() })),
    ip: z.string().nullable().meta({ description: "For those who see the audit log." }),
    requestId: z.string().nullable(),
  })
  .meta({ id: "MailboxLogLine", description: "One line of the log of a mailbox." });

/** The log of one mailbox: for those who see logs, and for whoever manages this one (M15, X12). */
export const mailboxLog = [
  endpoint({
    method: "GET",
    path: "/mailboxes/:id/activity",
    tag: "Logs",
    summary: "The log of one mailbox",
    description: "Who looked into it, what was changed, who was given or lost access to it alone. Newest first.",
    permission: "logs.view",
    others: ["mailbox.manage"],
    params: byId,
    query: z.object({
      kind: z.enum(activityKinds).optional().meta({ description: "Looks, access, or changes." }),
      who: z.string().max(200).default("").meta({ description: "Part of a name or address." }),
      from: day("That day (UTC) or later."),
      to: day("That day (UTC) or earlier."),
    }),
    answer: lineSchema,
    list: true,
    handle: async (actor, { params, query: { limit, cursor, ...asked } }) => {
      const mailbox = await watchedMailbox(actor, params.id);
      const found = await activityOf(actor, mailbox.id, readActivityQuery(asked), placeOf(cursor), limit);
      const withAddress = can(actor, "audit.view");
      const rows = found.rows.map((row) => {
        const { at, title, about, who, differences, ip, requestId, message } = shownActivity(row);
        return {
          ...{ at: instant(at), title, about, who, message: message ?? null },
          name: row.event?.name ?? (row.access?.given ? "access_given" : "access_ended"),
          changes: differences.map(({ label, before, after, list, added, removed }) =>
            list ? { label, before: removed.join(", "), after: added.join(", ") } : { label, before, after },
          ),
          ...{ ip: withAddress && ip ? ip : null, requestId: requestId || null },
        };
      });
      return { rows, next: found.next && placeWords(found.next) };
    },
  }),
];
