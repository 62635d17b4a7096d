import type { Cell, WorkbookEvent } from "../xlsx/events.ts";
import type { WorkbookLimits } from "../xlsx/limits.ts";
import { Unreadable, type UnreadableCode } from "../xlsx/unreadable.ts";
import type { Attributes, XmlReader } from "../xlsx-parts/xml.ts";
import { Areas, cellAt } from "./areas.ts";
import { RichText, type StringTable } from "./strings.ts";
import { refused, unescaped, valueOfType } from "./values.ts";

/** What all sheets of one workbook share while they are read. */
export interface Reading {
  limits: WorkbookLimits;
  strings: StringTable;
  hasStrings: boolean;
  dateStyles: boolean[];
  from1904: boolean;
  rows: number;
  emit(event: WorkbookEvent): void;
}

const types = ["n", "s", "inlineStr", "str", "b", "e", "d"];
/**
 * Reads one sheet as its XML comes. Rows and cells must stand in ascending order, each once; what is none of the elements
 * that may stand there is refused, because another program might read a row in it that this one would leave out (T80).
 */
export class SheetReader implements XmlReader {
  #book: Reading;
  #sheet: string;
  #section = "";
  #foundRows = false;
  #ended = false;
  #skipFrom = 0;
  #row = 0;
  #column = 0;
  #cells: Cell[] = [];
  #cell: Attributes = {};
  #in = "";
  #seen: Record<string, string | undefined> = {};
  #value = "";
  #rich: RichText;
  #areas: Areas;

  constructor(book: Reading, sheet: string) {
    this.#book = book;
    this.#sheet = sheet;
    this.#rich = new RichText(book.limits.cellCharacters);
    this.#areas = new Areas(book.limits, sheet);
  }

  #refuse(code: UnreadableCode, values: Record<string, string | number> = {}): never {
    throw new Unreadable(code, { sheet: this.#sheet, row: this.#row, ...values });
  }

  open(name: string, attributes: Attributes, depth: number): void {
    if (this.#skipFrom) return;
    if (depth === 1) {
      if (name !== "worksheet") this.#refuse("sheet_kind");
    } else if (depth === 2) {
      this.#section = name;
      if (name === "sheetData" && this.#foundRows) this.#refuse("damaged");
      this.#foundRows ||= name === "sheetData";
    } else if (this.#section === "sheetData") this.#openInRows(name, attributes, depth);
    else if (depth === 3 && name === "mergeCell") this.#areas.merge(attributes.ref ?? "");
    else if (depth === 3 && name === "dataValidation") this.#areas.validate(attributes.sqref ?? "");
  }

  #openInRows(name: string, attributes: Attributes, depth: number) {
    if (name === "extLst" && depth > 3) this.#skipFrom = depth;
    else if (depth === 3 && name === "row") this.#openRow(attributes.r);
    else if (depth === 4 && name === "c") this.#openCell(attributes);
    else if (depth === 5 && (name === "v" || name === "f" || name === "is")) {
      if (this.#seen[name] !== undefined) this.#refuse("damaged");
      this.#seen[name] = "";
      this.#in = name;
      this.#value = "";
      if (name === "is") this.#rich.begin();
      if (name === "f" && /^(array|dataTable)$/.test(attributes.t ?? "")) this.#areas.calculate(attributes.ref ?? "");
    } else if (depth > 5 && this.#in === "is") this.#rich.open(name);
    else this.#refuse("damaged");
  }

  text(text: string): void {
    if (this.#skipFrom || !this.#in) return;
    if (this.#in === "is") {
      this.#rich.text(text);
      return;
    }
    this.#value += text;
    const limit = this.#book.limits.cellCharacters;
    if (this.#value.length > limit) this.#refuse("long_text", { limit });
  }

  close(name: string, depth: number): void {
    if (this.#skipFrom) {
      if (this.#skipFrom === depth) this.#skipFrom = 0;
    } else if (depth === 1) {
      if (!this.#foundRows) this.#refuse("damaged");
      this.#ended = true;
    } else if (depth === 2) this.#section = "";
    else if (this.#section !== "sheetData") return;
    else if (depth === 3) this.#closeRow();
    else if (depth === 4) this.#closeCell();
    else if (depth === 5) {
      this.#seen[name] = name === "is" ? this.#rich.whole : this.#value;
      this.#in = "";
    } else this.#rich.close(name);
  }

  #openRow(r: string | undefined) {
    const { limits } = this.#book;
    const row = r === undefined ? this.#row + 1 : /^\d{1,10}$/.test(r) ? Number(r) : 0;
    if (row > limits.blankRowNumber) this.#refuse("row_number", { row, limit: limits.rowNumber });
    if (row <= this.#row) this.#refuse("row_order", { row });
    this.#row = row;
    this.#column = 0;
    this.#cells = [];
    this.#book.rows += 1;
    if (this.#book.rows > limits.rows) this.#refuse("too_many_rows", { limit: limits.rows });
  }

  #openCell(attributes: Attributes) {
    const { limits } = this.#book;
    const at = attributes.r === undefined ? { column: this.#column + 1, row: this.#row } : cellAt(attributes.r);
    if (!at || at.row !== this.#row || at.column <= this.#column) this.#refuse("row_order");
    if (at.column > limits.blankColumns) this.#refuse("too_many_columns", { limit: limits.columns });
    if (!types.includes(attributes.t ?? "n")) this.#refuse("damaged");
    this.#column = at.column;
    this.#cell = attributes;
    this.#seen = {};
  }

  #closeCell() {
    const cell = this.#read();
    if (cell === null || cell === "") return;
    const { limits } = this.#book;
    if (this.#column > limits.columns) this.#refuse("too_many_columns", { limit: limits.columns });
    while (this.#cells.length < this.#column - 1) this.#cells.push(null);
    this.#cells.push(cell);
  }

  #closeRow() {
    const { limits } = this.#book;
    if (this.#cells.length === 0) return;
    if (this.#row > limits.rowNumber) this.#refuse("row_number", { limit: limits.rowNumber });
    this.#book.emit({ type: "row", row: this.#row, cells: this.#cells });
  }

  #read(): Cell {
    const { v: value = "", f: formula, is } = this.#seen;
    if (formula !== undefined) return refused("formula", formula ? `=${formula}` : value);
    if (this.#areas.isCalculated(this.#row, this.#column)) return refused("formula", value);
    const { t: type = "n", s: style } = this.#cell;
    if (type === "inlineStr") return is ?? "";
    if (type === "str") return unescaped(value);
    const raw = value.trim();
    if (raw === "") return null;
    if (type !== "s")
      return valueOfType(type, raw, Boolean(this.#book.dateStyles[Number(style ?? 0)]), this.#book.from1904);
    if (!this.#book.hasStrings) this.#refuse("strings_missing");
    return (/^\d{1,9}$/.test(raw) ? this.#book.strings.at(Number(raw)) : undefined) ?? this.#refuse("bad_string");
  }

  /** Whether the sheet was there to its end. */
  get ended(): boolean {
    return this.#ended;
  }
}
