import type { Request } from "express";
import type session from "express-session";
import { sessionTimes } from "../access/session-times.ts";
import { sharedNow } from "../db/clock.ts";
import { rememberTime } from "./session.ts";
import { hashed, type NewRow } from "./session-row.ts";

/**
 * Gives the session that there is a new id (T39), with all that it says. Its row is left to the caller's statement, which
 * moves it from `old` to `fresh`: where it was ended meanwhile, nothing brings it back (T37).
 */
export function renewId(req: Request): { old: string; fresh: NewRow } {
  const old = hashed(req.sessionID);
  const { cookie: _, ...says } = JSON.parse(JSON.stringify(req.session)) as session.SessionData;
  (req.sessionStore as unknown as { generate: (req: Request) => void }).generate(req);
  Object.assign(req.session, says, { kept: true });
  if (says.remember) req.session.cookie.maxAge = rememberTime;
  const expires = new Date(req.session.cookie.expires ?? sharedNow() + sessionTimes().idle).toISOString();
  return { old, fresh: { sid: hashed(req.sessionID), sess: JSON.stringify(req.session), expires } };
}
