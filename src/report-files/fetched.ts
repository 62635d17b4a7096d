import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { readRecords } from "../db/records.ts";

/** Rows in one text, and texts in one step: a row of its own for each would cost both sides more than what is in it. */
const lot = 1000;
const together = 2;

/**
 * All rows of a statement that selects `row(…)::text` and the number of the row, from 1: in batches, in the order of the
 * numbers; the next one is fetched while one is in use.
 */
export async function* fetched(tx: Tx, statement: SQL): AsyncGenerator<(string | null)[][]> {
  const ofLot = sql.raw(`(l.nth - 1) / ${lot}`);
  await tx.execute(sql`
    declare sheet no scroll cursor for
    select string_agg(l.line, E'\n' order by l.nth) as lines from (${statement}) l (line, nth)
    group by ${ofLot} order by ${ofLot}`);
  // A promise of its own: Drizzle's would send the statement each time that somebody waits for it.
  const fetch = async () =>
    (await tx.execute(sql.raw(`fetch ${together} from sheet`))) as unknown as { lines: string }[];
  const next = () => {
    const lots = fetch();
    // Whoever stops in between never waits for it.
    lots.catch(() => {});
    return lots;
  };
  for (let coming = next(); ; ) {
    const lots = await coming;
    if (lots.length === 0) break;
    coming = next();
    for (const { lines } of lots) yield readRecords(lines);
  }
  await tx.execute(sql`close sheet`);
}

/** So many that a round trip counts for nothing, so few that two batches are no memory to speak of. */
const batch = 2000;

/**
 * All rows of a statement as plain columns, in batches and in its own order; the next one is fetched while one is in use. A
 * text of many rows would be put together and sorted before the first of them comes, at half of the database's time.
 */
export async function* fetchedRows<Row extends object>(tx: Tx, statement: SQL): AsyncGenerator<Row[]> {
  await tx.execute(sql`declare sheet no scroll cursor for ${statement}`);
  const fetch = async () => (await tx.execute(sql.raw(`fetch ${batch} from sheet`))) as unknown as Row[];
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
  }
  await tx.execute(sql`close sheet`);
}
