import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { readRecords, timeOf } from "../src/db/records.ts";

const hostile = [
  ["", null, " ", "t", "NULL", "{}"],
  ['"', '""', "\\", '\\"', "'", "–"],
  ["a,b", "(x)", "x)\n(y,z", ")\n(", "\t", "\r\n"],
  [null, null, null, null, null, null],
];

test("rows written as text come back as they were, whatever their values hold", async () => {
  const row = (values: (string | null)[]) =>
    sql`row(${sql.join(
      values.map((value) => sql`${value}::text`),
      sql`, `,
    )})::text`;
  const lines = sql.join(hostile.map(row), sql` || chr(10) || `);
  const [found] = await db.execute<{ written: string }>(sql`select ${lines} as written`);
  expect(readRecords(found!.written)).toEqual(hostile);
  expect(readRecords(null)).toEqual([]);
});

test("a time in such a row is the time that JSON has", async () => {
  for (const time of ["2026-11-22T20:55:24.120Z", "1999-01-01T00:00:00.000Z"]) {
    const [found] = await db.execute<{ at: string }>(sql`select (${time}::timestamptz)::text as at`);
    expect(new Date(timeOf(found!.at)!).toISOString()).toBe(time);
  }
});
