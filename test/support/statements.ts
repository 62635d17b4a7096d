import { clients } from "../../src/db/client.ts";

/** The statements that this process sends to the database while something runs, in their order. */
export async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const asked: string[] = [];
  const watch = (debug: unknown) => clients().map(({ options }) => Object.assign(options, { debug }));
  watch((_connection: number, statement: string) => asked.push(statement));
  try {
    await work();
  } finally {
    watch(false);
  }
  return asked;
}
