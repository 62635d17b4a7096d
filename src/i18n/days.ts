import { formatDate } from "./format.ts";
import { language } from "./t.ts";

/** How far a zone's clock is ahead of UTC at an instant, in milliseconds. */
function offsetOf(at: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(at);
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  return Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second")) - at;
}

/** The instant at which a day (`2026-11-30`) is over in a time zone; undefined for what is no day of the calendar. */
export function endOfDay(day: string, timeZone = language().timeZone): Date | undefined {
  const start = /^20\d\d-\d\d-\d\d$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(start) || !new Date(start).toISOString().startsWith(day)) return undefined;
  const midnight = start + 24 * 3600_000;
  // Asked twice: at a change of the clocks the first answer is that of the other side.
  const near = midnight - offsetOf(midnight, timeZone);
  return new Date(midnight - offsetOf(near, timeZone));
}

/** The last day before such an instant, as a date field wants it, in the reader's time zone. */
export function lastDay(until: Date | string): string {
  const { timeZone } = language();
  const at = new Date(until).getTime() - 1;
  return new Date(at + offsetOf(at, timeZone)).toISOString().slice(0, 10);
}

/** The same in the reader's words: "30 Nov 2026". */
export const formatLastDay = (until: Date | string): string => formatDate(new Date(new Date(until).getTime() - 1));
