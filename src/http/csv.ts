/**
 * One line of CSV (RFC 4180): every cell quoted. A cell that a spreadsheet would take for a formula gets an apostrophe
 * before it, whatever blanks it begins with and however wide its sign is (T71). So does what follows a semicolon: in
 * countries with a decimal comma spreadsheets divide lines there, whatever is quoted.
 */
export const csvLine = (cells: string[]): string => `${cells.map(cell).join(",")}\r\n`;

/** The first line, after the mark (`bom`) that Excel knows UTF-8 by: without it, it spoils what is not English. */
export const csvHead = (cells: string[], bom = true): string => (bom ? "\uFEFF" : "") + csvLine(cells);

const begins = /^(?=\s*[=+\-@＝＋－＠]|[\t\r\n])/;
const divided = /(?<=;)(?=\s*[=+\-@＝＋－＠])/g;
/** Whatever any of these could change: most cells are none of it, and a report has a million. */
const delicate = /^[\s=+\-@＝＋－＠]|[";]/;
const cell = (text: string) =>
  delicate.test(text) ? `"${text.replace(divided, "'").replace(begins, "'").replaceAll('"', '""')}"` : `"${text}"`;
