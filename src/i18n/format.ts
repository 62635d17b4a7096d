import { language, t } from "./t.ts";

const cache = new Map<string, Intl.DateTimeFormat>();

function formatter(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const { locale, timeZone } = language();
  const region = locale === "en" ? "en-GB" : locale;
  const key = `${region} ${timeZone} ${JSON.stringify(options)}`;
  let found = cache.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat(region, { ...options, timeZone });
    cache.set(key, found);
  }
  return found;
}

/** "12 Mar 2026" in the reader's time zone. */
export const formatDate = (at: Date) => formatter({ day: "numeric", month: "short", year: "numeric" }).format(at);

/** "12 Mar 2026, 09:12" in the reader's time zone. */
export const formatDateTime = (at: Date) =>
  formatter({ day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" }).format(at);

const formatTime = (at: Date) => formatter({ hour: "2-digit", minute: "2-digit" }).format(at);
const dayNumber = (at: Date) => {
  const parts = formatter({ year: "numeric", month: "2-digit", day: "2-digit" }).formatToParts(at);
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

export const formatNumber = (value: number) => new Intl.NumberFormat(language().locale).format(value);

/** "Press and Events" in the reader's language. */
export const formatList = (words: string[]) => new Intl.ListFormat(language().locale).format(words);
