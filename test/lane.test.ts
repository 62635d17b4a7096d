import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { loadSession } from "../src/access/load-session.ts";
import { compile, db, poolUse, run } from "../src/db/client.ts";
import { laneOf } from "../src/db/lane.ts";
import { admin } from "./support/browser.ts";

/** The server's process that answers, after so many seconds. */
const asked = (seconds = 0) => compile(sql`select pg_backend_pid() as pid, pg_sleep(${seconds})`);
const quickly = async (seconds = 0) => (await run<{ pid: number }>(asked(seconds), { quick: true }))[0]!.pid;

/** The connections that everything else shares. */
async function shared(): Promise<Set<number>> {
  const every = Array.from({ length: poolUse().size }, () => run<{ pid: number }>(asked(0.05)));
  return new Set((await Promise.all(every)).map((rows) => rows[0]!.pid));
}

const few = laneOf(poolUse().size);

test("quick statements stand in line on few connections of their own, and the others on theirs", async () => {
  expect(few).toBeGreaterThan(0);
  const pids = new Set(await Promise.all(Array.from({ length: 40 }, () => quickly())));
  expect(pids.size).toBeLessThanOrEqual(few);
  const others = await shared();
  expect(others.size).toBe(poolUse().size - few);
  expect([...pids].filter((pid) => others.has(pid))).toEqual([]);
});

test("nobody goes on standing in line behind one that takes long after all, and later they do again", async () => {
  const lane = await quickly();
  const long = Array.from({ length: few }, () => quickly(1));
  await new Promise((resolve) => setTimeout(resolve, 150));
  const began = performance.now();
  const pids = await Promise.all(Array.from({ length: 10 }, () => quickly()));
  expect(performance.now() - began).toBeLessThan(700);
  const others = await shared();
  expect(pids.filter((pid) => !others.has(pid))).toEqual([]);
  const after = new Set(await Promise.all(long));
  expect(after).toContain(lane);
  expect(after).toContain(await quickly());
});

test("what took the database long the last time comes along with its session on one of the other connections", async () => {
  const { browser } = await admin("admin");
  await browser.get("/admin/users").expect(200);
  const [session] = await db.execute<{ sid: string }>(sql`select sid from sessions order by used_at desc limit 1`);
  const ask = async (along: ReturnType<typeof asked>) =>
    ((await loadSession(session!.sid, along))!.foreseen!.row as { pid: number }).pid;
  const [slow, quick] = [asked(0.02), asked()];
  const others = await shared();
  expect(others.has(await ask(slow))).toBe(false);
  expect(others.has(await ask(slow))).toBe(true);
  for (let n = 0; n < 3; n++) expect(others.has(await ask(quick))).toBe(false);
});
