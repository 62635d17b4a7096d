import { type Request, type Response, Router } from "express";
import { signedIn } from "../access/guard.ts";
import { personOf } from "../access/person.ts";
import { config } from "../config.ts";
import { confirmed } from "../confirmations/confirmed.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { createPassword } from "../mailbox-passwords/create.ts";
import { appPasswordForm } from "./forms.ts";
import { actorAt, ownPasswords, passwordMailboxes } from "./queries.ts";
import { revokeOwnPassword } from "./revoke-own.ts";

/** One's own passwords for mail programs, at /profile/app-passwords. */
export const appPasswords = Router();

async function show(req: Request, res: Response, form: Form<unknown> = blankForm()) {
  const { userId } = personOf(req);
  const [passwords, boxes] = await Promise.all([ownPasswords(userId), passwordMailboxes(userId)]);
  return page(res, "app-passwords/index", { title: t("App passwords"), passwords, ...boxes, form });
}

appPasswords.get("/", signedIn(), (req, res) => show(req, res));

appPasswords.post("/", signedIn(), confirmed(), async (req, res) => {
  const form = readForm(appPasswordForm, req.body);
  const made = await attempt(form, async ({ mailbox, label }) =>
    createPassword(await actorAt(personOf(req), mailbox), mailbox, { label, whose: "own" }),
  );
  if (!made) return show(req, res.status(form.status ?? 422), form);
  // Shown on the page that answers, and never again: no redirect.
  return page(res, "app-passwords/made", {
    title: t("Your new password"),
    ...made,
    host: config.MAIL_SERVER_HOST,
  });
});

appPasswords.post("/:passwordId/revocation", signedIn(), async (req, res) => {
  const { label } = await revokeOwnPassword(personOf(req), req.params.passwordId);
  flash(req, t("“{label}” is revoked. Nobody can sign in with it any more.", { label }));
  res.redirect(303, "/profile/app-passwords");
});
