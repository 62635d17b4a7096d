import { type Request, type Response, Router } from "express";
import { z } from "zod";
import { signedIn } from "../access/guard.ts";
import { personOf } from "../access/person.ts";
import { confirmed } from "../confirmations/confirmed.ts";
import { factorsOf } from "../factors/queries.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { codesPage } from "../recovery-codes/page.ts";
import { deviceWords } from "../sessions/device-words.ts";
import { beginAuthenticator } from "./begin.ts";
import { finishAuthenticator } from "./finish.ts";
import { secretInMaking } from "./queries.ts";
import { removeAuthenticator } from "./remove.ts";

/** One's own authenticator app. At /profile/security/authenticator. */
export const authenticator = Router();

const codeForm = z.object({ code: z.string().max(40) });

async function show(req: Request, res: Response, form: Form<unknown>) {
  const { userId, email } = personOf(req);
  const made = await secretInMaking(userId, email);
  if (!made) return res.redirect(303, "/profile/security");
  return page(res.status(form.status ?? 200), "authenticator/set-up", {
    title: t("Set up an authenticator app"),
    ...made,
    form,
  });
}

authenticator.get("/", signedIn(), confirmed(), (req, res) => show(req, res, blankForm()));

authenticator.post("/secret", signedIn(), confirmed(), async (req, res) => {
  await beginAuthenticator(personOf(req));
  res.redirect(303, "/profile/security/authenticator");
});

authenticator.post("/", signedIn(), confirmed(), async (req, res) => {
  const form = readForm(codeForm, req.body);
  const device = deviceWords(req.get("User-Agent"));
  const codes = await attempt(form, ({ code }) => finishAuthenticator(personOf(req), code, device));
  if (!codes) return show(req, res, form);

  flash(req, t("Your authenticator app is set up. From now on, signing in asks for a code from it."));
  return codes.length > 0 ? codesPage(res, codes) : res.redirect(303, "/profile/security");
});

authenticator.get("/removal", signedIn(), confirmed(), async (req, res) => {
  const factors = await factorsOf(personOf(req).userId);
  return page(res, "authenticator/removal", { title: t("Remove the authenticator app?"), factors });
});

authenticator.post("/removal", signedIn(), confirmed(), async (req, res) => {
  await removeAuthenticator(personOf(req), deviceWords(req.get("User-Agent")));
  flash(req, t("The authenticator app is removed."));
  res.redirect(303, "/profile/security");
});
