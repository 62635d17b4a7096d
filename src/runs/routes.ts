import { type Request, type Response, Router } from "express";
import { allow } from "../access/guard.ts";
import { domainFor } from "../domains/queries.ts";
import { flash } from "../http/flash.ts";
import { fragment, page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { comparison, isResumable, progressOf, stoppedWords } from "./progress.ts";
import { runOf } from "./queries.ts";
import { resumeRun } from "./resume.ts";
import { stopRun } from "./stop.ts";

/** How taking people in goes, at /admin/domains. The page asks for its fragment while something moves. */
export const runs = Router();

runs.get("/:id/run", allow("domains.view"), async (req, res) => {
  if (req.get("HX-Request")) return fragment(res, "runs/_run", await shown(req));
  const all = await shown(req);
  const title = all.run.kind === "undo" ? t("Undoing the activation") : t("Activation");
  return page(res, "runs/run", { title, ...all });
});

runs.post("/:id/run/stop", allow("domains.activate"), async (req, res) => {
  await stopRun(req.actor, req.params.id);
  return settled(req, res, t("It is stopped. What is done stays."));
});

runs.post("/:id/run/resume", allow("domains.activate"), async (req, res) => {
  await resumeRun(req.actor, req.params.id);
  return settled(req, res, t("It goes on."));
});

async function shown(req: Request<{ id: string }>) {
  const domain = await domainFor(req.actor.accountId, req.params.id);
  const run = await runOf(req.actor.accountId, domain.id);
  return {
    domain,
    run,
    progress: progressOf(run),
    compared: comparison(run),
    resumable: isResumable(run, domain),
    stopped: stoppedWords(run, domain),
  };
}

function settled(req: Request<{ id: string }>, res: Response, words: string) {
  flash(req, words);
  return res.redirect(303, `/admin/domains/${req.params.id}/run`);
}
