import type { Cell, WorkbookEvent } from "../xlsx/events.ts";
import type { Entry, Problem, RightsEntry, UserEntry } from "./entries.ts";
import { begin, findColumns, isRightsHeader, type Known, readCell, readTitle, spot, textOf } from "./recognise.ts";
import { cellLimits, columnLetter, sheets, splitList, templateVersion, versionLabel, wordKey } from "./sheets.ts";

type Row = Extract<WorkbookEvent, { type: "row" }>;
type Said = Entry | Problem;

/**
 * Turns what the reader of the file says into entries, by the words of the headers. It keeps no rows: its memory does not
 * grow with the file. Roles and Permissions are for reading only: what an account has does not come from a file.
 */
export class EntryReader {
  #sheet: Known | undefined;
  #usersSeen = false;
  readonly #seen = new Set<string>();
  /** The sheets of mailboxes so far, with rows or without. */
  readonly mailboxes: { sheet: string; sheetNumber: number; mailboxId: string }[] = [];
  readonly #accountId: string;

  /** `accountId`: whose workbook it must be; another account's Account sheet refuses the file. */
  constructor(accountId: string) {
    this.#accountId = accountId;
  }

  /** What is known of the sheet that is being read. */
  get sheet(): Readonly<Known> | undefined {
    return this.#sheet;
  }

  /** The entries of a row, if it holds any, and what is wrong with it. */
  take(event: WorkbookEvent): Said[] {
    if (event.type === "row") return this.#sheet ? this.#row(this.#sheet, event) : [];
    const left = this.#leave();
    this.#sheet = begin(event.name, event.number);
    return [...left, ...this.#enter(this.#sheet)];
  }

  /** What can only be said when all has been read. */
  end(): Problem[] {
    const left = this.#leave();
    if (!this.#usersSeen) left.push({ tier: "file", code: "users_missing", value: sheets.users.name });
    return left;
  }

  #once(sheet: Known, what: string, code: string): Problem[] {
    if (!this.#seen.has(what)) {
      this.#seen.add(what);
      return [];
    }
    sheet.given = true;
    return [{ tier: "file", code, value: sheet.name, ...spot(sheet) }];
  }

  #enter(sheet: Known): Problem[] {
    if (sheet.kind === "users") this.#usersSeen = true;
    return sheet.kind && !forReading(sheet) ? this.#once(sheet, sheet.kind, "sheet_twice") : [];
  }

  /** The sheet is over: what it lacked. */
  #leave(): Problem[] {
    const sheet = this.#sheet;
    this.#sheet = undefined;
    if (!sheet || sheet.given || sheet.columns || forReading(sheet) || sheet.kind === "extra") return [];
    if (!sheet.kind)
      return sheet.filled ? [{ tier: "warning", code: "unknown_sheet", value: sheet.name, ...spot(sheet) }] : [];
    if (sheet.kind === "account" && !sheet.titled) return readTitle(sheet, [], 1, this.#accountId);
    return findColumns(
      sheet,
      sheet.kind,
      [],
      sheet.kind === "account" || sheet.kind === "mailbox" ? 2 : 1,
    ) as Problem[];
  }

  #row(sheet: Known, { row, cells }: Row): Said[] {
    if (sheet.given || sheet.kind === "extra" || cells.every((cell) => !textOf(cell))) return [];
    sheet.filled = true;
    if (forReading(sheet)) return this.#version(sheet, row, cells);
    if (!sheet.kind || ((sheet.kind === "account" || sheet.kind === "mailbox") && !sheet.titled)) {
      return this.#title(sheet, row, cells);
    }
    if (!sheet.columns) return this.#headers(sheet, row, cells);
    if (sheet.kind === "users") return userOf(sheet, sheet.columns, row, cells);
    if (sheet.kind === "account" || sheet.kind === "mailbox") return rightsOf(sheet, sheet.columns, row, cells);
    return [];
  }

  #title(sheet: Known, row: number, cells: Cell[]): Problem[] {
    const looked = sheet.titled;
    const found = looked ? [] : readTitle(sheet, cells, row, this.#accountId);
    sheet.given = found.length > 0;
    if (sheet.mailboxId) {
      this.mailboxes.push({ sheet: sheet.name, sheetNumber: sheet.number, mailboxId: sheet.mailboxId });
      return this.#once(sheet, sheet.mailboxId, "mailbox_twice");
    }
    if (sheet.kind) return found;
    // Not one of ours by its name or first cell: with our headers it is a mailbox's that lost its first row.
    if (isRightsHeader(cells)) {
      sheet.given = true;
      return [{ tier: "file", code: "title_missing", value: sheet.name, ...spot(sheet, 1, 0) }];
    }
    if (!looked) return [];
    sheet.kind = "extra";
    return [{ tier: "warning", code: "unknown_sheet", value: sheet.name, ...spot(sheet) }];
  }

  #headers(sheet: Known, row: number, cells: Cell[]): Problem[] {
    const found = findColumns(sheet, sheet.kind as "users", cells, row);
    if (found[0] instanceof Map) {
      sheet.columns = found[0];
      sheet.headerRow = row;
    } else sheet.given = true;
    return found.filter((each): each is Problem => !(each instanceof Map));
  }

  #version(sheet: Known, row: number, cells: Cell[]): Problem[] {
    if (sheet.kind !== "notes") return [];
    const version = textOf(cells[1]);
    if (wordKey(textOf(cells[0])) !== wordKey(versionLabel) || version === templateVersion) return [];
    const values = { version, known: templateVersion };
    return [{ tier: "file", code: "template_version", values, value: version, ...spot(sheet, row, 1) }];
  }
}

/** Ours, and nothing of it is taken in but the version. */
const forReading = ({ kind }: Known) => kind === "notes" || kind === "problems";

function userOf(sheet: Known, columns: Map<string, number>, row: number, cells: Cell[]): Said[] {
  const [first, last, address, personal] = sheets.users.headers.map((header) => columns.get(header)!) as [
    number,
    number,
    number,
    number,
  ];
  if ([first, last, address, personal].every((column) => !textOf(cells[column]))) return [];

  const problems: Problem[] = [];
  const read = (column: number, limit: number, code?: string) =>
    readCell(problems, spot(sheet, row, column), cells[column], limit, code);
  const email = read(address, cellLimits.cell);
  const firstName = read(first, cellLimits.name, "name_too_long") ?? textOf(cells[first]);
  const lastName = read(last, cellLimits.name, "name_too_long") ?? textOf(cells[last]);
  const wish = read(personal, cellLimits.cell);
  const word = wish?.toUpperCase();
  const personalMailbox = word === "Y" ? true : word === "N" || word === "" ? false : undefined;
  if (wish !== undefined && personalMailbox === undefined)
    problems.push({ tier: "file", code: "personal_mailbox_value", value: wish, ...spot(sheet, row, personal) });
  // One cell that is no text is one problem: the row is not looked at further.
  if (email === undefined) return problems;

  const columnsAt = { email: address, firstName: first, lastName: last, personalMailbox: personal };
  const user: UserEntry = {
    ...{ kind: "user", sheet: sheet.name, sheetNumber: sheet.number, row },
    ...{ email, firstName, lastName, personalMailbox },
    columns: lettered(columnsAt),
  };
  return [...problems, user];
}

function rightsOf(sheet: Known, columns: Map<string, number>, row: number, cells: Cell[]): Said[] {
  const [address, roles, permissions] = sheets.mailbox.headers.map((header) => columns.get(header)!) as [
    number,
    number,
    number,
  ];
  if ([address, roles, permissions].every((column) => !textOf(cells[column]))) return [];

  const problems: Problem[] = [];
  const read = (column: number, limit: number) => readCell(problems, spot(sheet, row, column), cells[column], limit);
  const email = read(address, cellLimits.cell);
  const given = read(roles, cellLimits.list);
  const single = read(permissions, cellLimits.list);
  if (email === undefined || given === undefined || single === undefined) return problems;

  const entry: RightsEntry = {
    ...{ kind: "rights", sheet: sheet.name, sheetNumber: sheet.number, row, email },
    ...{ mailboxId: sheet.mailboxId, roles: splitList(given), permissions: splitList(single) },
    columns: lettered({ email: address, roles, permissions }),
  };
  return [...problems, entry];
}

const lettered = <K extends string>(columns: Record<K, number>) =>
  Object.fromEntries(Object.entries<number>(columns).map(([field, at]) => [field, columnLetter(at)])) as Record<
    K,
    string
  >;
