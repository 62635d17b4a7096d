import { setTimeout as sleep } from "node:timers/promises";
import { eq, sql } from "drizzle-orm";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { system } from "../src/access/actor.ts";
import { recordEvent } from "../src/audit/record.ts";
import { db, openDatabase, type Tx } from "../src/db/client.ts";
import { eventCursors, events } from "../src/db/schema.ts";
import { hasNews, skipEvents } from "../src/event-stream/cursor.ts";
import { followEvents } from "../src/event-stream/follow.ts";
import { create } from "./support/world.ts";

let name: string;
const account = await create.account();
const subject = (label: string) => ({ type: "account" as const, id: account.id, label });
const write = (tx: Tx, label: string) => recordEvent(tx, system(account.id), "account.changed", subject(label));

/**
 * Follows until so many events were handed over, and returns their labels. More than once where it must: what is open in
 * the databases of other test files holds the log back as well.
 */
async function follow(count = 0, options: Parameters<typeof followEvents>[2] = {}): Promise<string[]> {
  const seen: string[] = [];
  const keep = async (_tx: Tx, found: { subjectLabel: string }[]) =>
    void seen.push(...found.map((event) => event.subjectLabel));
  for (const end = Date.now() + 10_000; ; await sleep(50)) {
    await followEvents(name, keep, options);
    if (seen.length >= count || Date.now() > end) return seen;
  }
}

/** A transaction of its own connection that is open until it is told to end. */
async function openTransaction(label: string) {
  const other = openDatabase({ max: 1 });
  let finish!: (how: "commit" | "rollback") => void;
  const told = new Promise<"commit" | "rollback">((resolve) => {
    finish = resolve;
  });
  let written!: () => void;
  const begun = new Promise<void>((resolve) => {
    written = resolve;
  });
  const done = other.db
    .transaction(async (tx) => {
      await tx.execute(sql`select pg_current_xact_id()`);
      await write(tx, label);
      await tx.execute(sql`select 1`);
      written();
      if ((await told) === "rollback") throw new Error("rolled back");
    })
    .catch(() => {})
    .finally(() => other.client.end());
  await begun;
  return {
    end(how: "commit" | "rollback" = "commit") {
      finish(how);
      return done;
    },
  };
}

/** Waits until nothing that is open anywhere in the cluster holds back what was written so far. */
async function settledAll() {
  await vi.waitFor(
    async () => {
      const [row] = await db.execute(sql`select ${hasNews(name)} as news`);
      expect(row).toEqual({ news: true });
    },
    { timeout: 10_000 },
  );
}

beforeEach(async () => {
  name = `test ${crypto.randomUUID()}`;
  await follow();
});

describe("the log in the order of its commits", () => {
  test("M21 of two transactions that are open at once, the one with the lower id may commit later: nothing is lost, nothing comes twice", async () => {
    const early = await openTransaction("early");
    const late = await openTransaction("late");
    await late.end();
    expect(await follow()).toEqual([]);
    const [waiting] = await db.execute(sql`select ${hasNews(name)} as news`);
    expect(waiting).toEqual({ news: false });

    await early.end();
    const dropped = await openTransaction("dropped");
    await db.transaction((tx) => write(tx, "after"));
    expect(await follow(2)).toEqual(["early", "late"]);
    await dropped.end("rollback");
    expect(await follow(1)).toEqual(["after"]);
    expect(await follow()).toEqual([]);
  });

  test("R1 whatever ends in the middle is done again: the place moves with what was done", async () => {
    for (const label of ["one", "two", "three"]) await db.transaction((tx) => write(tx, label));
    await settledAll();
    const failing = followEvents(name, async (tx, found) => {
      await tx.update(eventCursors).set({ movedAt: sql`now()` }).where(eq(eventCursors.name, name));
      throw new Error(`killed at ${found[0]?.subjectLabel}`);
    });
    await expect(failing).rejects.toThrow("killed at one");
    expect(await follow(3, { size: 2 })).toEqual(["one", "two", "three"]);
    expect(await follow()).toEqual([]);
  });

  test("R3 one follows at a time: another returns at once, and what it left is not done twice", async () => {
    await db.transaction((tx) => write(tx, "one"));
    await settledAll();
    let seen = 0;
    let others = -1;
    await followEvents(name, async (_tx, found) => {
      seen += found.length;
      others = await followEvents(name, async () => void seen++);
    });
    expect([seen, others]).toEqual([1, 0]);
  });

  test("passes by what nobody wants, and skips where nobody is left who might", async () => {
    await db.transaction((tx) => write(tx, "one"));
    await db.transaction((tx) => write(tx, "two"));
    expect(await follow(1, { only: eq(events.subjectLabel, "two") })).toEqual(["two"]);
    expect(await follow()).toEqual([]);

    await db.update(eventCursors).set({ transaction: -20_000n }).where(eq(eventCursors.name, name));
    await skipEvents(name, sql`select 1`);
    expect((await follow(2)).length).toBeGreaterThan(1);
    await db.update(eventCursors).set({ transaction: -20_000n }).where(eq(eventCursors.name, name));
    await skipEvents(name, sql`select 1 where false`);
    expect(await follow()).toEqual([]);
  });

  test("R25 after a restore into another cluster, whose numbers are lower, nothing new is passed over", async () => {
    await db.update(eventCursors).set({ transaction: 9_000_000_000n }).where(eq(eventCursors.name, name));
    await db.transaction((tx) => write(tx, "after the restore"));
    await settledAll();
    // What came before the restore comes once more; the last may have to wait for what is open elsewhere.
    const seen: string[] = [];
    const further = async () => {
      seen.push(...(await follow()));
      return seen.at(-1);
    };
    await expect.poll(further, { timeout: 10_000 }).toBe("after the restore");
    expect(await follow()).toEqual([]);
  });

  test("an idle look takes the index, however long the log is", async () => {
    const plan = await db.execute(sql`explain (analyze, format json) select ${hasNews(name)} as news`);
    expect(JSON.stringify(plan)).toContain("events_by_transaction");
  });
});
