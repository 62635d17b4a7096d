import type { Request, Response } from "express";
import { knownDevice } from "../auth/device.ts";
import { openSession } from "../auth/sign-in.ts";
import { forgiveFactorGuess } from "../factors/guesses.ts";
import { localPath } from "../http/local-path.ts";
import { trustDevice } from "../trusted-devices/trust.ts";
import type { Waiting } from "./pending.ts";

/** How the second factor was shown; a passkey by its row. */
interface Proof {
  method: "password_totp" | "password_recovery" | "password_passkey";
  passkey?: string;
}

/**
 * Opens the session, now that both factors were right, and goes where the visitor was going. Where the password was
 * replaced, or the passkey taken off, this very moment, there is none (T37): back to the door.
 */
export async function finishSecond(
  req: Request,
  res: Response,
  { pending, user, author }: Waiting,
  proof: Proof,
  trust: boolean,
) {
  await forgiveFactorGuess(user.id, knownDevice(req, pending.typed));
  if (!(await openSession(req, user, { remember: pending.remember, ...proof, second: true })))
    return res.redirect(303, "/sign-in");
  if (trust) await trustDevice(req, res, author, user.checked);
  return res.redirect(303, localPath(pending.next, "/"));
}
