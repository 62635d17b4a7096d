import { type Request, type Response, Router } from "express";
import { allow } from "../access/guard.ts";
import { config } from "../config.ts";
import { activeDomains } from "../corporate/queries.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form } from "../http/form.ts";
import { isUuid } from "../http/ids.ts";
import { fragment, page } from "../http/render.ts";
import { receiveUpload } from "../http/upload.ts";
import { t } from "../i18n/t.ts";
import { runPart } from "../import-runs/page.ts";
import { mostMailboxSheets } from "../workbook/sheets.ts";
import { checkAgain } from "./check-again.ts";
import { mailboxChoices } from "./choices.ts";
import { assertMayUpload } from "./limits.ts";
import { listImports, problemsOf, shownImport } from "./queries.ts";
import { downloadsOf, showImport, stateOf } from "./show.ts";
import { uploadImport } from "./upload.ts";

/** Workbooks that create and change users, at /admin/imports. */
export const imports = Router();

const uploadLimits = { field: "file", megabytes: config.UPLOAD_MEGABYTES, seconds: config.UPLOAD_SECONDS };

imports.get("/", allow("imports.run"), async (req, res) => {
  const before = typeof req.query.before === "string" ? req.query.before : "";
  const { rows, older } = await listImports(req.actor.accountId, before);
  return page(res, "imports/index", {
    title: t("Imports"),
    rows: rows.map((row) => ({ ...row, state: stateOf(row), downloads: downloadsOf(row) })),
    older,
    before,
  });
});

imports.get("/new", allow("imports.run"), (req, res) => newPage(req, res, blankForm()));

/** Nothing of the upload is read before the guard, and the limits, have let it in. */
imports.post("/", allow("imports.run"), async (req, res) => {
  const form: Form<unknown> = { ...blankForm(), ok: true };
  const uploaded = await attempt(form, async () => {
    await assertMayUpload(req.actor);
    return receiveUpload(req, uploadLimits, (upload) => uploadImport(req.actor, upload));
  });
  if (!uploaded) return newPage(req, res.status(form.status ?? 422), form);
  if (!uploaded.isNew)
    flash(req, t("This very workbook has been uploaded already: this is the import that came of it."));
  const to = `/admin/imports/${uploaded.import.id}`;
  // A script that watched the upload opens the page by itself.
  if (req.get("HX-Request")) return res.set("HX-Redirect", to).status(200).end();
  return res.redirect(303, to);
});

/** Also while it moves, as the fragment that the page asks for again and again. */
imports.get("/:id", allow("imports.run"), async (req, res, next) => {
  // Other rooms hand out files under this address.
  if (!isUuid(req.params.id)) return next("route");
  const found = await shownImport(req.actor.accountId, req.params.id);
  const problems = await problemsOf(found.id);
  const locals = {
    title: t("Import of {file}", { file: found.fileName }),
    run: found,
    ...showImport(found, problems),
    downloads: downloadsOf(found),
    part: await runPart(req.actor, found),
    days: config.IMPORT_DAYS,
  };
  if (req.get("HX-Request")) return fragment(res, "imports/_import", locals);
  return page(res, "imports/show", locals);
});

imports.post("/:id/check", allow("imports.run"), async (req, res) => {
  await checkAgain(req.actor, req.params.id);
  flash(req, t("It is checked once more."));
  return res.redirect(303, `/admin/imports/${req.params.id}`);
});

/** The form; without an active domain it says that nobody can be created, and that users can be changed (D8). */
async function newPage(req: Request, res: Response, form: Form<unknown>) {
  const { actor } = req;
  const locals = {
    title: t("Create users"),
    form,
    domains: await activeDomains(actor.accountId),
    mailboxes: await mailboxChoices(actor),
    mostMailboxes: mostMailboxSheets,
    megabytes: config.UPLOAD_MEGABYTES,
    rowsMost: config.IMPORT_ROWS,
    days: config.IMPORT_DAYS,
  };
  if (req.get("HX-Request")) return fragment(res, "imports/_upload", locals);
  return page(res, "imports/new", locals);
}
