import { Router } from "express";
import { open, signedIn } from "../access/guard.ts";
import { blankForm, readForm } from "../http/form.ts";
import { localPath } from "../http/local-path.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { instance } from "../instance/queries.ts";
import { beginSecond } from "../second-factor/pending.ts";
import { isTrusted } from "../trusted-devices/queries.ts";
import { knownDevice } from "./device.ts";
import { signInForm } from "./forms.ts";
import { countGuess, forgiveGuess } from "./guesses.ts";
import { authenticateRequest, openSession, recordRefusal } from "./sign-in.ts";
import { signOut } from "./sign-out.ts";

export const auth = Router();

auth.get("/sign-in", open("the door itself"), async (req, res) => {
  const next = localPath(req.query.next, "");
  if (req.visitor) return res.redirect(303, next || "/");

  const email = typeof req.query.email === "string" ? req.query.email : "";
  const { registrationOpen } = await instance();
  return page(res, "auth/sign-in", {
    title: t("Sign in"),
    layout: "plain",
    form: blankForm({ next, email }),
    registrationOpen,
  });
});

auth.post("/sign-in", open("the door itself"), async (req, res) => {
  const form = readForm(signInForm, req.body);
  const typed = String(form.typed.email);
  const guess = { typed, ip: req.ip, device: knownDevice(req, typed) };
  // What is not filled in is a guess as well, which nobody looks at.
  const filled = form.ok && form.values.email && form.values.password;
  const user = filled ? await authenticateRequest(req, guess) : void (await countGuess(guess));
  if (user?.secondFactor && !(await isTrusted(req, user.id))) {
    await forgiveGuess(guess);
    await beginSecond(req, user, { typed, remember: form.values.remember, next: form.values.next });
    return res.redirect(303, "/sign-in/second");
  }
  const { remember } = form.values;
  const opened = user && (await openSession(req, user, { remember, guess, second: user.secondFactor }));
  if (!opened) {
    await recordRefusal(req, typed);
    form.errors.form = t("The address or the password is wrong.");
    const { registrationOpen } = await instance();
    return page(res.status(422), "auth/sign-in", { title: t("Sign in"), layout: "plain", form, registrationOpen });
  }

  return res.redirect(303, localPath(form.values.next, "/"));
});

auth.post("/sign-out", signedIn(), async (req, res) => {
  const next = localPath((req.body as { next?: unknown } | undefined)?.next, "/sign-in");
  await signOut(req, res);
  res.redirect(303, next);
});
