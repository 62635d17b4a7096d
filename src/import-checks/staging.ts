import { sql } from "drizzle-orm";
import { canonicalAddress } from "../access/address.ts";
import type { Tx } from "../db/client.ts";
import type { ProblemTier } from "../db/schema.ts";
import type { Entry, Problem, RightsEntry, UserEntry } from "../workbook/entries.ts";
import type { Understood, Vocabulary } from "./cells.ts";
import type { TitledSheet } from "./judge.ts";
import { batch, makeTables } from "./tables.ts";

/** Rows that travel to the database together. */
const together = 1000;
/** Distinct pairs of cells that are remembered; most files have a handful, and one that has more costs time, not memory. */
const remembered = { pairs: 5000, characters: 4_000_000 };
/** Problems of each tier that are kept for the list, twice what it holds; the rest is counted, so that no disk is filled. */
const mostProblems = 20_000;

const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
const cut = (text: string, most = 200) => [...text].slice(0, most).join("");
const columnOf = { roles: "roles", permissions: "permissions" } as const;

/**
 * What stands in a workbook, on its way into tables of this transaction alone: in batches, so that memory does not grow with
 * the file. Everything that can be said about a cell by itself is said here; what needs other rows is judged there.
 */
export class Staging {
  private users: unknown[][] = [];
  private rights: unknown[][] = [];
  private cells: unknown[][] = [];
  private problems: unknown[][] = [];
  private known = new Map<string, { id: number; understood: Understood }>();
  private knownCharacters = 0;
  private cellCount = 0;
  private sheets = new Map<number, { name: string; kind: string; mailbox: string | null; columns: string[] }>();
  private tx: Tx;
  private vocabulary: Vocabulary;
  /** Problems of each tier so far, kept or not. */
  private met: Record<ProblemTier, number> = { file: 0, address: 0, warning: 0 };
  /** Rows of the Users sheet, and of all sheets. */
  userRows = 0;
  rows = 0;

  constructor(tx: Tx, vocabulary: Vocabulary) {
    this.tx = tx;
    this.vocabulary = vocabulary;
  }

  /** Makes the tables; they go with the transaction. */
  static async open(tx: Tx, vocabulary: Vocabulary): Promise<Staging> {
    await makeTables(tx);
    return new Staging(tx, vocabulary);
  }

  /** Takes what stood in some rows. */
  async take(all: (Entry | Problem)[]): Promise<void> {
    for (const one of all) {
      if (!("kind" in one)) this.problem(one);
      else if (one.kind === "user") this.user(one);
      else this.right(one);
    }
    if (this.users.length + this.rights.length + this.problems.length + this.cells.length >= together)
      await this.flush();
  }

  /** A mailbox's sheet, which may hold no rows: whose it is, is looked at all the same. */
  title({ sheet, sheetNumber, mailboxId }: TitledSheet): void {
    if (!this.sheets.has(sheetNumber))
      this.sheets.set(sheetNumber, { name: sheet, kind: "mailbox", mailbox: mailboxId, columns: ["A", "B", "C", ""] });
  }

  /** The last batch, the sheets, and what the database should know about the tables before it is asked. */
  async close(): Promise<void> {
    await this.flush();
    const sheets = [...this.sheets].map(([number, { name, kind, mailbox, columns }]) => [
      number,
      name,
      kind,
      mailbox,
      ...columns,
    ]);
    await batch(this.tx, "staged_sheets", sheets);
    await this.tx.execute(
      sql`analyze staged_users (email), staged_rights (sheet, email, cell), staged_cells (id), staged_sheets`,
    );
  }

  /** How many problems of a tier were met here and not kept. */
  leftOut(tier: ProblemTier): number {
    return Math.max(0, this.met[tier] - mostProblems);
  }

  /** The ids that stand on the sheets of mailboxes; at most as many as a workbook may have sheets. */
  mailboxIds(): string[] {
    return [...this.sheets.values()].flatMap(({ mailbox }) => mailbox ?? []);
  }

  /** Something that is wrong, with the cell cut to what is kept of it. */
  problem({ tier, code, values = {}, value = "", email, ...spot }: Problem): void {
    this.met[tier]++;
    if (this.met[tier] > mostProblems) return;
    this.problems.push([
      tier,
      spot.sheet ?? "",
      spot.sheetNumber ?? null,
      spot.row ?? null,
      spot.column ?? null,
      cut(value),
      code,
      JSON.stringify(values),
      email ?? null,
    ]);
  }

  private user(entry: UserEntry): void {
    this.rows++;
    this.userRows++;
    const { sheet, sheetNumber, row, columns } = entry;
    const at = { sheet, sheetNumber, row };
    const { email, firstName, lastName, personalMailbox } = columns;
    this.sheet(entry, "users", null, [email, firstName, lastName, personalMailbox]);
    const address = canonicalAddress(entry.email);
    if (!address) {
      const code = entry.email.trim() === "" ? "address_missing" : "address_malformed";
      this.problem({ tier: "file", code, ...at, column: email, value: entry.email });
      return;
    }
    for (const [column, name] of [
      [firstName, entry.firstName],
      [lastName, entry.lastName],
    ] as const) {
      if (control.test(name.trim()))
        this.problem({ tier: "file", code: "name_unreadable", ...at, column, value: name, email: address });
    }
    const names = [entry.firstName, entry.lastName].map((name) => cut(name.trim().normalize("NFC"), 100));
    this.users.push([sheetNumber, row, address, ...names, entry.personalMailbox ?? false]);
  }

  private right(entry: RightsEntry): void {
    this.rows++;
    const { sheet, sheetNumber, row, mailboxId, columns } = entry;
    this.sheet(entry, mailboxId === null ? "account" : "mailbox", mailboxId, [
      columns.email,
      columns.roles,
      columns.permissions,
      "",
    ]);
    const at = { sheet, sheetNumber, row };
    const { id, understood } = this.cell(entry);
    const email = canonicalAddress(entry.email);
    const texts = { roles: entry.roles.join(", "), permissions: entry.permissions.join(", ") };
    for (const { in: where, code, values } of understood.faults) {
      const column = columns[columnOf[where]];
      this.problem({ tier: "file", code, values, ...at, column, value: texts[where], email });
    }
    if (email) this.rights.push([sheetNumber, row, email, id]);
    else {
      const code = entry.email.trim() === "" ? "address_missing" : "address_malformed";
      this.problem({ tier: "address", code, ...at, column: columns.email, value: entry.email });
    }
  }

  private cell({ mailboxId, roles, permissions }: RightsEntry) {
    const level = mailboxId === null ? "account" : "mailbox";
    const key = JSON.stringify([level, roles, permissions]);
    const found = this.known.get(key);
    if (found) return found;
    this.knownCharacters += key.length;
    if (this.known.size >= remembered.pairs || this.knownCharacters > remembered.characters) {
      this.known.clear();
      this.knownCharacters = key.length;
    }
    const understood = this.vocabulary.understand(level, roles, permissions);
    const made = { id: ++this.cellCount, understood };
    this.known.set(key, made);
    this.cells.push([made.id, cut(roles.join(", ")), cut(permissions.join(", ")), `{${understood.items.join(",")}}`]);
    return made;
  }

  private sheet(entry: Entry, kind: string, mailbox: string | null, columns: string[]): void {
    if (!this.sheets.has(entry.sheetNumber))
      this.sheets.set(entry.sheetNumber, { name: entry.sheet, kind, mailbox, columns });
  }

  private async flush(): Promise<void> {
    const { users, rights, cells, problems } = this;
    [this.users, this.rights, this.cells, this.problems] = [[], [], [], []];
    await batch(this.tx, "staged_cells", cells);
    await batch(this.tx, "staged_users", users);
    await batch(this.tx, "staged_rights", rights);
    await batch(this.tx, "staged_problems", problems);
  }
}
