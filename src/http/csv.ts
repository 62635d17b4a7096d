/**
 * One line of CSV (RFC 4180): every cell quoted. A cell that a spreadsheet would take for a formula gets an apostrophe
 * before it, whatever blanks it begins with and however wide its sign is (T71).
 */
export const csvLine = (cells: string[]): string => `${cells.map(cell).join(",")}\r\n`;

const cell = (text: string) =>
  `"${(/^(?:\s*[=+\-@＝＋－＠]|[\t\r\n])/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
