import { type Request, type Response, Router } from "express";
import { allow } from "../access/guard.ts";
import { filesOf } from "../files/read.ts";
import { sendFile } from "../files/send.ts";
import { Invalid } from "../http/errors.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { fragment, page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { scopeWords } from "../report-files/scope-words.ts";
import { mostAtOnce } from "../selection/forms.ts";
import { selectedMembers } from "../selection/queries.ts";
import { cancelReport } from "./cancel.ts";
import { downloadReport } from "./download.ts";
import { reportForm, selectionField } from "./forms.ts";
import { assertMayRead, canonicalFilter, orderReport } from "./order.ts";
import { mailboxChoices, reportFor, reportsOf, type ShownReport } from "./queries.ts";
import { formatWords, isOpen, percentOf, sizeWords, statusOf } from "./words.ts";

/** Reports on the users of the account, at /admin/reports. */
export const reports = Router();

const fresh = { what: "all", format: "xlsx", sheets: "all", filter: "", members: [] as string[] };

/** Whether a list is of some users only, not just in another order. */
const isFilter = (query: string) => query.replace(/(^|&)(sort|dir|size)=[^&]*/g, "") !== "";

/** The form, for the filter or the selection that it is asked for. */
async function formPage(req: Request, res: Response, form: Form<unknown>) {
  const { actor } = req;
  const filter = canonicalFilter(actor, String(form.typed.filter ?? ""));
  const members = await selectedMembers(actor.accountId, [form.typed.members ?? []].flat());
  const scope = { filter, memberIds: members.map(({ id }) => id) };
  return page(res, "reports/new", {
    title: t("Generate report"),
    form,
    formats: Object.entries(formatWords()),
    narrowed: isFilter(filter),
    filter,
    members: scope.memberIds,
    about: await scopeWords(actor, scope),
    ...(await mailboxChoices(actor.accountId)),
  });
}

const shown = async (req: Request, report: ShownReport) => ({
  report,
  about: await scopeWords(req.actor, report.scope),
  format: formatWords()[report.format],
  status: statusOf(report),
});

reports.get("/", allow("reports.create"), async (req, res) => {
  const found = await reportsOf(req.actor.accountId);
  const rows = await Promise.all(found.map((report) => shown(req, report)));
  return page(res, "reports/index", { title: t("Reports"), rows });
});

reports.get("/new", allow("reports.create"), async (req, res) => {
  assertMayRead(req.actor);
  const filter = canonicalFilter(req.actor, req.originalUrl.split("?")[1] ?? "");
  const what = isFilter(filter) ? "filter" : "all";
  return formPage(req, res, blankForm({ ...fresh, filter, what }));
});

/** The boxes that were ticked in the list are posted: they would not fit into an address. */
reports.post("/new", allow("reports.create"), async (req, res) => {
  assertMayRead(req.actor);
  const form = readForm(selectionField, req.body);
  if (!form.ok) throw new Invalid("members", t("At most {max} users at once.", { max: mostAtOnce }));
  const members = form.values.members;
  return formPage(req, res, blankForm({ ...fresh, members, what: members.length > 0 ? "selection" : "all" }));
});

reports.post("/", allow("reports.create"), async (req, res) => {
  const form = readForm(reportForm, req.body);
  const report = await attempt(form, (values) => orderReport(req.actor, values));
  if (!report) return formPage(req, res.status(form.status ?? 422), form);
  flash(req, t("Your report is being made. You will get a mail when it is ready."));
  return res.redirect(303, `/admin/reports/${report.id}`);
});

reports.get("/:id", allow("reports.create"), async (req, res) => {
  const report = await reportFor(req.actor.accountId, req.params.id);
  const files = report.status === "done" ? await filesOf(req.actor.accountId, report.id, "report") : [];
  const locals = {
    ...(await shown(req, report)),
    files: files.map(({ part, name, size }) => ({ part, name, size: sizeWords(size) })),
    open: isOpen(report),
    percent: percentOf(report),
    waits: isOpen(report) && report.stillFor > 15,
  };
  if (req.get("HX-Request")) return fragment(res, "reports/_report", locals);
  return page(res, "reports/report", { title: t("Report"), ...locals });
});

reports.post("/:id/cancel", allow("reports.create"), async (req, res) => {
  const report = await cancelReport(req.actor, req.params.id);
  flash(req, t("The report is cancelled."));
  return res.redirect(303, `/admin/reports/${report.id}`);
});

reports.get("/:id/files/:part", allow("reports.create"), async (req, res) => {
  const file = await downloadReport(req.actor, req.params.id, req.params.part, req.method === "HEAD");
  return sendFile(res, file);
});
