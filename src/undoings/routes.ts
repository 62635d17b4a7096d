import { Router } from "express";
import { allow } from "../access/guard.ts";
import { domainFor } from "../domains/queries.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { undoActivation, undoingFor } from "./start.ts";

/** Undoing an activation, at /admin/domains (X2). */
export const undoings = Router();

undoings.get("/:id/undo", allow("domains.activate"), async (req, res) => {
  const domain = await domainFor(req.actor.accountId, req.params.id);
  const undoing = await undoingFor(req.actor.accountId, domain.id);
  return page(res, "undoings/undo", {
    title: t("Undo the activation of {domain}?", { domain: domain.shownName }),
    domain,
    ...undoing,
  });
});

undoings.post("/:id/undo", allow("domains.activate"), async (req, res) => {
  const run = await undoActivation(req.actor, req.params.id);
  return res.redirect(303, `/admin/domains/${run.domainId}/run`);
});
