import { type Request, type Response, Router } from "express";
import { allow } from "../access/guard.ts";
import { flash } from "../http/flash.ts";
import { readForm } from "../http/form.ts";
import { t } from "../i18n/t.ts";
import { cancelImport } from "./cancel.ts";
import { resumeImport } from "./resume.ts";
import { startForm, startImport } from "./start.ts";

/** From the check of an import to its end, at /admin/imports. */
export const importRuns = Router();

importRuns.post("/:id/start", allow("imports.run"), async (req, res) => {
  const form = readForm(startForm, req.body);
  await startImport(req.actor, req.params.id, form.values);
  return settled(req, res, t("The import is started. You may leave this page; a mail comes when it is done."));
});

importRuns.post("/:id/cancel", allow("imports.run"), async (req, res) => {
  await cancelImport(req.actor, req.params.id);
  return settled(req, res, t("The import is cancelled. Nothing was written."));
});

importRuns.post("/:id/resume", allow("imports.run"), async (req, res) => {
  await resumeImport(req.actor, req.params.id);
  return settled(req, res, t("It goes on."));
});

function settled(req: Request<{ id: string }>, res: Response, words: string) {
  flash(req, words);
  return res.redirect(303, `/admin/imports/${req.params.id}`);
}
