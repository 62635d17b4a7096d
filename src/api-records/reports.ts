import { z } from "zod";
import type { Actor } from "../access/actor.ts";
import { endpoint } from "../api/endpoint.ts";
import { byId, id, instant, instantOrNull, time } from "../api/values.ts";
import { reportFormats, reportStatuses } from "../db/schema.ts";
import { filesOf } from "../files/read.ts";
import { workbookType } from "../import-files/kinds.ts";
import { cancelReport } from "../reports/cancel.ts";
import { downloadReport } from "../reports/download.ts";
import { orderReport } from "../reports/order.ts";
import { reportFor, reportsOf, type ShownReport } from "../reports/queries.ts";
import { mostAtOnce } from "../selection/forms.ts";
import { mostMailboxSheets } from "../workbook/sheets.ts";

const tag = "Reports";

const reportSchema = z
  .object({
    id: id(),
    format: z.enum(reportFormats),
    status: z.enum(reportStatuses),
    orderedBy: z.string().meta({ description: "Their name, or their address." }),
    createdAt: time("When it was ordered."),
    finishedAt: time("When it was ready or given up.").nullable(),
    expiresAt: time("Until when its files can be fetched.").nullable(),
    done: z.int(),
    total: z.int(),
    leftOut: z.int().meta({ description: "People whose place is over: a workbook cannot hold them." }),
    files: z
      .array(z.object({ part: z.int(), name: z.string(), bytes: z.int() }))
      .optional()
      .meta({ description: "When it is ready; not in lists." }),
  })
  .meta({
    id: "Report",
    description: "The users with what they hold: as a workbook that can be imported, CSV or PDF.",
  });

const answered = (report: ShownReport): z.input<typeof reportSchema> => ({
  id: report.id,
  format: report.format,
  status: report.status,
  orderedBy: report.orderedByName,
  createdAt: instant(report.createdAt),
  finishedAt: instantOrNull(report.finishedAt),
  expiresAt: instantOrNull(report.expiresAt),
  done: report.done,
  total: report.total,
  leftOut: report.leftOut,
});

async function one(actor: Actor, reportId: string) {
  const report = await reportFor(actor.accountId, reportId);
  const files = report.over ? [] : await filesOf(actor.accountId, report.id, "report");
  return { body: { ...answered(report), files: files.map(({ part, name, size }) => ({ part, name, bytes: size })) } };
}

const made = async (actor: Actor, reportId: string) => ({
  ...(await one(actor, reportId)),
  location: `/reports/${reportId}`,
});

/** Reports on the users: ordered, made by a job, fetched. Who ordered one is told by mail as well. */
export const reports = [
  endpoint({
    method: "GET",
    path: "/reports",
    tag,
    summary: "List reports",
    description: "The newest fifty.",
    permission: "reports.create",
    answer: reportSchema,
    list: true,
    handle: async (actor, { query: { limit, cursor } }) => {
      const all = await reportsOf(actor.accountId);
      const from = cursor ? all.findIndex((report) => report.id === cursor) + 1 : 0;
      const rows = all.slice(from, from + limit);
      return { rows: rows.map(answered), next: all.length > from + limit ? rows.at(-1)!.id : undefined };
    },
  }),
  endpoint({
    method: "POST",
    path: "/reports",
    tag,
    summary: "Order a report",
    description: "Of everybody, of a filter of the users list, or of single members. Needs `users.view` as well.",
    permission: "reports.create",
    body: z.object({
      format: z.enum(reportFormats),
      filter: z
        .string()
        .max(2000)
        .optional()
        .meta({ description: "As the query string of the users list.", example: "status=active&role=viewer" }),
      members: z.array(id()).min(1).max(mostAtOnce).optional(),
      mailboxes: z
        .array(id())
        .max(mostMailboxSheets)
        .optional()
        .meta({ description: "Which shared mailboxes the workbook has sheets for; left out: all." }),
      personal: z.boolean().default(false).meta({ description: "Sheets for personal mailboxes, too." }),
      bom: z.boolean().default(false).meta({ description: "CSV: with the mark that Excel knows UTF-8 by." }),
    }),
    answer: reportSchema,
    handle: async (actor, { body: { format, filter, members, mailboxes, personal, bom } }) => {
      const what = members ? "selection" : filter ? "filter" : "all";
      const sheets = mailboxes ? "chosen" : "all";
      const of = { what, filter: filter ?? "", members: members ?? [] } as const;
      const report = await orderReport(actor, { ...of, format, sheets, mailboxes: mailboxes ?? [], personal, bom });
      return made(actor, report.id);
    },
    again: made,
  }),
  endpoint({
    method: "GET",
    path: "/reports/:id",
    tag,
    summary: "One report",
    permission: "reports.create",
    params: byId,
    answer: reportSchema,
    handle: (actor, { params }) => one(actor, params.id),
  }),
  endpoint({
    method: "POST",
    path: "/reports/:id/cancel",
    tag,
    summary: "Cancel a report that is not ready",
    permission: "reports.create",
    params: byId,
    answer: reportSchema,
    handle: async (actor, { params }) => {
      await cancelReport(actor, params.id);
      return one(actor, params.id);
    },
  }),
  endpoint({
    method: "GET",
    path: "/reports/:id/files/:part",
    tag,
    summary: "A file of a report",
    description: "For whoever may generate reports now. Noted in the audit log.",
    permission: "reports.create",
    params: byId.extend({ part: z.string().regex(/^[1-9]\d{0,5}$/) }),
    download: [workbookType, "text/csv", "application/pdf"],
    handle: async (actor, { params }) => ({ file: await downloadReport(actor, params.id, params.part, false) }),
  }),
];
