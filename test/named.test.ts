import { randomUUID } from "node:crypto";
import { desc, eq, ilike, type SQL, sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { type Database, openDatabase } from "../src/db/client.ts";
import { planned } from "../src/db/named.ts";
import { events, mailboxes } from "../src/db/schema.ts";

/** How many statements with values its connection keeps under a name, after each of two runs of the work. */
async function keptBy(work: (opened: ReturnType<typeof openDatabase>) => Promise<unknown>): Promise<number[]> {
  const opened = openDatabase({ max: 1 });
  const kept: number[] = [];
  for (const _ of [1, 2]) {
    await work(opened);
    const [row] = await opened.db.execute<{ n: number }>(
      sql`select count(*)::int as n from pg_prepared_statements where cardinality(parameter_types) > 0`,
    );
    kept.push(row!.n);
  }
  await opened.client.end();
  return kept;
}

const look = (on: Pick<Database, "select">, where: SQL) => on.select().from(mailboxes).where(where);

test("a statement is made known once per connection, inside a transaction and outside", async () => {
  const press = eq(mailboxes.name, "Press");
  expect(await keptBy(({ db }) => look(db, press))).toEqual([1, 1]);
  expect(await keptBy(({ db }) => db.transaction((tx) => look(tx, press)))).toEqual([1, 1]);
});

test("what is searched by a pattern, or asks for it, is planned for its values each time", async () => {
  expect(await keptBy(({ db }) => look(db, ilike(mailboxes.name, "%press%")))).toEqual([0, 0]);
  expect(await keptBy(({ client }) => client.unsafe("select $1::int", [1], planned))).toEqual([0, 0]);
});

test("the newest of one owner are planned for that owner: a plan for any would walk the whole log for a quiet one", async () => {
  const newest = ({ db }: Pick<ReturnType<typeof openDatabase>, "db">, order: SQL) =>
    db.select().from(events).where(eq(events.accountId, randomUUID())).orderBy(order).limit(5);
  expect(await keptBy((opened) => newest(opened, desc(events.id)))).toEqual([0, 0]);
  expect(await keptBy((opened) => newest(opened, desc(events.at)))).toEqual([1, 1]);
});
