import { type Request, type Response, Router } from "express";
import { open, signedIn } from "../access/guard.ts";
import { personOf, requestOf } from "../access/person.ts";
import { deadLink } from "../http/dead-link.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { tokenPage } from "../http/security.ts";
import { t } from "../i18n/t.ts";
import { securityPage } from "../profile/security-page.ts";
import { deviceWords } from "../sessions/device-words.ts";
import { renewSession } from "../sessions/start.ts";
import { askReset } from "./ask-reset.ts";
import { changePassword } from "./change.ts";
import { changeForm, forgotForm, resetForm } from "./forms.ts";
import { findReset } from "./queries.ts";
import { resetPassword } from "./reset.ts";

export const passwords = Router();

passwords.get("/forgot", open("for people who cannot sign in"), (_req, res) =>
  page(res, "passwords/forgot", { title: t("Forgot your password?"), layout: "plain", form: blankForm() }),
);

passwords.post("/forgot", open("for people who cannot sign in"), async (req, res) => {
  const form = readForm(forgotForm, req.body);
  if (!form.ok) {
    return page(res.status(422), "passwords/forgot", { title: t("Forgot your password?"), layout: "plain", form });
  }
  await askReset(form.values.email, req.ip);
  return page(res, "passwords/asked", { title: t("Look into your inbox"), layout: "plain", email: form.values.email });
});

passwords.use("/reset/:token", tokenPage);

/** The form behind a good link, else the page that says why there is none. */
async function show(req: Request, res: Response, posted?: Form<unknown>) {
  const found = await findReset(String(req.params.token));
  if (found?.state !== "good") {
    return deadLink(res, found?.state ?? "unknown", { href: "/forgot", words: t("Ask for a new link") });
  }
  const { email, fresh } = found.user;
  return page(posted ? res.status(422) : res, "passwords/reset", {
    title: fresh ? t("Create your password") : t("Choose a new password"),
    layout: "plain",
    email,
    fresh,
    form: posted ?? blankForm(),
  });
}

passwords.get("/reset/:token", open("a mailed link"), (req, res) => show(req, res));

passwords.post("/reset/:token", open("a mailed link"), async (req, res) => {
  const form = readForm(resetForm, req.body);
  const found = await findReset(req.params.token);
  if (found?.state !== "good") return show(req, res);

  const from = { ...requestOf(req), userAgent: req.get("User-Agent") ?? "" };
  const user = await attempt(form, ({ password }) => resetPassword(req.params.token, password, from));
  if (!user) return show(req, res, form);

  flash(
    req,
    found.user.fresh
      ? t("Your password is created. Sign in with it.")
      : t("Your password is changed. Sign in with the new one."),
  );
  return res.redirect(303, "/sign-in");
});

passwords.post("/profile/security/password", signedIn(), async (req, res) => {
  const form = readForm(changeForm, req.body);
  const person = personOf(req);
  const user = await attempt(form, (typed) => changePassword(person, typed, deviceWords(req.get("User-Agent"))));
  if (!user) return securityPage(req, res, { password: form });

  await renewSession(req, user.id);
  flash(req, t("Your password is changed. You are signed out everywhere else."));
  return res.redirect(303, "/profile/security");
});
