import { language, t } from "./t.ts";

const day = { day: "numeric", month: "short", year: "numeric" } as const;
const time = { hour: "2-digit", minute: "2-digit" } as const;
const styles = {
  day,
  dayAndTime: { ...day, ...time },
  time,
  /** As "2026-03-12" (Canada writes so), to be read again. */
  digits: { year: "numeric", month: "2-digit", day: "2-digit" },
} as const;

/** The reader's language with the conventions of the country they chose; English as written in Britain where they chose none. */
function conventions(): string {
  const { locale, region } = language();
  if (region) return `${locale}-${region}`;
  return locale === "en" ? "en-GB" : locale;
}

const cache = new Map<string, Intl.DateTimeFormat>();

function formatter(style: keyof typeof styles): Intl.DateTimeFormat {
  const { timeZone } = language();
  const key = `${style} ${conventions()} ${timeZone}`;
  let found = cache.get(key);
  if (!found) {
    const written = style === "digits" ? "en-CA" : conventions();
    found = new Intl.DateTimeFormat(written, { ...styles[style], timeZone });
    cache.set(key, found);
  }
  return found;
}

const minute = 60_000;
const most = 5000;
const texts = new Map<string, string>();

/** Formatting a time costs more than all else in a row of a list; within a minute, all that is shown of it is the same. */
function formatted(style: keyof typeof styles, at: Date): string {
  const { timeZone } = language();
  const key = `${style} ${conventions()} ${timeZone} ${Math.floor(at.getTime() / minute)}`;
  let text = texts.get(key);
  if (text === undefined) {
    if (texts.size >= most) texts.clear();
    text = formatter(style).format(at);
    texts.set(key, text);
  }
  return text;
}

/** "12 Mar 2026" in the reader's time zone. */
export const formatDate = (at: Date) => formatted("day", at);

/** "12 Mar 2026, 09:12" in the reader's time zone. */
export const formatDateTime = (at: Date) => formatted("dayAndTime", at);

const dayNumber = (at: Date) => {
  const [year, month, day] = formatted("digits", at).split("-");
  return Date.UTC(Number(year), Number(month) - 1, Number(day)) / 86_400_000;
};

/** The number of the reader's present day: what `formatAgo` counts from. */
export const today = (): number => dayNumber(new Date());

/** "Today, 09:12", "Yesterday", "3 days ago" up to two months back, else the date. */
export function formatAgo(at: Date, now = new Date()): string {
  const days = dayNumber(now) - dayNumber(at);
  if (days <= 0) return t("Today, {time}", { time: formatted("time", at) });
  if (days === 1) return t("Yesterday");
  if (days <= 60) return t("{days, plural, one {# day ago} other {# days ago}}", { days });
  return formatDate(at);
}

const numbers = new Map<string, Intl.NumberFormat>();

/** "1,284" in the reader's language. */
export function formatNumber(value: number): string {
  const locale = conventions();
  let found = numbers.get(locale);
  if (!found) {
    found = new Intl.NumberFormat(locale);
    numbers.set(locale, found);
  }
  return found.format(value);
}

/** "Press and Events" in the reader's language. */
export const formatList = (words: string[]) => new Intl.ListFormat(language().locale).format(words);

const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

/** "812 kB", "3.4 GB" in the reader's language. */
export function formatBytes(bytes: number): string {
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** power;
  const style = { style: "unit", unit: units[power], unitDisplay: power === 0 ? "long" : "short" } as const;
  return new Intl.NumberFormat(conventions(), { ...style, maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
}
