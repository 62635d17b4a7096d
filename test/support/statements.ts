import type { Sql } from "postgres";
import { db } from "../../src/db/client.ts";

/** The statements that this process sends to the database while something runs, in their order. */
export async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const asked: string[] = [];
  const { options } = (db as unknown as { session: { client: Sql } }).session.client;
  Object.assign(options, { debug: (_connection: number, statement: string) => asked.push(statement) });
  try {
    await work();
  } finally {
    Object.assign(options, { debug: false });
  }
  return asked;
}
