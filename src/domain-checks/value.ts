import type { ProofCode } from "../doctor/codes.ts";

const quotes = "\"'`´“”„‟‘’‚«»\\\\";
const outer = new RegExp(`^[${quotes}\\s]+|[${quotes}\\s]+$`, "gu");
const anyQuote = new RegExp(`[${quotes}]`, "gu");
/** White space, also as `visible` writes signs that nobody sees: a zero-width space that was copied along. */
const blank = /\s|\\u\{[0-9a-f]+\}/gu;

const plain = (text: string) => text.replace(blank, "").replace(anyQuote, "").toLowerCase();

/** Whether a text holds this token, however it was spoilt. */
export const mentions = (text: string, token: string): boolean => plain(text).includes(token);

/** Tokens of ours in a text, whoever they belong to. */
export const tokensIn = (text: string): string[] =>
  [...plain(text).matchAll(/token=([a-z0-9]{20,55})/g)].map((found) => found[1]!);

/** X8: how a value that should read `token=…` was spoilt; undefined where it is not about this token at all. */
export function spoilt(texts: string[], token: string): { code: ProofCode; found: string } | undefined {
  const right = `token=${token}`;
  for (const found of texts) {
    if (found === right) continue;
    const code = spoiltAlone(found, right, token);
    if (code) return { code, found };
  }
  return spoiltTogether(texts, right);
}

function spoiltAlone(found: string, right: string, token: string): ProofCode | undefined {
  const inside = found.replace(outer, "");
  if (inside === right) return anyMatch(found, anyQuote) ? "quotes_kept" : "spaces_or_case";
  if (plain(found) === right) return anyMatch(inside.replace(blank, ""), anyQuote) ? "split_strings" : "spaces_or_case";
  if (plain(found) === token) return "missing_prefix";
  return undefined;
}

const anyMatch = (text: string, pattern: RegExp) => text.match(pattern) !== null;

/** The value in several records, or only its beginning. */
function spoiltTogether(texts: string[], right: string): { code: ProofCode; found: string } | undefined {
  const parts = texts.filter((text) => plain(text).length > 3 && right.includes(plain(text)) && plain(text) !== right);
  const start = parts.find((text) => right.startsWith(plain(text)));
  if (!start) return undefined;
  let joined = plain(start);
  const used = [start];
  for (const part of parts.toSorted((a, b) => right.indexOf(plain(a)) - right.indexOf(plain(b)))) {
    if (used.includes(part) || !right.startsWith(joined + plain(part))) continue;
    joined += plain(part);
    used.push(part);
  }
  if (joined === right) return { code: "split_strings", found: used.join(" · ") };
  return joined.length > 10 ? { code: "cut_off", found: joined } : undefined;
}
