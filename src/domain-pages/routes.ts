import { Router } from "express";
import { allow } from "../access/guard.ts";
import { domainFor } from "../domains/queries.ts";
import { fragment, page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { beforeOf, looksAt } from "./checks.ts";
import { domainPage, lookMarks } from "./page.ts";
import { isLive, stampOf, standingOf } from "./standing.ts";

/** Mounted at /admin/domains. */
export const domainPages = Router();

/** The page, or for a page that follows by itself its changed part: nothing (204) while there is nothing new. */
domainPages.get("/:id", allow("domains.view"), async (req, res) => {
  const standing = await standingOf(req.actor.accountId, req.params.id);
  const asked = req.get("HX-Request");
  if (asked && isLive(standing) && req.query.since === stampOf(standing)) return void res.status(204).end();
  const locals = await domainPage(standing);
  return asked ? fragment(res, "domain-pages/_domain", locals) : page(res, "domain-pages/domain", locals);
});

domainPages.get("/:id/checks", allow("domains.view"), async (req, res) => {
  const domain = await domainFor(req.actor.accountId, req.params.id);
  const before = beforeOf(req.query.before);
  const title = t("Checks of {domain}", { domain: domain.shownName });
  return page(res, "domain-pages/checks", { title, domain, before, lookMarks, ...(await looksAt(domain, 50, before)) });
});
