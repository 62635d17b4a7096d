import { readFileSync } from "node:fs";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { accounts } from "../src/db/schema.ts";

const made = async (id: string) => {
  const [row] = await db.execute<{ version: number; age: number }>(sql`
    select uuid_extract_version(${id}::uuid) as version,
      extract(epoch from clock_timestamp() - uuid_extract_timestamp(${id}::uuid))::float8 as age`);
  return row!;
};

test("rows stand in the order in which they were made", async () => {
  const ids: string[] = [];
  for (let n = 0; n < 50; n++) {
    const [row] = await db
      .insert(accounts)
      .values({ name: "In order", kind: "company" })
      .returning({ id: accounts.id });
    ids.push(row!.id);
  }
  expect(ids).toEqual([...ids].sort());
  const { version, age } = await made(ids[0]!);
  expect(version).toBe(7);
  expect(age).toBeLessThan(60);
});

test("a Postgres that has no such ids makes them by hand: unlike each other, and of this moment", async () => {
  const migration = readFileSync(
    new URL("../migrations/20261123201828_order_ids_by_time.sql", import.meta.url),
    "utf8",
  );
  const body = /ELSE\s+CREATE OR REPLACE FUNCTION ordered_id\(\)[^']*'SELECT (.*)';\s+END IF/s
    .exec(migration)![1]!
    .replaceAll("''", "'");
  const ids = await db.execute<{ id: string }>(sql`select ${sql.raw(body)} as id from generate_series(1, 50)`);
  expect(new Set(ids.map(({ id }) => id)).size).toBe(50);
  const { version, age } = await made(ids[0]!.id);
  expect(version).toBe(7);
  expect(age).toBeGreaterThan(-0.01);
  expect(age).toBeLessThan(60);
});
