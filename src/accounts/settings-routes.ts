import { type Request, type Response, Router } from "express";
import { allow } from "../access/guard.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { changeAccount } from "./change.ts";
import { accountForm } from "./forms.ts";
import { findAccount, mailboxRoles } from "./queries.ts";

export const accountSettings = Router();

const filledIn = (account: Awaited<ReturnType<typeof findAccount>>) =>
  blankForm({
    name: account.name,
    personalMailboxes: account.personalMailboxes ? "on" : "",
    personalMailboxRole: account.personalMailboxRole,
    ownProfiles: account.ownProfiles ? "on" : "",
  });

async function show(req: Request, res: Response, refused?: Form<unknown>) {
  const account = await findAccount(req.actor.accountId);
  return page(res.status(refused?.status ?? (refused ? 422 : 200)), "accounts/settings", {
    title: t("Account"),
    account,
    roles: (await mailboxRoles(account.id)).map(({ id, name }): [string, string] => [id, name]),
    form: refused ?? filledIn(account),
  });
}

accountSettings.get("/", allow("account.edit"), (req, res) => show(req, res));

accountSettings.post("/", allow("account.edit"), async (req, res) => {
  const form = readForm(accountForm, req.body);
  const account = await attempt(form, (values) => changeAccount(req.actor, values));
  if (!account) return show(req, res, form);

  flash(req, t("The account is saved."));
  return res.redirect(303, "/admin/settings");
});
