import type { RequestHandler } from "express";
import { timesUnder } from "../access/session-times.ts";
import { sharedNow } from "../db/clock.ts";
import { rememberTime } from "./session.ts";

/**
 * A session ends at its absolute age however busy it is, and when it was idle for longer than the account allows that it
 * works in now: whoever switches into a stricter one is asked to sign in again where it is too old for that. What the
 * account says came along with the visitor.
 */
export const enforceSessionAge: RequestHandler = (req, _res, next) => {
  const { startedAt, remember } = req.session ?? {};
  if (!startedAt) return next();
  const { idle, age } = timesUnder(req.loaded?.account?.sessions, remember ? rememberTime : undefined);
  const usedAt = req.usedBefore ?? sharedNow();
  if (Date.parse(startedAt) > sharedNow() - age && usedAt > sharedNow() - idle) return next();
  req.session.regenerate((error) => {
    req.user = undefined;
    next(error);
  });
};
