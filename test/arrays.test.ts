import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { db } from "../src/db/client.ts";

test("arrays go to the database and come back as they were", async () => {
  const words = ["plain", 'with "quotes"', "a\\b", "{x,y}", "", "NULL", "two words", "ü 王"];
  const ids = [crypto.randomUUID(), crypto.randomUUID()];
  const [row] = await db.execute(sql`
    select ${sql.param(words)}::text[] as words, ${sql.param(ids)}::uuid[] as ids, array[1, null, 3] as numbers,
      array[true, false] as flags, '{}'::text[] as none`);
  expect(row).toEqual({ words, ids, numbers: [1, null, 3], flags: [true, false], none: [] });
});
