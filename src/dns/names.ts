/** Whether a DNS question can ask for this name at all: labels of 1 to 63 bytes, 253 in total, nothing but visible ASCII. */
export const isAskable = (name: string): boolean =>
  name === "." || (name.length <= 253 && /^[\x21-\x7e]+$/.test(name) && name.split(".").every(fits));

const fits = (label: string) => label.length > 0 && label.length <= 63;

/** Lower case and without the dot at the end, as names are compared. */
export const plainName = (name: string): string => name.toLowerCase().replace(/(?<=.)\.$/, "");

/** `sub.example.com` → itself, `example.com`, `com`, and `.` at last. */
export function withParents(name: string): string[] {
  const labels = name.split(".");
  return [...labels.map((_, index) => labels.slice(index).join(".")), "."];
}

/** Whether `name` is `zone` or lies below it. */
export const isWithin = (name: string, zone: string): boolean =>
  zone === "." || name === zone || name.endsWith(`.${zone}`);

/**
 * What a stranger wrote into DNS, fit to be stored, logged and shown: bytes that are no text, control characters and
 * invisible ones become visible escapes (Postgres takes no NUL in JSON, and a bidi override turns a page around).
 */
export const visible = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\u2028\u2029]/gu, (sign) => `\\u{${sign.codePointAt(0)!.toString(16)}}`);
