import { config } from "../config.ts";

/** Nobody makes us wait longer than a day. */
const longest = 86_400;

/**
 * How many whole seconds after a failed try the next one comes; undefined when there is none left. `attempt` counts from 1. A
 * fifth more at random, so that what failed together does not come back together; and not before the receiver said
 * (Retry-After: seconds or a date), within a day.
 */
export function nextTry(attempt: number, retryAfter: string | null, now = Date.now()): number | undefined {
  const delay = config.WEBHOOK_DELAYS[attempt - 1];
  if (delay === undefined) return undefined;
  const asked = Math.min(secondsOf(retryAfter, now), longest);
  return Math.ceil(Math.max(delay * (1 + Math.random() / 5), asked));
}

function secondsOf(retryAfter: string | null, now: number): number {
  const text = retryAfter?.trim() ?? "";
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? 0 : Math.max(0, (date - now) / 1000);
}
