import type { Cell } from "../xlsx/events.ts";
import type { Problem, Spot } from "./entries.ts";
import { columnLetter, idInTitle, kindOfName, type SheetKind, sheets, wordKey } from "./sheets.ts";

/** Where each header of the sheet stands: the index of its column, by the header's words. */
export type Columns = Map<string, number>;

/** What is known of the sheet that is being read. */
export interface Known {
  name: string;
  number: number;
  /** Undefined until the first rows have told; `extra` is none of ours. */
  kind: SheetKind | "extra" | undefined;
  mailboxId: string | null;
  titled: boolean;
  columns: Columns | undefined;
  headerRow: number | null;
  /** Whether anything stood on it. */
  filled: boolean;
  /** Nothing of it is read any more: a problem has been said. */
  given: boolean;
}

/** Text of a cell as it is compared: what was refused counts by what stands there. */
export const textOf = (cell: Cell | undefined): string => (typeof cell === "string" ? cell : (cell?.text ?? "")).trim();

export const begin = (name: string, number: number): Known => ({
  name,
  number,
  kind: kindOfName(name),
  mailboxId: null,
  titled: false,
  columns: undefined,
  headerRow: null,
  filled: false,
  given: false,
});

/** Where on a sheet something is. */
export const spot = (sheet: Known, row: number | null = null, column: number | null = null): Spot => ({
  sheet: sheet.name,
  sheetNumber: sheet.number,
  row,
  column: column === null ? null : columnLetter(column),
});

const hasHeaders = (cells: Cell[], wanted: readonly string[]) => {
  const there = new Set(cells.map((cell) => wordKey(textOf(cell))));
  return wanted.every((header) => there.has(wordKey(header)));
};

/** Whether this is the row of headers of an Account or mailbox sheet. */
export const isRightsHeader = (cells: Cell[]): boolean => hasHeaders(cells, sheets.mailbox.headers);

/** Finds the headers in their row; each that is missing or stands there twice refuses the file. */
export function findColumns(sheet: Known, kind: SheetKind, cells: Cell[], row: number): (Columns | Problem)[] {
  const keys = cells.map((cell) => wordKey(textOf(cell)));
  const columns: Columns = new Map();
  const problems = sheets[kind].headers.flatMap((header): Problem[] => {
    const first = keys.indexOf(wordKey(header));
    const again = keys.indexOf(wordKey(header), first + 1);
    if (first < 0) return [{ tier: "file", code: "header_missing", values: { header }, ...spot(sheet, row) }];
    columns.set(header, first);
    if (again < 0) return [];
    return [{ tier: "file", code: "header_twice", values: { header }, value: header, ...spot(sheet, row, again) }];
  });
  return problems.length > 0 ? problems : [columns];
}

/** Reads A1 of an Account or mailbox sheet: whose sheet it is. */
export function readTitle(sheet: Known, cells: Cell[], row: number, accountId: string): Problem[] {
  const title = textOf(cells[0]);
  const id = row === 1 ? idInTitle(title) : undefined;
  sheet.titled = true;
  if (sheet.kind === "account") {
    if (!id) return [{ tier: "file", code: "account_title_missing", value: title, ...spot(sheet, 1, 0) }];
    if (id !== accountId.toLowerCase())
      return [{ tier: "file", code: "foreign_account", value: title, ...spot(sheet, 1, 0) }];
    return [];
  }
  if (id) {
    sheet.kind = "mailbox";
    sheet.mailboxId = id;
  }
  return [];
}

/**
 * The text of a cell, without the blanks around it and cut to its limit; undefined where what stands there cannot be taken
 * as text. `problems` gets what is wrong with it.
 */
export function readCell(
  problems: Problem[],
  at: Spot,
  cell: Cell | undefined,
  limit: number,
  tooLong = "cell_too_long",
): string | undefined {
  if (cell && typeof cell === "object") {
    problems.push({ tier: "file", code: `cell_${cell.refused}`, value: cell.text.slice(0, 200), ...at });
    return undefined;
  }
  const text = (cell ?? "").trim();
  if ([...text.slice(0, limit * 2)].length <= limit && text.length <= limit * 2) return text;
  problems.push({ tier: "file", code: tooLong, values: { limit: String(limit) }, value: text.slice(0, 200), ...at });
  return text.slice(0, limit).toWellFormed();
}
