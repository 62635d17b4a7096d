import { AsyncLocalStorage } from "node:async_hooks";
import { IntlMessageFormat } from "intl-messageformat";
import { german } from "./german.ts";

export const locales = ["en", "de"] as const;
export type Locale = (typeof locales)[number];

export const localeNames: Record<Locale, string> = { en: "English", de: "Deutsch" };

interface Language {
  locale: Locale;
  timeZone: string;
  /** Whose formats of dates and numbers: a country, or empty for the usual ones of the language. */
  region: string;
  /** By its words, what was said: while sentences are kept. */
  said?: Map<string, Said>;
}

/** A sentence that is kept, to be said in the language of whoever reads it; what was a sentence among its values is one here. */
export interface Said {
  sentence: string;
  values?: Record<string, string | number | Said>;
}

type Values = Record<string, string | number | Date>;

const fallback: Language = { locale: "en", timeZone: "UTC", region: "" };
const current = new AsyncLocalStorage<Language>();
const catalogues: Partial<Record<Locale, Record<string, string>>> = { de: german };
/** Plurals, choices and quoting need the library; `{name}` alone does not. */
const complex = /\{\s*\w+\s*,|'[{}']/;
const placeholder = /\{(\w+)\}/g;
const compiled = new Map<string, IntlMessageFormat>();
/** Sentences with their values filled in: a list says "3 days ago" many times. */
const filled = new Map<string, string>();
const most = 5000;

export const language = (): Language => current.getStore() ?? fallback;

/** Runs `work` with all text, dates and numbers in that language: one request, or one mail. */
export const inLanguage = <T>(chosen: Partial<Language>, work: () => T): T =>
  current.run({ ...fallback, ...chosen }, work);

export const isLocale = (text: unknown): text is Locale => locales.includes(text as Locale);

/**
 * The sentence in the reader's language. The English sentence is the key; ICU MessageFormat fills in values and plurals.
 * A sentence without a translation stays English; a test fails for it.
 */
export function t(sentence: string, values?: Values): string {
  const words = write(sentence, values);
  const said = language().said;
  if (said) said.set(words, { sentence, values: values && kept(values) });
  return words;
}

/** Runs `work` and keeps what is said in it, for `saidAs`: what somebody reads later may be read in another language. */
export const keepingSentences = <T>(work: () => T): T => current.run({ ...language(), said: new Map() }, work);

/** What was said in these words, while sentences are kept; words that nobody said here stand for themselves. */
export const saidAs = (words: string): Said => language().said?.get(words) ?? { sentence: words };

/** A kept sentence in the reader's language. */
export const sayAgain = ({ sentence, values = {} }: Said): string =>
  t(
    sentence,
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, typeof value === "object" ? sayAgain(value) : value]),
    ),
  );

const kept = (values: Values): Said["values"] =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === "number" ? value : value instanceof Date ? value.toISOString() : (said(value) ?? value),
    ]),
  );

const said = (words: string) => language().said?.get(words);

function write(sentence: string, values?: Values): string {
  const { locale } = language();
  const text = catalogues[locale]?.[sentence] ?? sentence;
  if (!values && !text.includes("{")) return text;

  if (!complex.test(text)) return text.replace(placeholder, (whole, name: string) => String(values?.[name] ?? whole));
  const key = `${locale} ${text}`;
  const whole = `${key} ${JSON.stringify(values)}`;
  const known = filled.get(whole);
  if (known !== undefined) return known;

  let message = compiled.get(key);
  if (!message) {
    message = new IntlMessageFormat(text, locale, undefined, { ignoreTag: true });
    compiled.set(key, message);
  }
  const written = String(message.format(values));
  if (filled.size >= most) filled.clear();
  filled.set(whole, written);
  return written;
}
