import { Router } from "express";
import { signedIn } from "../access/guard.ts";
import { personOf } from "../access/person.ts";
import { confirmed } from "../confirmations/confirmed.ts";
import { deviceWords } from "../sessions/device-words.ts";
import { codesPage } from "./page.ts";
import { renewCodes } from "./renew.ts";

/** For whoever lost the device. At /profile/security/recovery-codes. */
export const recoveryCodeRoutes = Router();

recoveryCodeRoutes.post("/", signedIn(), confirmed(), async (req, res) => {
  const codes = await renewCodes(personOf(req), deviceWords(req.get("User-Agent")));
  return codesPage(res, codes);
});

// Where the answer leaves the browser: whoever asks for that address again does not see them again.
recoveryCodeRoutes.get("/", signedIn(), (_req, res) => res.redirect(303, "/profile/security"));
