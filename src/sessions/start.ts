import type { Request } from "express";
import type { SessionData } from "express-session";
import { sharedNow } from "../db/clock.ts";
import { holdRow, rememberTime } from "../http/session.ts";

/**
 * Opens a session under a new id (T39) and writes down when, from where, and for how long it may idle: once, with all that
 * it says from its start (src/auth/passport.ts). What was waiting for the visitor (a message, the invitation they were
 * about to answer) comes along. `held`: its row is left to the caller's own statement (`takeRow`).
 */
export async function startSession(
  req: Request,
  userId: string,
  { held, ...kept }: { remember?: boolean; accountId?: string; held?: boolean } = {},
) {
  const { flash, invitation } = req.session;
  const now = new Date(sharedNow()).toISOString();
  const says = {
    flash,
    invitation,
    ...kept,
    startedAt: now,
    provenAt: now,
    ip: req.ip,
    userAgent: (req.get("User-Agent") ?? "").slice(0, 200),
  };
  const begin = (session: SessionData) => {
    Object.assign(session, says);
    if (kept.remember) session.cookie.maxAge = rememberTime;
    if (held) holdRow(req);
  };
  await new Promise<void>((resolve, reject) => {
    req.logIn({ id: userId, begin }, (error) => (error ? reject(error) : resolve()));
  });
}

/** The same person on under a new id: for changes that end all their sessions, this one included (T37, T39). */
export const renewSession = (req: Request, userId: string): Promise<void> =>
  startSession(req, userId, { remember: req.session.remember, accountId: req.session.accountId });
