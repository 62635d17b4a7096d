import { type Request, type Response, Router } from "express";
import { allow } from "../access/guard.ts";
import { findAccount } from "../accounts/queries.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { instance } from "../instance/queries.ts";
import { changeSessionPolicy } from "./change.ts";
import { sessionPolicyForm } from "./forms.ts";

/** How long sessions last that work in the account. At /admin/settings/sessions. */
export const sessionPolicy = Router();

async function show(req: Request, res: Response, refused?: Form<unknown>) {
  const [account, most] = await Promise.all([findAccount(req.actor.accountId), instance()]);
  const { sessionIdleMinutes, sessionHours } = account;
  const now = { sessionIdleMinutes: String(sessionIdleMinutes ?? ""), sessionHours: String(sessionHours ?? "") };
  return page(res.status(refused?.status ?? (refused ? 422 : 200)), "session-policy/index", {
    title: t("Sessions"),
    account,
    most,
    form: refused ?? blankForm(now),
  });
}

sessionPolicy.get("/", allow("account.edit"), (req, res) => show(req, res));

sessionPolicy.post("/", allow("account.edit"), async (req, res) => {
  const form = readForm(sessionPolicyForm, req.body);
  const account = await attempt(form, (values) => changeSessionPolicy(req.actor, values));
  if (!account) return show(req, res, form);

  flash(req, t("Saved. It counts at once, for everybody who works in this account."));
  return res.redirect(303, "/admin/settings/sessions");
});
