import { type Request, type Response, Router } from "express";
import { signedIn } from "../access/guard.ts";
import { personOf } from "../access/person.ts";
import { confirmed } from "../confirmations/confirmed.ts";
import { factorsOf, passkeyOf } from "../factors/queries.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { codesPage } from "../recovery-codes/page.ts";
import { deviceWords } from "../sessions/device-words.ts";
import { newPasskeyForm } from "./forms.ts";
import { creationOptions } from "./options.ts";
import { registerPasskey } from "./register.ts";
import { removePasskey } from "./remove.ts";

/** One's own passkeys. At /profile/security/passkeys. */
export const passkeyRoutes = Router();

const show = (res: Response, form: Form<unknown>) =>
  page(res.status(Object.keys(form.errors).length > 0 ? 422 : 200), "passkeys/new", {
    title: t("Add a passkey"),
    form,
  });

const deviceOf = (req: Pick<Request, "get">) => deviceWords(req.get("User-Agent"));

passkeyRoutes.get("/new", signedIn(), confirmed(), (req, res) => show(res, blankForm({ label: deviceOf(req) })));

passkeyRoutes.post("/options", signedIn(), confirmed(), async (req, res) => {
  res.json(await creationOptions(req, personOf(req)));
});

passkeyRoutes.post("/", signedIn(), confirmed(), async (req, res) => {
  const form = readForm(newPasskeyForm, req.body);
  const codes = await attempt(form, (values) => registerPasskey(req, values, deviceOf(req)));
  if (!codes) return show(res, form);

  flash(req, t("The passkey “{label}” is added.", { label: form.values.label }));
  return codes.length > 0 ? codesPage(res, codes) : res.redirect(303, "/profile/security");
});

// Where the answer leaves the browser.
passkeyRoutes.get("/", signedIn(), (_req, res) => res.redirect(303, "/profile/security"));

passkeyRoutes.get("/:passkeyId/removal", signedIn(), confirmed(), async (req, res) => {
  const { userId } = personOf(req);
  const passkey = await passkeyOf(userId, req.params.passkeyId);
  const factors = await factorsOf(userId);
  const title = t("Remove the passkey “{label}”?", { label: passkey.label });
  return page(res, "passkeys/removal", { title, passkey, last: !factors.app && factors.passkeys.length === 1 });
});

passkeyRoutes.post("/:passkeyId/removal", signedIn(), confirmed(), async (req, res) => {
  const { label } = await removePasskey(personOf(req), req.params.passkeyId, deviceOf(req));
  flash(req, t("The passkey “{label}” is removed.", { label }));
  res.redirect(303, "/profile/security");
});
