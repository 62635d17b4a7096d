import { sql } from "drizzle-orm";
import { beforeAll, expect, test } from "vitest";
import { db, type Tx } from "../src/db/client.ts";
import { isDuplicate } from "../src/db/errors.ts";
import { later } from "../src/db/later.ts";

const limit = (key: string) => sql`insert into rate_limits (key, points, resets_at) values (${key}, 1, now())`;
const put = (tx: Tx, key: string) => later(tx, (tx) => tx.execute(limit(key)));

/** Which of these keys were committed. */
async function kept(...keys: string[]): Promise<string[]> {
  const rows = await db.execute<{ key: string }>(sql`
    select key from rate_limits where key = any(${sql.param(keys)}::text[]) order by key`);
  return rows.map(({ key }) => key);
}

const nameless = () => crypto.randomUUID();
let taken: string;

beforeAll(async () => {
  taken = nameless();
  await db.execute(limit(taken));
});

test("what is sent without waiting keeps its place, and is committed with the rest", async () => {
  const keys = [...Array(6)].map((_, n) => `${n} ${nameless()}`);
  await db.transaction(async (tx) => {
    for (const key of keys.slice(0, 5)) put(tx, key);
    const [row] = await tx.execute(sql`select count(*)::int as n from rate_limits where key = any(${sql.param(keys)})`);
    expect(row).toEqual({ n: 5 });
    put(tx, keys[5]!);
  });
  expect(await kept(...keys)).toEqual(keys);
});

test("T95 what fails fails the whole transaction, though nobody waited for it", async () => {
  const [before, after] = [nameless(), nameless()];
  const work = db.transaction(async (tx) => {
    put(tx, before);
    put(tx, taken);
    put(tx, after);
    return "done";
  });
  const error = await work.catch((error: unknown) => error);
  expect(isDuplicate(error)).toBe(true);
  expect(await kept(before, after)).toEqual([]);
});

test("what fails inside a savepoint is taken back with it, and with nothing else", async () => {
  const [outside, inside, after] = [nameless(), nameless(), nameless()];
  await db.transaction(async (tx) => {
    put(tx, outside);
    const inner = tx.transaction(async (point) => {
      put(point, inside);
      put(point, taken);
    });
    expect(isDuplicate(await inner.catch((error: unknown) => error))).toBe(true);
    put(tx, after);
  });
  expect(await kept(outside, inside, after)).toEqual([outside, after].sort());
});

test("a statement after the end of its transaction is refused", async () => {
  const key = nameless();
  let escaped: Tx | undefined;
  await db.transaction(async (tx) => {
    escaped = tx;
  });
  await expect(escaped!.execute(limit(key))).rejects.toMatchObject({ cause: { message: /after the end/ } });
  expect(await kept(key)).toEqual([]);
});

test("the reason of a failure is the first one, not its echo in the statements behind it", async () => {
  const work = db.transaction(async (tx) => {
    put(tx, taken);
    await tx.execute(sql`select 1`);
  });
  expect(isDuplicate(await work.catch((error: unknown) => error))).toBe(true);
});
