import { type Request, type Response, Router } from "express";
import { allow, open, signedIn } from "../access/guard.ts";
import { nameOf } from "../access/load-actor.ts";
import { personOf, requestOf } from "../access/person.ts";
import { managedMember } from "../corporate/queries.ts";
import { deadLink } from "../http/dead-link.ts";
import { NotFound } from "../http/errors.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { tokenPage } from "../http/security.ts";
import { t } from "../i18n/t.ts";
import { askRelease } from "./ask.ts";
import { askOwnRelease } from "./ask-own.ts";
import { confirmReleaseForm, ownReleaseForm, releaseForm } from "./forms.ts";
import { findRelease, orphanedSince } from "./queries.ts";
import { releaseUser } from "./release.ts";
import { revokeRelease } from "./revoke.ts";

/** Letting a corporate user go, with the profile as their own (X2). */
export const releases = Router();

async function show(req: Request<{ id: string }>, res: Response, form?: Form<unknown>) {
  const member = await managedMember(req.actor.accountId, req.params.id);
  return page(form ? res.status(form.status ?? 422) : res, "releases/ask", {
    title: t("Release user"),
    member,
    name: nameOf(member),
    form: form ?? blankForm(),
  });
}

releases.get("/admin/users/:id/release", allow("users.delete"), (req, res) => show(req, res));

releases.post("/admin/users/:id/release", allow("users.delete"), async (req, res) => {
  const form = readForm(releaseForm, req.body);
  const email = await attempt(form, (values) => askRelease(req.actor, req.params.id, values));
  if (!email) return show(req, res, form);

  flash(req, t("A mail is on its way to {email}. The user is released once it is confirmed there.", { email }));
  return res.redirect(303, `/admin/users/${req.params.id}/account`);
});

releases.post("/admin/users/:id/release/revocation", allow("users.delete"), async (req, res) => {
  const email = await revokeRelease(req.actor, req.params.id);
  flash(req, t("The release is revoked: the link that went to {email} does not work any more.", { email }));
  return res.redirect(303, `/admin/users/${req.params.id}/settings`);
});

async function showOwn(req: Request, res: Response, form?: Form<unknown>) {
  const state = await orphanedSince(personOf(req).userId);
  if (!state) throw new NotFound();
  return page(form ? res.status(form.status ?? 422) : res, "releases/own", {
    title: t("Make your profile your own"),
    state,
    form: form ?? blankForm(),
  });
}

releases.get("/profile/release", signedIn(), (req, res) => showOwn(req, res));

releases.post("/profile/release", signedIn(), async (req, res) => {
  const form = readForm(ownReleaseForm, req.body);
  const email = await attempt(form, (values) => askOwnRelease(personOf(req), values));
  if (!email) return showOwn(req, res, form);

  flash(req, t("A mail is on its way to {email}. Your profile is your own once it is confirmed there.", { email }));
  return res.redirect(303, "/profile");
});

releases.use("/release/:token", tokenPage);

async function showLink(req: Request, res: Response, form?: Form<unknown>) {
  const found = await findRelease(String(req.params.token));
  const email = found?.token.email;
  if (found?.done) return page(res, "releases/done", { title: t("Your profile is your own"), layout: "plain", email });
  if (found?.state !== "good") {
    return deadLink(res, found?.state ?? "unknown", { href: "/sign-in", words: t("Sign in") });
  }
  return page(form ? res.status(form.status ?? 422) : res, "releases/confirm", {
    title: t("Make your profile your own"),
    layout: "plain",
    email,
    sure: found.sure,
    form: form ?? blankForm(),
  });
}

releases.get("/release/:token", open("a mailed link; it signs nobody in"), (req, res) => showLink(req, res));

releases.post("/release/:token", open("a mailed link; it signs nobody in"), async (req, res) => {
  const found = await findRelease(req.params.token);
  if (found?.state !== "good") return showLink(req, res);
  const form = readForm(confirmReleaseForm, req.body);
  const done = await attempt(form, (values) => releaseUser(req.params.token, values, requestOf(req)));
  if (!done) return showLink(req, res, form);
  return res.redirect(303, req.originalUrl);
});
