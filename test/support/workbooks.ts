import type { Entry, Problem } from "../../src/workbook/entries.ts";
import { EntryReader } from "../../src/workbook/read-entries.ts";
import { sheetNameFor, sheets, titleOf } from "../../src/workbook/sheets.ts";
import { openWorkbook } from "../../src/workbook/writer.ts";
import type { Cell } from "../../src/xlsx/events.ts";
import { readWorkbook } from "../../src/xlsx/read.ts";
import type { OutCell } from "../../src/xlsx-writing/cells.ts";

/** First name, last name, address, and Y, N or nothing. */
export type UserRow = OutCell[];
/** Address, roles, permissions. */
export type RightsRow = OutCell[];

export interface Wanted {
  /** Left out: no such sheet. */
  users?: UserRow[];
  account?: { id: string; name?: string; rows: RightsRow[] };
  mailboxes?: { id: string; name?: string; rows: RightsRow[] }[];
  roles?: OutCell[][];
  permissions?: OutCell[][];
}

/** A workbook as somebody would upload it, as the application itself writes them. */
export async function workbookOf({ users, account, mailboxes = [], roles, permissions }: Wanted): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const book = openWorkbook(async (chunk) => void chunks.push(chunk));
  const fill = async (rows: OutCell[][]) => {
    for (const row of rows) await book.row(row);
  };
  if (roles) await book.sheet("roles", sheets.roles.name);
  await fill(roles ?? []);
  if (permissions) await book.sheet("permissions", sheets.permissions.name);
  await fill(permissions ?? []);
  if (users) await book.sheet("users", sheets.users.name);
  await fill(users ?? []);
  if (account) await book.sheet("account", sheets.account.name, titleOf(account.name ?? "The account", account.id));
  await fill(account?.rows ?? []);
  const taken = new Set<string>();
  for (const { id, name = "Mailbox", rows } of mailboxes) {
    await book.sheet("mailbox", sheetNameFor(name, taken), titleOf(name, id));
    await fill(rows);
  }
  await book.close();
  return Buffer.concat(chunks);
}

/** A file's bytes as they arrive: in pieces. */
export async function* inPieces(bytes: Uint8Array, size = 64 * 1024): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** What stands in a workbook, as the application reads it: by the name of each sheet its rows by their numbers. */
export async function contentsOf(bytes: Uint8Array): Promise<Record<string, Record<number, Cell[]>>> {
  const found: Record<string, Record<number, Cell[]>> = {};
  let sheet: Record<number, Cell[]> = {};
  for await (const events of readWorkbook(inPieces(bytes))) {
    for (const event of events) {
      if (event.type === "sheet") sheet = found[event.name] = {};
      else sheet[event.row] = event.cells;
    }
  }
  return found;
}

/** What a workbook's entries are, as a check gets them. */
export async function entriesIn(bytes: Uint8Array, accountId: string): Promise<(Entry | Problem)[]> {
  const reader = new EntryReader(accountId);
  const said: (Entry | Problem)[] = [];
  for await (const events of readWorkbook(inPieces(bytes))) said.push(...events.flatMap((event) => reader.take(event)));
  return [...said, ...reader.end()];
}
