import { type Request, type Response, Router } from "express";
import { allow } from "../access/guard.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { renameForm } from "./forms.ts";
import { findAccount } from "./queries.ts";
import { renameAccount } from "./rename.ts";

export const accountSettings = Router();

async function show(req: Request, res: Response, refused?: Form<unknown>) {
  const account = await findAccount(req.actor.accountId);
  return page(res.status(refused?.status ?? (refused ? 422 : 200)), "accounts/settings", {
    title: t("Account"),
    account,
    form: refused ?? blankForm({ name: account.name }),
  });
}

accountSettings.get("/", allow("account.edit"), (req, res) => show(req, res));

accountSettings.post("/", allow("account.edit"), async (req, res) => {
  const form = readForm(renameForm, req.body);
  const account = await attempt(form, (values) => renameAccount(req.actor, values));
  if (!account) return show(req, res, form);

  flash(req, t("The account is saved."));
  return res.redirect(303, "/admin/settings");
});
