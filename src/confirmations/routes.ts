import { type Request, type Response, Router } from "express";
import { signedIn } from "../access/guard.ts";
import { personOf } from "../access/person.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { localPath } from "../http/local-path.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { assertOwnPassword } from "../passwords/assert-own.ts";
import { confirmVisitor } from "./confirm.ts";
import { isConfirmed } from "./confirmed.ts";
import { confirmationForm } from "./forms.ts";

/** "Is it still you?", before what should not be done by whoever finds a browser open. */
export const confirmations = Router();

const show = (req: Request, res: Response, form: Form<unknown>) =>
  page(form.errors.password ? res.status(422) : res, "confirmations/index", {
    title: t("Confirm that it is you"),
    layout: "plain",
    email: personOf(req).email,
    form,
  });

confirmations.get("/confirm", signedIn(), (req, res) => {
  const next = localPath(req.query.next, "/");
  if (isConfirmed(req)) return res.redirect(303, next);
  return show(req, res, blankForm({ next }));
});

confirmations.post("/confirm", signedIn(), async (req, res) => {
  const form = readForm(confirmationForm, req.body);
  const right = await attempt(form, async ({ password }) => {
    await assertOwnPassword(personOf(req), password, "password");
    return true;
  });
  if (!right) return show(req, res, form);

  await confirmVisitor(req);
  return res.redirect(303, localPath(form.values.next, "/"));
});
