import { instanceNow, readInstanceSettings } from "./instance-settings.ts";

const minute = 60_000;

/** What an account says about sessions that work in it; null: as the instance says. */
export interface SessionPolicy {
  idleMinutes: number | null;
  hours: number | null;
}

/** How long a session may be idle, and how old it may get, in milliseconds: the instance's policy. */
export function sessionTimes(): { idle: number; age: number } {
  const { sessionIdleMinutes = 60, sessionHours = 12 } = instanceNow();
  return { idle: sessionIdleMinutes * minute, age: sessionHours * 60 * minute };
}

/**
 * The same for a session that works in an account with a policy of its own, which is never the looser one; `remembered`:
 * how long a device that is to be remembered may stay signed in, which the instance's own times do not bound.
 */
export function timesUnder(policy: SessionPolicy | undefined, remembered?: number): { idle: number; age: number } {
  const { idle, age } = sessionTimes();
  return {
    idle: Math.min(remembered ?? idle, (policy?.idleMinutes ?? Number.POSITIVE_INFINITY) * minute),
    age: Math.min(remembered ?? age, (policy?.hours ?? Number.POSITIVE_INFINITY) * 60 * minute),
  };
}

/** Reads them now. */
export const readSessionTimes = readInstanceSettings;
