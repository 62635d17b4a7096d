import { german } from "../../src/i18n/german.ts";
import { atEndOfFile } from "./endings.ts";

/**
 * Turns the German catalogue into a mirror: every sentence that went through `t(…)` and stands in the catalogue comes
 * out in brackets. What is left outside of brackets on a German page is text that nobody translates. The next file of the
 * process reads German again.
 */
export function mirrorGerman(): void {
  const spoken = { ...german };
  atEndOfFile(() => Object.assign(german, spoken));
  for (const sentence of Object.keys(german)) german[sentence] = `⟦${sentence}⟧`;
}

const plain = (text: string) =>
  text
    .replace(/&#34;|&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&nbsp;/g, " ")
    .replace(/&amp;/g, "&");

/** Everything that a page says to people: its text, and what is read out or shown on hovering. */
export function wordsOf(html: string): string[] {
  // What stands in every language as it is (records, keys, host names) says so itself.
  const said = html.replace(/<(\w+)\b[^>]*\stranslate="no"[^>]*>[\s\S]*?<\/\1>/g, " ");
  const body = said.replace(/<(script|style|svg|head)\b[\s\S]*?<\/\1>/g, (whole, tag: string) =>
    tag === "head" ? (whole.match(/<title>[^<]*<\/title>/)?.[0] ?? "") : "",
  );
  const attributes = [
    ...body.matchAll(/\s(?:title|aria-label|placeholder|alt|data-copied|data-confirm)="([^"]*)"/g),
  ].map(([, value]) => value!);
  const nodes = body
    // A sentence may be broken up by a value in bold; the brackets of the whole still close around it.
    .replace(/<\/?(strong|em|b|i|code|time|bdi|span|a|small)\b[^>]*>/g, (tag) =>
      /^<(span|a|small|time)|^<\//.test(tag) ? "\n" : " ",
    )
    .replace(/<[^>]+>/g, "\n")
    .split("\n");
  return [...attributes, ...nodes].map((text) => plain(text).trim()).filter(Boolean);
}

/** What was found in which text. Pages repeat each other's words, and the list of what is known is long. */
const found = new WeakMap<string[], Map<string, string>>();

/** What of a text is in no bracket, and is no number, date, address or name from the given list (the same array each time). */
export function untranslated(text: string, data: string[]): string {
  const before = found.get(data) ?? new Map<string, string>();
  found.set(data, before);
  if (!before.has(text)) before.set(text, strayIn(text, data));
  return before.get(text)!;
}

const words = /\p{L}{2,}/u;

function strayIn(text: string, data: string[]): string {
  let rest = text;
  for (let before = ""; before !== rest; ) {
    before = rest;
    rest = rest.replace(/⟦[^⟦⟧]*⟧/g, " ");
  }
  if (!words.test(rest)) return "";
  // Whole addresses first: what is known may be a part of one.
  rest = rest.replace(/https?:\/\/\S+/g, " ").replace(/\S+@\S+/g, " ");
  for (const known of data) rest = rest.replaceAll(known, " ");
  rest = rest
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, " ")
    .replace(/\d{1,2}\. [A-Za-zä]{3,9}\.? \d{4}/g, " ")
    .replace(/\bMuster\b/g, " ");
  return words.test(rest) ? rest.trim() : "";
}
