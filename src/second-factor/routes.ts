import { type Request, type Response, Router } from "express";
import { z } from "zod";
import { open } from "../access/guard.ts";
import { knownDevice } from "../auth/device.ts";
import { recordRefusal } from "../auth/sign-in.ts";
import { countFactorGuess } from "../factors/guesses.ts";
import { factorsOf } from "../factors/queries.ts";
import { takeCode } from "../factors/take-code.ts";
import { Conflict } from "../http/errors.ts";
import { flash } from "../http/flash.ts";
import { blankForm, type Form, readForm, ticked } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { passkeyForm } from "../passkeys/forms.ts";
import { requestOptions } from "../passkeys/options.ts";
import { verifyPasskey } from "../passkeys/verify.ts";
import { deviceWords } from "../sessions/device-words.ts";
import { finishSecond } from "./finish.ts";
import { pendingUser, type Waiting } from "./pending.ts";

/** The second page of signing in, for whoever has a second factor. */
export const secondFactor = Router();

const codeForm = z.object({ code: z.string().max(100), trust: ticked() });

/** Nobody waits here, or too long, or for a password that is not theirs any more: back to the first page. */
function backToDoor(req: Request, res: Response) {
  if (req.visitor) return res.redirect(303, "/");
  const { pending } = req.session;
  delete req.session.pending;
  if (pending) flash(req, t("That took too long. Sign in once more."), "failed");
  return res.redirect(303, "/sign-in");
}

async function show(res: Response, { user, author }: Waiting, form: Form<unknown>) {
  return page(res.status(Object.keys(form.errors).length > 0 ? 422 : 200), "second-factor/index", {
    title: t("One more step"),
    layout: "plain",
    email: author.email,
    factors: await factorsOf(user.id),
    form,
  });
}

secondFactor.get("/sign-in/second", open("the second half of the door"), async (req, res) => {
  const waiting = await pendingUser(req);
  return waiting ? show(res, waiting, blankForm()) : backToDoor(req, res);
});

secondFactor.post("/sign-in/second", open("the second half of the door"), async (req, res) => {
  const form = readForm(codeForm, req.body);
  const waiting = await pendingUser(req);
  if (!waiting) return backToDoor(req, res);
  const { pending, user, author } = waiting;
  await countFactorGuess(user.id, knownDevice(req, pending.typed));

  const taken = form.ok ? await takeCode(author, form.values.code, deviceWords(req.get("User-Agent"))) : undefined;
  if (!taken) {
    await recordRefusal(req, author.email, "password_totp");
    form.errors.code = t("This code is wrong, or was used already. Type the newest one.");
    return show(res, waiting, form);
  }
  return finishSecond(req, res, waiting, { method: `password_${taken}` }, form.values.trust);
});

secondFactor.post("/sign-in/second/options", open("the second half of the door"), async (req, res) => {
  const waiting = await pendingUser(req);
  if (!waiting) throw new Conflict(t("That took too long. Sign in once more."));
  res.json(await requestOptions(req, "second", waiting.user.id));
});

secondFactor.post("/sign-in/second/passkey", open("the second half of the door"), async (req, res) => {
  const form = readForm(passkeyForm, req.body);
  const waiting = await pendingUser(req);
  if (!waiting) return backToDoor(req, res);
  const { pending, user, author } = waiting;
  await countFactorGuess(user.id, knownDevice(req, pending.typed));

  const { credential, trust } = form.values;
  const shown = form.ok && (await verifyPasskey(req, credential, { purpose: "second", userId: user.id }));
  if (!shown) {
    await recordRefusal(req, author.email, "password_passkey");
    form.errors.form = t("The passkey was not recognised. Try once more, or use a code.");
    return show(res, waiting, form);
  }
  return finishSecond(req, res, waiting, { method: "password_passkey", passkey: shown.id }, trust);
});

// Where a refused passkey leaves the browser.
secondFactor.get("/sign-in/second/passkey", open("the second half of the door"), (_req, res) =>
  res.redirect(303, "/sign-in/second"),
);
