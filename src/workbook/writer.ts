import { t } from "../i18n/t.ts";
import type { OutCell } from "../xlsx-writing/cells.ts";
import { type DropDown, Spreadsheet } from "../xlsx-writing/spreadsheet.ts";
import { type SheetKind, sheets, templateVersion, versionLabel } from "./sheets.ts";

/** What helps somebody who fills a sheet in. */
export interface Help {
  dropDowns?: DropDown[];
  /** A note at each header, in their order. */
  notes?: readonly string[];
}

/** A workbook that is being written. */
export interface WorkbookWriter {
  /** Begins a sheet with its headers; `title` is A1 of an Account or mailbox sheet. */
  sheet(kind: SheetKind, name: string, title?: string, help?: Help): Promise<void>;
  /** Adds a row to it: cells of text only, in the order of the headers. */
  row(cells: readonly OutCell[]): Promise<void> | undefined;
  /** Adds the sheet "Read me" with the template version, and ends the workbook. */
  close(): Promise<void>;
}

/** What the sheet "Read me" says, in the reader's language; names of sheets stay as they are in the file. */
const about = (): [string, string][] => [
  ["Roles", t("The roles of the account, with their ids. For reading: nothing is created from this sheet.")],
  ["Permissions", t("The permissions that exist, with their codes. For reading as well.")],
  [
    "Users",
    t(
      "One row for each person. Everybody who is new needs a first name, a last name and an address in an active domain of the account. Y in the last column creates a personal mailbox; N or nothing does not.",
    ),
  ],
  [
    "Account",
    t(
      "Roles and permissions on the account. A1 holds the name and the id of the account and must stay. Several roles or permissions in a cell are separated by commas; a role is given by its id or its name, a permission by its code.",
    ),
  ],
  [t("Other sheets"), t("One for each mailbox, in the same shape. The id at the end of A1 says which mailbox it is.")],
  [
    t("People who are members already"),
    t(
      "A row on Account or on a mailbox's sheet sets exactly the roles and permissions of that row there; an empty cell takes them away. A row or a sheet that is not there changes nothing. Nobody is ever removed.",
    ),
  ],
  [t("Columns"), t("They are found by their headers and may be moved. Columns with other headers are not read.")],
  [t("Cells"), t("Text only: formulas, dates and errors are refused, and the sheet and the cell are named.")],
];

/**
 * Opens a workbook that `write` gets piece by piece: at constant memory, however many rows there are (A59–A67). It opens
 * on Users.
 */
export function openWorkbook(write: (chunk: Uint8Array) => Promise<void>): WorkbookWriter {
  const book = new Spreadsheet(write);
  const kinds: SheetKind[] = [];

  const begin: WorkbookWriter["sheet"] = async (kind, name, title, { dropDowns, notes = [] } = {}) => {
    const { headers, widths } = sheets[kind];
    kinds.push(kind);
    await book.sheet({ name, widths, frozen: title === undefined ? 1 : 2, dropDowns });
    if (title !== undefined) await book.row([title], "title");
    await book.row(
      headers.map((text, at) => ({ text, note: notes[at] })),
      "header",
    );
  };

  return {
    sheet: begin,
    row: (cells) => book.row(cells),
    async close() {
      await begin("notes", sheets.notes.name);
      await book.row([versionLabel, templateVersion]);
      for (const line of about()) await book.row(line, "prose");
      await book.close(Math.max(0, kinds.indexOf("users")));
    },
  };
}
