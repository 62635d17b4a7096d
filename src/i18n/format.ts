import { language, t } from "./t.ts";

const day = { day: "numeric", month: "short", year: "numeric" } as const;
const time = { hour: "2-digit", minute: "2-digit" } as const;
const styles = {
  day,
  dayAndTime: { ...day, ...time },
  time,
  digits: { year: "numeric", month: "2-digit", day: "2-digit" },
} as const;

const cache = new Map<string, Intl.DateTimeFormat>();

function formatter(style: keyof typeof styles): Intl.DateTimeFormat {
  const { locale, timeZone } = language();
  const key = `${style} ${locale} ${timeZone}`;
  let found = cache.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat(locale === "en" ? "en-GB" : locale, { ...styles[style], timeZone });
    cache.set(key, found);
  }
  return found;
}

/** "12 Mar 2026" in the reader's time zone. */
export const formatDate = (at: Date) => formatter("day").format(at);

/** "12 Mar 2026, 09:12" in the reader's time zone. */
export const formatDateTime = (at: Date) => formatter("dayAndTime").format(at);

const formatTime = (at: Date) => formatter("time").format(at);
const dayNumber = (at: Date) => {
  const parts = formatter("digits").formatToParts(at);
  const part = (type: string) => Number(parts.find((found) => found.type === type)?.value);
  return Date.UTC(part("year"), part("month") - 1, part("day")) / 86_400_000;
};

/** "Today, 09:12", "Yesterday", "3 days ago" up to two months back, else the date. */
export function formatAgo(at: Date, now = new Date()): string {
  const days = dayNumber(now) - dayNumber(at);
  if (days <= 0) return t("Today, {time}", { time: formatTime(at) });
  if (days === 1) return t("Yesterday");
  if (days <= 60) return t("{days, plural, one {# day ago} other {# days ago}}", { days });
  return formatDate(at);
}

const numbers = new Map<string, Intl.NumberFormat>();

/** "1,284" in the reader's language. */
export function formatNumber(value: number): string {
  const { locale } = language();
  let found = numbers.get(locale);
  if (!found) {
    found = new Intl.NumberFormat(locale);
    numbers.set(locale, found);
  }
  return found.format(value);
}

/** "Press and Events" in the reader's language. */
export const formatList = (words: string[]) => new Intl.ListFormat(language().locale).format(words);
