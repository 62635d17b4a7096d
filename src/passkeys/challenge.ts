import { hash } from "node:crypto";
import type { Request } from "express";
import { countTries } from "../access/limits.ts";
import { sharedNow } from "../db/clock.ts";

/** What a passkey was asked for. An answer to one question is none to another. */
export type Purpose = "register" | "sign-in" | "second" | "confirm";

export interface Challenge {
  value: string;
  purpose: Purpose;
  at: string;
}

const lives = 5 * 60_000;

/** Keeps what a passkey is asked to sign, in the session of the browser that asks. */
export function keepChallenge(req: Request, purpose: Purpose, value: string): void {
  req.session.challenge = { value, purpose, at: new Date(sharedNow()).toISOString() };
}

/**
 * Takes it off again, whatever comes of it: undefined where there is none for this purpose, where it is older than five
 * minutes, or where an answer to it was looked at before, even at this very moment (T105).
 */
export async function takeChallenge(req: Request, purpose: Purpose): Promise<string | undefined> {
  const { challenge } = req.session;
  delete req.session.challenge;
  if (challenge?.purpose !== purpose || !(Date.parse(challenge.at) > sharedNow() - lives)) return undefined;
  const key = `challenge:${hash("sha256", challenge.value, "base64url")}`;
  const [wait = 0] = await countTries([{ key, points: 1, seconds: 600 }]);
  return wait > 0 ? undefined : challenge.value;
}
