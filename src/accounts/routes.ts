import { Router } from "express";
import { signedIn } from "../access/guard.ts";
import { personOf } from "../access/person.ts";
import { restorableAccounts } from "../deletions/queries.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, readForm } from "../http/form.ts";
import { uuidOr404 } from "../http/ids.ts";
import { localPath } from "../http/local-path.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { orphanedSince } from "../releases/queries.ts";
import { assertMayCreate, createAccount } from "./create.ts";
import { newAccountForm, switchForm } from "./forms.ts";
import { accountsOf, ownAccount } from "./queries.ts";
import { switchAccount } from "./switch.ts";

export const accounts = Router();

accounts.get("/", signedIn(), async (req, res) => {
  const person = personOf(req);
  return page(res, "accounts/index", {
    title: t("Your accounts"),
    accounts: await accountsOf(person.userId),
    restorable: await restorableAccounts(person.userId),
    orphaned: person.corporateAccountId ? await orphanedSince(person.userId) : undefined,
  });
});

accounts.get("/new", signedIn(), (req, res) => {
  assertMayCreate(personOf(req));
  return page(res, "accounts/new", { title: t("Create a company account"), form: blankForm() });
});

accounts.post("/", signedIn(), async (req, res) => {
  const form = readForm(newAccountForm, req.body);
  const account = await attempt(form, (values) => createAccount(personOf(req), values));
  if (!account) return page(res.status(422), "accounts/new", { title: t("Create a company account"), form });

  req.session.accountId = account.id;
  flash(req, t("The account {name} is ready. You are its Owner.", { name: account.name }));
  return res.redirect(303, "/admin/dashboard");
});

/** Where mailed links lead: on to the page when the visitor works in its account, else to the offer to switch there. */
accounts.get("/:id/switch", signedIn(), async (req, res) => {
  const next = localPath(req.query.next, "/");
  if (req.visitor?.account?.id === req.params.id) return res.redirect(303, next);
  const account = await ownAccount(personOf(req).userId, req.params.id);
  return page(res, "accounts/switch", { title: t("This is in {account}", { account: account.name }), account, next });
});

accounts.post("/:id/switch", signedIn(), async (req, res) => {
  const form = readForm(switchForm, req.body);
  const account = await switchAccount(personOf(req), uuidOr404(req.params.id));
  req.session.accountId = account.id;
  flash(req, t("You are working in {name} now.", { name: account.name }));
  res.redirect(303, localPath(form.typed.next, "/"));
});
