import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { readRecords } from "../db/records.ts";

/** The batches of the cursor `sheet`, to its end: the next one is fetched while one is in use, which is empty when the next is asked for. */
async function* batches<Row extends object>(tx: Tx, size: number): AsyncGenerator<Row[]> {
  // A promise of its own: Drizzle's would send the statement each time that somebody waits for it.
  const fetch = async () => (await tx.execute(sql.raw(`fetch ${size} from sheet`))) as unknown as Row[];
  const next = () => {
    const rows = fetch();
    // Whoever stops in between never waits for it.
    rows.catch(() => {});
    return rows;
  };
  for (let coming = next(); ; ) {
    const rows = await coming;
    if (rows.length === 0) break;
    coming = next();
    yield rows;
    // A finished query leads to the next one's rows: what has grown old would keep all younger ones until the next full collection.
    rows.length = 0;
  }
  await tx.execute(sql`close sheet`);
}

/** Rows in one text, and texts in one step: a row of its own for each would cost both sides more than what is in it. */
const lot = 1000;
const together = 2;

/** All rows of a statement that selects `row(…)::text` and the number of the row, from 1: in batches, in the order of the numbers. */
export async function* fetched(tx: Tx, statement: SQL): AsyncGenerator<(string | null)[][]> {
  const ofLot = sql.raw(`(l.nth - 1) / ${lot}`);
  await tx.execute(sql`
    declare sheet no scroll cursor for
    select string_agg(l.line, E'\n' order by l.nth) as lines from (${statement}) l (line, nth)
    group by ${ofLot} order by ${ofLot}`);
  for await (const lots of batches<{ lines: string }>(tx, together))
    for (const { lines } of lots) yield readRecords(lines);
}

/** So many that a round trip counts for nothing, so few that two batches are no memory to speak of. */
const batch = 2000;

/**
 * All rows of a statement as plain columns, in batches and in its own order. A text of many rows would be put together and
 * sorted before the first of them comes, at half of the database's time.
 */
export async function* fetchedRows<Row extends object>(tx: Tx, statement: SQL): AsyncGenerator<Row[]> {
  await tx.execute(sql`declare sheet no scroll cursor for ${statement}`);
  yield* batches<Row>(tx, batch);
}
