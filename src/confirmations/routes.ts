import { type Request, type Response, Router } from "express";
import { signedIn } from "../access/guard.ts";
import { personOf } from "../access/person.ts";
import { countFactorGuess, forgiveFactorGuess } from "../factors/guesses.ts";
import { factorsOf } from "../factors/queries.ts";
import { takeCode } from "../factors/take-code.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { localPath } from "../http/local-path.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { passkeyForm } from "../passkeys/forms.ts";
import { requestOptions } from "../passkeys/options.ts";
import { verifyPasskey } from "../passkeys/verify.ts";
import { assertOwnPassword } from "../passwords/assert-own.ts";
import { deviceWords } from "../sessions/device-words.ts";
import { confirmVisitor } from "./confirm.ts";
import { isConfirmed } from "./confirmed.ts";
import { codeForm, confirmationForm } from "./forms.ts";
import { recordFailed } from "./record-failed.ts";

/** "Is it still you?", before what should not be done by whoever finds a browser open. */
export const confirmations = Router();

async function show(req: Request, res: Response, form: Form<unknown>) {
  const { email, userId } = personOf(req);
  return page(Object.keys(form.errors).length > 0 ? res.status(422) : res, "confirmations/index", {
    title: t("Confirm that it is you"),
    layout: "plain",
    email,
    factors: await factorsOf(userId),
    form,
  });
}

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

confirmations.post("/confirm/code", signedIn(), async (req, res) => {
  const form = readForm(codeForm, req.body);
  const person = personOf(req);
  await countFactorGuess(person.userId);
  const taken = form.ok && (await takeCode(person, form.values.code, deviceWords(req.get("User-Agent"))));
  if (!taken) {
    await recordFailed(person);
    form.errors.code = t("This code is wrong, or was used already. Type the newest one.");
    return show(req, res, form);
  }
  await forgiveFactorGuess(person.userId);
  await confirmVisitor(req);
  return res.redirect(303, localPath(form.values.next, "/"));
});

confirmations.post("/confirm/options", signedIn(), async (req, res) => {
  res.json(await requestOptions(req, "confirm", personOf(req).userId));
});

confirmations.post("/confirm/passkey", signedIn(), async (req, res) => {
  const form = readForm(passkeyForm, req.body);
  const person = personOf(req);
  const { userId } = person;
  await countFactorGuess(userId);
  if (!form.ok || !(await verifyPasskey(req, form.values.credential, { purpose: "confirm", userId }))) {
    await recordFailed(person);
    form.errors.form = t("The passkey was not recognised. Try once more, or use a code.");
    return show(req, res, form);
  }
  await forgiveFactorGuess(userId);
  await confirmVisitor(req);
  return res.redirect(303, localPath(form.values.next, "/"));
});

// Where a refused form leaves the browser.
confirmations.get(["/confirm/code", "/confirm/passkey"], signedIn(), (_req, res) => res.redirect(303, "/confirm"));
