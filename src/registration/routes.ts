import { type Request, type Response, Router } from "express";
import { open } from "../access/guard.ts";
import { requestOf } from "../access/person.ts";
import { blankProfile, newProfileForm } from "../auth/forms.ts";
import { openSession } from "../auth/sign-in.ts";
import { closedDomain } from "../belonging/closed-page.ts";
import type { Rule } from "../belonging/rule.ts";
import { deadLink } from "../http/dead-link.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { tokenPage } from "../http/security.ts";
import { t } from "../i18n/t.ts";
import { instance } from "../instance/queries.ts";
import { askToRegister } from "./ask.ts";
import { completeRegistration } from "./complete.ts";
import { askForm } from "./forms.ts";
import { findRegistration } from "./queries.ts";

export const registration = Router();

const anyone = open("people come in here");
const plain = { layout: "plain" } as const;

registration.get("/register", anyone, async (_req, res) => {
  const { registrationOpen } = await instance();
  if (!registrationOpen) return page(res, "registration/closed", { title: t("By invitation only"), ...plain });
  return page(res, "registration/ask", { title: t("Create an account"), ...plain, form: blankForm() });
});

registration.post("/register", anyone, async (req, res) => {
  const form = readForm(askForm, req.body);
  const asked = await attempt(form, async ({ email }) => {
    await askToRegister(email, req.ip);
    return true;
  });
  if (!asked) return page(res.status(422), "registration/ask", { title: t("Create an account"), ...plain, form });

  return page(res, "registration/asked", { title: t("Look into your inbox"), ...plain, email: form.values.email });
});

registration.use("/register/:token", tokenPage);

/** The form behind a good link, else the page that says why there is none. */
async function show(req: Request<{ token: string }>, res: Response, posted?: Form<unknown>) {
  const found = await findRegistration(req.params.token);
  if (found?.registered) {
    return page(res.status(409), "registration/registered", { title: t("You are registered already"), ...plain });
  }
  if (found?.state !== "good") {
    return deadLink(res, found?.state ?? "unknown", { href: "/register", words: t("Ask for a new link") });
  }
  if (found.rule.kind === "closed") return closedDomain(res, found.rule);
  return page(posted ? res.status(422) : res, "registration/profile", {
    title: t("Your profile"),
    ...plain,
    email: found.token.email,
    rule: found.rule,
    form: posted ?? blankProfile(found.invited),
  });
}

registration.get("/register/:token", open("people come in here"), (req, res) => show(req, res));

registration.post("/register/:token", anyone, async (req, res) => {
  const form = readForm(newProfileForm, req.body);
  const found = await findRegistration(req.params.token);
  if (found?.state !== "good" || found.registered || found.rule.kind === "closed") return show(req, res);

  const user = await attempt(form, (values) => completeRegistration(req.params.token, values, requestOf(req)));
  if (!user) return show(req, res, form);

  await openSession(req, { id: user.id }, { method: "link" });
  flash(req, welcome(user.firstName, found.rule));
  return res.redirect(303, "/");
});

/** A corporate user has no account of their own, and no right until somebody gives them one (A37). */
const welcome = (name: string, rule: Rule): string =>
  rule.kind === "open"
    ? t("Welcome, {name}. You are in {account} now; its administrators give you your rights.", {
        name,
        account: rule.accountName,
      })
    : t("Welcome, {name}. Your account is ready.", { name });
