import { z } from "zod";
import { endpoint } from "../api/endpoint.ts";
import { id, instant, time } from "../api/values.ts";
import { eventNames } from "../audit/events.ts";
import { filterOf, placeOf, readAuditQuery } from "../audit/forms.ts";
import { type AuditEvent, listEvents } from "../audit/queries.ts";

const state = () => z.record(z.string(), z.unknown()).nullable();

const eventSchema = z
  .object({
    id: z.int(),
    name: z.enum(eventNames),
    at: time("When it happened."),
    actor: z.object({ id: id().nullable(), label: z.string().meta({ example: "olivia@example.com" }) }),
    subject: z.object({ type: z.string().meta({ example: "member" }), id: z.string(), label: z.string() }),
    before: state().meta({ description: "What of it was different before." }),
    after: state(),
    requestId: z.string().nullable(),
    ip: z.string().nullable(),
  })
  .meta({
    id: "AuditEvent",
    description: "Something that happened in the account. Events are never changed or deleted.",
  });

const answered = (event: AuditEvent): z.input<typeof eventSchema> => ({
  id: event.id,
  name: event.name,
  at: instant(event.at),
  actor: { id: event.actorId, label: event.actorLabel },
  subject: { type: event.subjectType, id: event.subjectId, label: event.subjectLabel },
  before: event.before,
  after: event.after,
  requestId: event.requestId,
  ip: event.ip,
});

const day = () => z.iso.date().optional().meta({ description: "UTC, that day included.", example: "2026-11-01" });

export const auditEvents = [
  endpoint({
    method: "GET",
    path: "/audit-events",
    tag: "Audit events",
    summary: "List audit events",
    description: "Newest first.",
    permission: "audit.view",
    query: z.object({
      who: z.string().max(200).optional().meta({ description: "Part of a name or address, or a user’s id." }),
      what: z
        .string()
        .max(60)
        .optional()
        .meta({ description: "An event, or a noun for all of its events.", example: "role" }),
      subject: z.string().max(200).optional().meta({ description: "Part of what it happened to, or its id." }),
      from: day(),
      to: day(),
    }),
    answer: eventSchema,
    list: true,
    handle: async (actor, { query: { limit, cursor, ...asked } }) => {
      const filter = filterOf(readAuditQuery(asked));
      const { rows, older } = await listEvents(actor, filter, placeOf({ before: cursor }), limit);
      return { rows: rows.map(answered), next: older ? String(older) : undefined };
    },
  }),
];
