import { type Request, type Response, Router } from "express";
import { allowInstance, signedIn } from "../access/guard.ts";
import { personOf } from "../access/person.ts";
import { accountsOf } from "../accounts/queries.ts";
import { confirmed } from "../confirmations/confirmed.ts";
import type { Control } from "../http/errors.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { accountForInstance } from "../instance-accounts/account.ts";
import { suspensionForm } from "./forms.ts";
import { suspensionOf } from "./queries.ts";
import { restoreSuspended } from "./restore.ts";
import { suspendAccount } from "./suspend.ts";

/** What people of a suspended account see, and how whoever runs the installation suspends and restores one. */
export const suspensions = Router();

suspensions.get("/accounts/suspended", signedIn(), async (req, res) => {
  const person = personOf(req);
  const found = person.accountId && (await suspensionOf(person.accountId));
  if (!found) return res.redirect(303, "/accounts");
  const others = (await accountsOf(person.userId)).filter(({ id }) => id !== person.accountId);
  res.locals.control = "suspension" satisfies Control;
  return page(res.status(403), "suspensions/suspended", {
    title: t("{account} is suspended", { account: found.name }),
    found,
    others,
  });
});

async function ask(req: Request<{ accountId: string }>, res: Response, refused?: Form<unknown>) {
  const { account, people } = await accountForInstance(req.params.accountId);
  return page(refused ? res.status(refused.status ?? 422) : res, "suspensions/suspension", {
    title: t("Suspend {account}", { account: account.name }),
    account,
    people,
    form: refused ?? blankForm(),
  });
}

suspensions.get("/instance/accounts/:accountId/suspension", allowInstance(), confirmed(), (req, res) => ask(req, res));

suspensions.post("/instance/accounts/:accountId/suspension", allowInstance(), confirmed(), async (req, res) => {
  const form = readForm(suspensionForm, req.body);
  const account = await attempt(form, (values) => suspendAccount(personOf(req), req.params.accountId, values));
  if (!account) return ask(req, res, form);
  flash(req, t("{account} is suspended. Its Owners are told by mail.", { account: account.name }));
  return res.redirect(303, `/instance/accounts/${account.id}`);
});

suspensions.post("/instance/accounts/:accountId/restoration", allowInstance(), async (req, res) => {
  const account = await restoreSuspended(personOf(req), req.params.accountId);
  flash(req, t("{account} is restored. Its Owners are told by mail.", { account: account.name }));
  return res.redirect(303, `/instance/accounts/${account.id}`);
});
