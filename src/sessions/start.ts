import type { Request } from "express";
import { rememberTime } from "../http/session.ts";

/**
 * Opens a session under a new id (T39) and writes down when, from where, and for how long it may idle. What was waiting
 * for the visitor (a message, the invitation they were about to answer) comes along.
 */
export async function startSession(
  req: Request,
  userId: string,
  kept: { remember?: boolean; accountId?: string } = {},
) {
  const { flash, invitation } = req.session;
  await new Promise<void>((resolve, reject) => {
    req.logIn({ id: userId }, (error) => (error ? reject(error) : resolve()));
  });
  Object.assign(req.session, {
    flash,
    invitation,
    ...kept,
    startedAt: new Date().toISOString(),
    ip: req.ip,
    userAgent: (req.get("User-Agent") ?? "").slice(0, 200),
  });
  if (kept.remember) req.session.cookie.maxAge = rememberTime;
}

/** The same person on under a new id: for changes that end all their sessions, this one included (T37, T39). */
export const renewSession = (req: Request, userId: string): Promise<void> =>
  startSession(req, userId, { remember: req.session.remember, accountId: req.session.accountId });
