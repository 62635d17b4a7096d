import { type SQL, sql } from "drizzle-orm";
import { db } from "../db/client.ts";
import { log } from "../log.ts";

/** A look at how things stand must not add to what is wrong: each question has so long, in milliseconds. */
const patience = 2000;

/** The rows of one question; undefined where the answer did not come in time, so that the page says so and shows the rest. */
export async function ask<Row extends Record<string, unknown>>(question: SQL): Promise<Row[] | undefined> {
  try {
    return await db.transaction(async (tx) => {
      await tx.execute(sql`select set_config('statement_timeout', ${String(patience)}, true)`);
      return [...(await tx.execute(question))] as unknown as Row[];
    });
  } catch (error) {
    log.warn({ err: error }, "a question about operations was not answered");
    return undefined;
  }
}

/** The same where there is one row. */
export const askOne = async <Row extends Record<string, unknown>>(question: SQL): Promise<Row | undefined> =>
  (await ask<Row>(question))?.[0];
