import { styleId } from "./styles.ts";

/** A cell with more than its text: how it looks, and a note that a reader sees when pointing at it. */
export interface MarkedCell {
  text: string;
  look?: Look;
  note?: string;
}

export type Look = "plain" | "title" | "header" | "bad" | "warned" | "prose";
export type OutCell = string | null | undefined | MarkedCell;

const special = /[&<>"\u0000-\u001f\ufffe\uffff]|_(?=x[0-9a-f]{4}_)/gi;
const named: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "\n", "\t": "\t" };

/** Text as it stands in a part: what XML cannot hold is written in the format's own way (ECMA-376, ST_Xstring). */
export function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(special, (sign) => named[sign] ?? `_x${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}_`);
}

/** T71: what a spreadsheet would take for a formula if somebody edited the cell. Full-width signs count. */
const formulaLike = /^\s*[=+\-@\t\r\n＝＋－＠]/;

/** A cell of text, never a formula. */
export function cellXml(reference: string, cell: OutCell, look: Look): string {
  if (cell === null || cell === undefined) return "";
  const text = typeof cell === "string" ? cell : cell.text;
  const style = styleId((typeof cell === "string" ? undefined : cell.look) ?? look, formulaLike.test(text));
  if (!text) return style ? `<c r="${reference}" s="${style}"/>` : "";
  return `<c r="${reference}" s="${style}" t="inlineStr"><is><t xml:space="preserve">${escaped(text)}</t></is></c>`;
}
