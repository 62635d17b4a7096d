import { cellXml, type Look, type OutCell } from "./cells.ts";
import { Pack } from "./pack.ts";
import {
  commentsXml,
  contentTypes,
  drawingXml,
  type Note,
  noteRelations,
  rootRelations,
  type SheetPart,
  workbookRelations,
  workbookXml,
} from "./parts.ts";
import { styleId, stylesXml } from "./styles.ts";

/** A list to choose from in the cells `range`. Not `strict`: it suggests, and takes anything. */
export interface DropDown {
  range: string;
  /** A list of words, or a range of cells: `Roles!$B$2:$B$9`. */
  from: readonly string[] | string;
  strict: boolean;
  hint: string;
}

/** How a sheet is laid out. */
export interface Layout {
  name: string;
  /** In characters; columns beyond have the program's own width. */
  widths?: readonly number[];
  /** So many rows stay in sight. */
  frozen?: number;
  dropDowns?: DropDown[];
}

/** Notes beyond these would grow with the file: what they say stands in a column too. */
const mostNotes = 1_000;

const letters: string[] = [];
const letter = (index: number): string =>
  (letters[index] ??=
    index < 26 ? String.fromCharCode(65 + index) : letter(Math.floor(index / 26) - 1) + letter(index % 26));

/** The quoted text of a rule: what it says, without what would end it. */
const attribute = (text: string) =>
  text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`).replace(/[\n\r\t]/g, " ");

/**
 * A workbook (ECMA-376) written as its rows come, at constant memory: cells of text in the line, no table of strings. No
 * package that writes streams knows `quotePrefix` (T71) or several sheets at constant memory.
 */
export class Spreadsheet {
  readonly #pack: Pack;
  readonly #sheets: SheetPart[] = [];
  #notes: Note[] = [];
  #dropDowns: DropDown[] = [];
  #row = 0;

  constructor(write: (chunk: Uint8Array) => Promise<void>) {
    this.#pack = new Pack(write);
    this.#pack.put("_rels/.rels", rootRelations);
  }

  /** Begins the next sheet. */
  async sheet({ name, widths = [], frozen = 0, dropDowns = [] }: Layout): Promise<void> {
    await this.#endSheet();
    this.#sheets.push({ name, notes: false });
    this.#dropDowns = dropDowns;
    this.#pack.begin(`xl/worksheets/sheet${this.#sheets.length}.xml`);
    const pane = `<pane ySplit="${frozen}" topLeftCell="A${frozen + 1}" activePane="bottomLeft" state="frozen"/><selection pane="bottomLeft" activeCell="A${frozen + 1}" sqref="A${frozen + 1}"/>`;
    const columns = widths.map(
      (width, at) =>
        `<col min="${at + 1}" max="${at + 1}" width="${width}" style="${styleId("plain")}" customWidth="1"/>`,
    );
    await this.#pack.add(
      '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">' +
        `<sheetViews><sheetView workbookViewId="0">${frozen ? pane : ""}</sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/>` +
        `${columns.length ? `<cols>${columns.join("")}</cols>` : ""}<sheetData>`,
    );
  }

  /** Adds a row, the next one or one further down. A promise where whoever writes has to wait. */
  row(cells: readonly OutCell[], look: Look = "plain", number = this.#row + 1): Promise<void> | undefined {
    if (number <= this.#row) throw new Error(`Row ${number} comes after row ${this.#row}.`);
    this.#row = number;
    let text = `<row r="${number}">`;
    for (let column = 0; column < cells.length; column++) {
      const cell = cells[column];
      if (cell === null || cell === undefined) continue;
      const reference = letter(column) + number;
      text += cellXml(reference, cell, look);
      if (typeof cell !== "string" && cell.note && this.#notes.length < mostNotes)
        this.#notes.push({ column, row: number - 1, reference, text: cell.note });
    }
    return this.#pack.add(`${text}</row>`);
  }

  async #endSheet() {
    const number = this.#sheets.length;
    if (!number) return;
    await this.#pack.add(
      `</sheetData>${this.#rules()}${this.#notes.length ? '<legacyDrawing r:id="rId2"/>' : ""}</worksheet>`,
    );
    await this.#pack.end();
    if (this.#notes.length) {
      this.#sheets[number - 1]!.notes = true;
      this.#pack.put(`xl/worksheets/_rels/sheet${number}.xml.rels`, noteRelations(number));
      this.#pack.put(`xl/comments${number}.xml`, commentsXml(this.#notes));
      this.#pack.put(`xl/drawings/vmlDrawing${number}.vml`, drawingXml(this.#notes));
    }
    this.#notes = [];
    this.#row = 0;
  }

  #rules() {
    if (!this.#dropDowns.length) return "";
    const rules = this.#dropDowns.map(({ range, from, strict, hint }) => {
      const list = attribute(typeof from === "string" ? from : `"${from.join(",")}"`);
      return (
        `<dataValidation type="list" allowBlank="1" showInputMessage="1" showErrorMessage="${strict ? 1 : 0}" errorTitle="Muster" error="${attribute(hint)}" ` +
        `promptTitle="Muster" prompt="${attribute(hint)}" sqref="${range}"><formula1>${list}</formula1></dataValidation>`
      );
    });
    return `<dataValidations count="${rules.length}">${rules.join("")}</dataValidations>`;
  }

  /** Ends the workbook; a program shows the sheet `active` first, counted from 0. */
  async close(active = 0): Promise<void> {
    await this.#endSheet();
    this.#pack.put("xl/workbook.xml", workbookXml(this.#sheets, Math.min(active, this.#sheets.length - 1)));
    this.#pack.put("xl/_rels/workbook.xml.rels", workbookRelations(this.#sheets));
    this.#pack.put("xl/styles.xml", stylesXml);
    this.#pack.put("[Content_Types].xml", contentTypes(this.#sheets));
    await this.#pack.close();
  }
}
