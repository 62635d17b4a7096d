import { type Request, Router } from "express";
import { open } from "../access/guard.ts";
import { addressKey, assertWithin, countTries } from "../access/limits.ts";
import { openSession, recordRefusal } from "../auth/sign-in.ts";
import { config } from "../config.ts";
import { flash } from "../http/flash.ts";
import { readForm } from "../http/form.ts";
import { localPath } from "../http/local-path.ts";
import { t } from "../i18n/t.ts";
import { passkeyForm } from "./forms.ts";
import { requestOptions } from "./options.ts";
import { holderOf, verifyPasskey } from "./verify.ts";

/** Signing in with a passkey alone: it is two factors in one, the device and what unlocks it. */
export const passkeySignIn = Router();

const within = (ip: string | undefined) => {
  const key = `passkey-sign-in:${addressKey(ip)}`;
  return assertWithin([{ key, points: config.SIGN_INS_PER_MINUTE_PER_IP, seconds: 60 }]);
};

/** Writes a refused passkey into the log, so often an hour for one address and one holder: nobody fills it this way. */
async function recordRefused(req: Request, credentialId: string) {
  const holder = await holderOf(credentialId);
  const limits = [{ key: addressKey(req.ip), points: config.SIGN_INS_PER_HOUR_PER_IP }];
  if (holder) limits.push({ key: holder.id, points: config.SIGN_INS_PER_HOUR });
  const waits = await countTries(
    limits.map((limit) => ({ ...limit, key: `passkey-refused:${limit.key}`, seconds: 3600 })),
  );
  if (Math.max(...waits) === 0) await recordRefusal(req, holder?.email ?? "", "passkey");
}

passkeySignIn.post("/sign-in/passkey/options", open("the door itself"), async (req, res) => {
  await within(req.ip);
  res.json(await requestOptions(req, "sign-in"));
});

passkeySignIn.post("/sign-in/passkey", open("the door itself"), async (req, res) => {
  const form = readForm(passkeyForm, req.body);
  await within(req.ip);
  const { credential, remember, next } = form.values;
  const passkey = form.ok ? await verifyPasskey(req, credential, { purpose: "sign-in" }) : undefined;
  const opened =
    passkey &&
    (await openSession(
      req,
      { id: passkey.userId },
      { remember, method: "passkey", second: true, passkey: passkey.id },
    ));
  if (!opened) {
    await recordRefused(req, form.ok ? credential.id : "");
    // Shut at the last moment, the door has taken the session along that would say it.
    if (!passkey) flash(req, t("The passkey was not recognised. Sign in with your password."), "failed");
    return res.redirect(303, "/sign-in");
  }
  return res.redirect(303, localPath(next, "/"));
});

// Where a refused form leaves the browser.
passkeySignIn.get("/sign-in/passkey", open("the door itself"), (_req, res) => res.redirect(303, "/sign-in"));
