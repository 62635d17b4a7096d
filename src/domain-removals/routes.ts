import { type Response, Router } from "express";
import { z } from "zod";
import { allow } from "../access/guard.ts";
import { standingOf } from "../domain-pages/standing.ts";
import { peopleCap } from "../domains/list.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { addressCap, countReached } from "../mail-addresses/in-domain.ts";
import { removeDomain } from "./remove.ts";

/** Mounted at /admin/domains. */
export const domainRemovals = Router();

/** The typed confirmation. Whether it is the name, the verb says. */
const removalForm = z.object({ name: z.string().trim().max(300) });

domainRemovals.get("/:id/removal", allow("domains.delete"), (req, res) =>
  removalPage(res, req.actor.accountId, req.params.id, blankForm({ name: "" })),
);

domainRemovals.post("/:id/removal", allow("domains.delete"), async (req, res) => {
  const form = readForm(removalForm, req.body);
  const domain = await attempt(form, (values) => removeDomain(req.actor, req.params.id, values));
  if (!domain) return removalPage(res.status(422), req.actor.accountId, req.params.id, form);
  flash(req, t("{domain} was deleted.", { domain: domain.shownName }));
  res.redirect(303, "/admin/domains");
});

async function removalPage(res: Response, accountId: string, id: string, form: Form<unknown>) {
  const standing = await standingOf(accountId, id);
  const title = t("Delete {domain}?", { domain: standing.domain.shownName });
  const reached = await countReached(standing.domain);
  return page(res, "domain-removals/removal", { title, ...standing, peopleCap, reached, addressCap, form });
}
