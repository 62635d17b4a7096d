import { Router } from "express";
import { open, signedIn } from "../access/guard.ts";
import { addressKey, assertWithin } from "../access/limits.ts";
import { config } from "../config.ts";
import { blankForm, readForm } from "../http/form.ts";
import { localPath } from "../http/local-path.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { signInForm } from "./forms.ts";
import { authenticateRequest, openSession } from "./sign-in.ts";

export const auth = Router();

auth.get("/sign-in", open("the door itself"), (req, res) => {
  const next = localPath(req.query.next, "");
  if (req.visitor) return res.redirect(303, next || "/");
  return page(res, "auth/sign-in", {
    title: t("Sign in"),
    layout: "plain",
    form: blankForm({ next, email: String(req.query.email ?? "") }),
  });
});

auth.post("/sign-in", open("the door itself"), async (req, res) => {
  const form = readForm(signInForm, req.body);
  const email = String(form.typed.email).trim().toLowerCase();
  await assertWithin([
    { key: `sign-in-minute:${email}`, points: config.SIGN_INS_PER_MINUTE, seconds: 60 },
    { key: `sign-in-hour:${email}`, points: config.SIGN_INS_PER_HOUR, seconds: 3600 },
    { key: `sign-in-minute-ip:${addressKey(req.ip)}`, points: config.SIGN_INS_PER_MINUTE_PER_IP, seconds: 60 },
    { key: `sign-in-hour-ip:${addressKey(req.ip)}`, points: config.SIGN_INS_PER_HOUR_PER_IP, seconds: 3600 },
  ]);

  const user = form.ok ? await authenticateRequest(req) : undefined;
  if (!user) {
    form.errors.form = t("The address or the password is wrong.");
    return page(res.status(422), "auth/sign-in", { title: t("Sign in"), layout: "plain", form });
  }

  await openSession(req, user.id, form.values.remember);
  res.redirect(303, localPath(form.values.next, "/"));
});

auth.post("/sign-out", signedIn(), async (req, res) => {
  await new Promise<void>((resolve, reject) => req.logout((error) => (error ? reject(error) : resolve())));
  await new Promise<void>((resolve) => req.session.destroy(() => resolve()));
  res.redirect(303, "/sign-in");
});
