import { Router } from "express";
import { open } from "../access/guard.ts";
import { addressKey, assertWithin } from "../access/limits.ts";
import { openSession } from "../auth/sign-in.ts";
import { config } from "../config.ts";
import { flash } from "../http/flash.ts";
import { readForm } from "../http/form.ts";
import { localPath } from "../http/local-path.ts";
import { t } from "../i18n/t.ts";
import { passkeyForm } from "./forms.ts";
import { requestOptions } from "./options.ts";
import { verifyPasskey } from "./verify.ts";

/** Signing in with a passkey alone: it is two factors in one, the device and what unlocks it. */
export const passkeySignIn = Router();

const within = (ip: string | undefined) => {
  const key = `passkey-sign-in:${addressKey(ip)}`;
  return assertWithin([{ key, points: config.SIGN_INS_PER_MINUTE_PER_IP, seconds: 60 }]);
};

passkeySignIn.post("/sign-in/passkey/options", open("the door itself"), async (req, res) => {
  await within(req.ip);
  res.json(await requestOptions(req, "sign-in"));
});

passkeySignIn.post("/sign-in/passkey", open("the door itself"), async (req, res) => {
  const form = readForm(passkeyForm, req.body);
  await within(req.ip);
  const { credential, remember, next } = form.values;
  const passkey = form.ok ? await verifyPasskey(req, credential, { purpose: "sign-in" }) : undefined;
  if (!passkey) {
    flash(req, t("The passkey was not recognised. Sign in with your password."), "failed");
    return res.redirect(303, "/sign-in");
  }
  const opened = await openSession(req, { id: passkey.userId }, { remember, method: "passkey", second: true });
  return res.redirect(303, opened ? localPath(next, "/") : "/sign-in");
});

// Where a refused form leaves the browser.
passkeySignIn.get("/sign-in/passkey", open("the door itself"), (_req, res) => res.redirect(303, "/sign-in"));
