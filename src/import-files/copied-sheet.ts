import type { Known } from "../workbook/recognise.ts";
import { textOf } from "../workbook/recognise.ts";
import { columnLetter, resultHeaders, type SheetKind, sheets, wordKey } from "../workbook/sheets.ts";
import type { Cell } from "../xlsx/events.ts";
import type { Look, MarkedCell, OutCell } from "../xlsx-writing/cells.ts";
import type { Spreadsheet } from "../xlsx-writing/spreadsheet.ts";

/** A row of the file, and what is to be said of it. */
export interface SaidRow {
  row: number;
  cells: Cell[];
  result: string;
  /** What is wrong with the row, cell by cell (A, B, …; null: the row). */
  faults: { column: string | null; words: string; look: Look }[];
  failed: boolean;
}

/** So many rows are held back until the headers are found, or it is clear that there are none. */
const patience = 50;

const isUsers = ({ kind }: Known) => kind === "users" || kind === "account" || kind === "mailbox";

/** Writes one sheet of an uploaded workbook again, with the columns Result and Problem, all its rows or those that failed. */
export class CopiedSheet {
  failedRows = 0;
  readonly #book: Spreadsheet;
  readonly #known: Readonly<Known>;
  readonly #onlyFailed: boolean;
  #waiting: SaidRow[] | undefined = [];
  /** Where Result and Problem stand, once the headers are known. */
  #result = -1;
  #problem = -1;

  constructor(book: Spreadsheet, known: Readonly<Known>, onlyFailed: boolean) {
    this.#book = book;
    this.#known = known;
    this.#onlyFailed = onlyFailed;
  }

  /** Ours are written anew, and among the rows that failed there is no place for a sheet that is not read. */
  get #leftOut() {
    const { kind, filled } = this.#known;
    return kind === "problems" || (this.#onlyFailed && (kind === "extra" || (!kind && filled)));
  }

  async row(said: SaidRow): Promise<void> {
    if (!this.#waiting) return this.#write(said);
    this.#waiting.push(said);
    const { headerRow, given, kind } = this.#known;
    if (
      (headerRow !== null && said.row >= headerRow) ||
      given ||
      (kind && !isUsers(this.#known)) ||
      this.#waiting.length >= patience
    )
      await this.end();
  }

  /** Begins to write, or when nothing more comes: writes a sheet that holds little. */
  async end(): Promise<void> {
    const rows = this.#waiting;
    this.#waiting = undefined;
    if (!rows || this.#leftOut) return;
    await this.#book.sheet({ name: this.#known.name, widths: this.#layOut(rows), frozen: this.#frozen });
    for (const row of rows) await this.#write(row);
  }

  get #frozen() {
    const { kind, headerRow } = this.#known;
    if (headerRow !== null) return this.#onlyFailed ? (kind === "users" ? 1 : 2) : headerRow;
    return 0;
  }

  #layOut(rows: SaidRow[]): number[] {
    const { kind, headerRow } = this.#known;
    const ours = kind && kind !== "extra" ? sheets[kind as SheetKind] : undefined;
    const headers = rows.find(({ row }) => row === headerRow)?.cells ?? [];
    const keys = headers.map((cell) => wordKey(textOf(cell)));
    if (headerRow !== null && isUsers(this.#known)) {
      const [result, problem] = resultHeaders.map((header) => keys.indexOf(wordKey(header))) as [number, number];
      this.#result = result >= 0 ? result : keys.length;
      this.#problem = problem >= 0 ? problem : Math.max(keys.length, this.#result + 1);
    }
    if (!headers.length) return [...(ours?.widths ?? [])];
    const length = Math.max(keys.length, this.#problem + 1);
    return Array.from({ length }, (_, at) => {
      if (at === this.#result) return 16;
      if (at === this.#problem) return 80;
      const known = ours?.headers.findIndex((header) => wordKey(header) === keys[at]) ?? -1;
      return ours?.widths[known] ?? 20;
    });
  }

  async #write(said: SaidRow): Promise<void> {
    if (this.#leftOut) return;
    const { headerRow } = this.#known;
    const data = isUsers(this.#known) && headerRow !== null && said.row > headerRow;
    if (data && said.failed) this.failedRows += 1;
    if (data && this.#onlyFailed && !said.failed) return;
    const look: Look =
      headerRow === null || said.row > headerRow ? "plain" : said.row === headerRow ? "header" : "title";
    await this.#book.row(this.#marked(said, data), look, this.#onlyFailed ? undefined : said.row);
  }

  #marked({ row, cells, result, faults }: SaidRow, data: boolean): OutCell[] {
    const out: OutCell[] = cells.map((cell) =>
      cell && typeof cell === "object" ? { text: cell.text, look: "bad" } : cell,
    );
    if (row === this.#known.headerRow && this.#result >= 0) {
      out[this.#result] = resultHeaders[0];
      out[this.#problem] = resultHeaders[1];
    }
    if (data) {
      const words = [...new Set(faults.map((fault) => fault.words))].join(" ");
      out[this.#result] = result || null;
      out[this.#problem] = words || null;
    }
    for (const { column, words, look } of faults) {
      const at = column ? columnIndex(column) : -1;
      if (at < 0) continue;
      const there = out[at];
      const before: MarkedCell = there && typeof there === "object" ? there : { text: there ?? "" };
      out[at] = { ...before, look, note: before.note ? `${before.note}\n${words}` : words };
    }
    return Array.from(out, (cell) => cell ?? null);
  }
}

const indexes = new Map(Array.from({ length: 200 }, (_, at) => [columnLetter(at), at]));
const columnIndex = (letters: string): number => indexes.get(letters) ?? -1;
