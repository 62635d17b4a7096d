import { instanceNow, readInstanceSettings } from "./instance-settings.ts";

const minute = 60_000;

/** How long a session may be idle, and how old it may get, in milliseconds: the instance's policy. */
export function sessionTimes(): { idle: number; age: number } {
  const { sessionIdleMinutes = 60, sessionHours = 12 } = instanceNow();
  return { idle: sessionIdleMinutes * minute, age: sessionHours * 60 * minute };
}

/** Reads them now. */
export const readSessionTimes = readInstanceSettings;
