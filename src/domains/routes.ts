import { type Response, Router } from "express";
import { allow } from "../access/guard.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { addDomain } from "./add.ts";
import { newDomainForm, readDomainQuery, renameForm } from "./forms.ts";
import { countDomains, listDomains, peopleCap, placeOf } from "./list.ts";
import { type Domain, domainFor } from "./queries.ts";
import { assertRenamable, renameDomain } from "./rename.ts";

/** Mounted at /admin/domains. */
export const domains = Router();

domains.get("/", allow("domains.view"), async (req, res) => {
  const { accountId } = req.actor;
  const query = readDomainQuery(req.query);
  const found = await listDomains(accountId, query, await placeOf(accountId, req.query.place));
  const counts = await countDomains(accountId);
  return page(res, "domains/index", { title: t("Domains"), query, counts, peopleCap, ...found });
});

domains.get("/new", allow("domains.add"), (_req, res) => newPage(res, blankForm({ name: "" })));

domains.post("/", allow("domains.add"), async (req, res) => {
  const form = readForm(newDomainForm, req.body);
  const domain = await attempt(form, ({ name }) => addDomain(req.actor, name));
  if (!domain) return newPage(res.status(422), form);
  flash(req, t("{domain} was added. Publish its record next, so that Muster sees that it is yours.", shown(domain)));
  res.redirect(303, `/admin/domains/${domain.id}`);
});

domains.get("/:id/name", allow("domains.edit"), async (req, res) => {
  const domain = await domainFor(req.actor.accountId, req.params.id);
  assertRenamable(domain);
  return namePage(res, domain, blankForm({ name: domain.shownName, version: String(domain.version) }));
});

domains.post("/:id/name", allow("domains.edit"), async (req, res) => {
  const form = readForm(renameForm, req.body);
  const domain = await attempt(form, (values) => renameDomain(req.actor, req.params.id, values));
  if (!domain)
    return namePage(res.status(form.status ?? 422), await domainFor(req.actor.accountId, req.params.id), form);
  flash(req, t("The domain is called {domain} now. It has a new record to publish.", shown(domain)));
  res.redirect(303, `/admin/domains/${domain.id}`);
});

const shown = ({ shownName }: Domain) => ({ domain: shownName });

const newPage = (res: Response, form: Form<unknown>) => page(res, "domains/new", { title: t("Add a domain"), form });

const namePage = (res: Response, domain: Domain, form: Form<unknown>) =>
  page(res, "domains/name", { title: t("Rename {domain}", shown(domain)), domain, form });
