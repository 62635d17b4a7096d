import type { Cell } from "../xlsx/events.ts";

/** `_x0041_` stands for a character that XML cannot hold. For one piece of text: nothing is escaped across two. */
export const decoded = (piece: string): string =>
  piece.includes("_x")
    ? piece.replace(/_x([0-9A-Fa-f]{4})_/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : piece;

/** What the database cannot hold becomes �. */
export const sound = (text: string): string =>
  text.isWellFormed() && !text.includes("\0") ? text : text.toWellFormed().replaceAll("\0", "\ufffd");

/** Text in one piece. */
export const unescaped = (text: string): string => sound(decoded(text));

const number = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?$/;

/** A number as plain decimals with the 15 digits that a person sees: no exponent, no 0.30000000000000004. */
function plainNumber(raw: string): string | undefined {
  const value = number.test(raw) && raw.length < 400 ? Number(raw) : Number.NaN;
  if (!Number.isFinite(value)) return undefined;
  const seen = Number(value.toPrecision(15));
  const text = String(Object.is(seen, -0) ? 0 : seen);
  if (!text.includes("e")) return text;
  if (Number.isInteger(seen)) return BigInt(seen).toString();
  return seen.toFixed(20).replace(/0+$/, "").replace(/\.$/, "");
}

const day = 24 * 60 * 60 * 1000;

/** The day that a number stands for, as 2026-11-22 or 2026-11-22 17:30:00; what is no day stays the number. */
function dateText(raw: string, from1904: boolean): string {
  const value = number.test(raw) ? Number(raw) : Number.NaN;
  // The year 1900 has a 29th of February there; days before it are one further.
  const start = from1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, value < 60 ? 31 : 30);
  if (!(value >= 0 && value < 2_958_466)) return raw;
  const text = new Date(start + Math.round(value * 86_400) * 1000).toISOString();
  if (value < 1) return text.slice(11, 19);
  return value * day === Math.floor(value) * day ? text.slice(0, 10) : text.slice(0, 19).replace("T", " ");
}

/** Of what is refused: as much as a person needs to find it. */
const shown = 1_000;

/** A cell that holds no text, and what stands there. */
export const refused = (why: "formula" | "error" | "date" | "boolean", text: string): Cell => ({
  refused: why,
  text: unescaped(text).slice(0, shown),
});

/** A cell whose type in the file is none of those for text. */
export function valueOfType(type: string, raw: string, isDate: boolean, from1904: boolean): Cell {
  if (type === "b") return refused("boolean", raw === "0" || raw === "false" ? "FALSE" : "TRUE");
  if (type === "e") return refused("error", raw);
  if (type === "d") return refused("date", raw);
  if (isDate) return refused("date", dateText(raw, from1904));
  return plainNumber(raw) ?? refused("error", raw);
}
