import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";

/** The tables of one check and the types of their columns, in order. They live as long as its transaction. */
const tables = {
  staged_sheets: {
    number: "int",
    name: "text",
    kind: "text",
    mailbox: "text",
    column_1: "text",
    column_2: "text",
    column_3: "text",
    column_4: "text",
  },
  staged_users: {
    sheet: "int",
    row: "int",
    email: "text",
    first_name: "text",
    last_name: "text",
    personal: "boolean",
  },
  staged_rights: { sheet: "int", row: "int", email: "text", cell: "int" },
  /** A pair of cells with roles and permissions, once for all rows that hold the same. */
  staged_cells: { id: "int", roles: "text", permissions: "text", items: "text[]" },
  staged_problems: {
    tier: "text",
    sheet: "text",
    sheet_number: "int",
    row: "int",
    col: "text",
    value: "text",
    code: "text",
    vals: "jsonb",
    email: "text",
  },
  staged_people: {
    position: "int",
    email: "text",
    sheet: "int",
    row: "int",
    first_name: "text",
    last_name: "text",
    personal: "boolean",
    user_id: "uuid",
    member_id: "uuid",
    status: "text",
    managed: "boolean",
    first_before: "text",
    last_before: "text",
    domain: "text",
  },
} as const;

export type Table = keyof typeof tables;

/** Makes them, empty, and two like those that keep what was found. */
export async function makeTables(tx: Tx): Promise<void> {
  for (const [name, columns] of Object.entries(tables)) {
    const list = Object.entries(columns).map(([column, type]) => `"${column}" ${type}`);
    await tx.execute(sql.raw(`create temp table ${name} (${list.join(", ")}) on commit drop`));
  }
  for (const what of ["people", "rights"])
    await tx.execute(
      sql.raw(`create temp table checked_${what} (like import_${what} including defaults) on commit drop`),
    );
}

/** Writes rows, in the order of the table's columns: one statement, whatever their number. */
export async function batch(tx: Tx, table: Table, rows: unknown[][]): Promise<void> {
  if (rows.length === 0) return;
  const types = Object.values(tables[table]) as string[];
  // A list of lists, of objects or of truths travels as the text of each.
  const sent = (type: string) => (type === "int" ? "int" : "text");
  const lists: SQL[] = types.map((type, index) => {
    const column = rows.map((row) => (typeof row[index] === "boolean" ? String(row[index]) : row[index]));
    return sql`${sql.param(column)}::${sql.raw(sent(type))}[]`;
  });
  const fields = types.map((type, index) => sql.raw(`f.f${index}::${type}`));
  const names = sql.raw(types.map((_, index) => `f${index}`).join(", "));
  const statement = sql`
    insert into ${sql.raw(table)} select ${sql.join(fields, sql`, `)}
    from unnest(${sql.join(lists, sql`, `)}) as f (${names})`;
  // The wrapped error names every value that was sent, and would fill the log.
  await tx.execute(statement).catch((error: { cause?: unknown }) => Promise.reject(error.cause ?? error));
}

/** A problem that a query finds: the columns of `staged_problems`, in order. */
export const problemsFrom = (tx: Tx, found: SQL): Promise<unknown> =>
  tx.execute(sql`insert into staged_problems (tier, sheet, sheet_number, row, col, value, code, vals, email) ${found}`);
