import { sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { db, type Tx } from "../db/client.ts";
import type { Entry, Problem } from "../workbook/entries.ts";
import { Vocabulary } from "./cells.ts";
import { gatherPeople, judgePeople, writePeople } from "./judge-people.ts";
import { judgeSheets, writeRights } from "./judge-rights.ts";
import { judgePolicy, settle } from "./settle.ts";
import { Staging } from "./staging.ts";
import { type Import, move } from "./take-up.ts";

/** A mailbox's sheet, as it stands in the file. */
export interface TitledSheet {
  sheet: string;
  sheetNumber: number;
  /** As it stands in A1. */
  mailboxId: string;
}

/** What a file says, batch by batch; at its end the sheets of mailboxes that it has, with rows or without. */
export type Said = AsyncGenerator<(Entry | Problem)[], TitledSheet[]>;

/** How often the page is told how far the reading is. */
const tellEvery = 1000;

/**
 * Puts what the file says into tables of this transaction, then judges it there, in statements about all of it: nothing in
 * this process grows with the file. The findings come with the commit, or not at all.
 */
export function judge(run: Import, actor: Actor, said: Said): Promise<void> {
  return db.transaction(async (tx) => {
    // Between two batches the reader may take its time; its own limits end it.
    await tx.execute(sql`set local idle_in_transaction_session_timeout = '5min'`);
    await tx.execute(sql`set local work_mem = '32MB'`);
    const staging = await stage(tx, run, said);
    await judgeSheets(tx, run.accountId, staging.mailboxIds());
    await gatherPeople(tx, run.accountId);
    await judgePeople(tx, actor);
    await writePeople(tx, run.id);
    await writeRights(tx, run.id);
    await judgePolicy(tx, actor);
    await settle(tx, run, staging);
  });
}

async function stage(tx: Tx, run: Import, said: Said): Promise<Staging> {
  const staging = await Staging.open(tx, await Vocabulary.of(tx, run.accountId));
  try {
    await readAll(staging, run, said);
  } finally {
    // Where something failed here, the reader does not know yet, and would go on.
    await said.return([]);
  }
  await staging.close();
  await move(run, staging.rows, staging.rows);
  return staging;
}

async function readAll(staging: Staging, run: Import, said: Said): Promise<void> {
  let told = Date.now();
  for (let next = await said.next(); ; next = await said.next()) {
    if (next.done) {
      for (const sheet of next.value) staging.title(sheet);
      return;
    }
    await staging.take(next.value);
    if (Date.now() - told < tellEvery) continue;
    told = Date.now();
    await move(run, staging.rows);
  }
}
