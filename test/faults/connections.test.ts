import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import postgres from "postgres";
import { expect, inject, test, vi } from "vitest";
import { openDatabase } from "../../src/db/client.ts";
import { isUnavailable } from "../../src/db/errors.ts";
import { later } from "../../src/db/later.ts";
import { until } from "../support/processes.ts";
import { TcpProxy } from "../support/proxy.ts";

vi.setConfig({ testTimeout: 90_000, hookTimeout: 120_000 });

const url = process.env.DATABASE_URL!;

/** How a promise ends, and after how many milliseconds. */
async function fate(promise: Promise<unknown>) {
  const started = Date.now();
  const error = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  return { error, ms: Date.now() - started };
}

test("R9 a connection that dies inside a transaction leaks nothing: no half transaction, no statement that hangs", async () => {
  const admin = postgres(inject("adminUrl").replace(/postgres$/, new URL(url).pathname.slice(1)), { max: 1 });
  await admin`create table loss_probe (tx text, step int)`;
  await admin`grant all on loss_probe to muster`;
  const { db, client } = openDatabase({ max: 8 });
  const waiting = new Set<Promise<unknown>>();
  const promised: string[] = [];
  let ok = 0;
  let failed = 0;
  let stop = false;
  const settle = async (work: Promise<unknown>) => {
    waiting.add(work);
    await work.then(
      () => ok++,
      () => failed++,
    );
    waiting.delete(work);
  };
  const writer = async () => {
    while (!stop) {
      const tx = crypto.randomUUID();
      await settle(
        db
          .transaction(async (t) => {
            await t.execute(sql`insert into loss_probe values (${tx}, 1)`);
            await sleep(Math.random() * 30);
            await t.execute(sql`insert into loss_probe values (${tx}, 2)`);
          })
          .then(() => promised.push(tx)),
      );
    }
  };
  const hastyWriter = async () => {
    while (!stop) {
      const tx = crypto.randomUUID();
      await settle(
        db
          .transaction(async (t) => {
            later(t, (t) => t.execute(sql`insert into loss_probe values (${tx}, 1)`));
            if (Math.random() < 0.5) await sleep(Math.random() * 30);
            later(t, (t) => t.execute(sql`insert into loss_probe values (${tx}, 2)`));
          })
          .then(() => promised.push(tx)),
      );
      await sleep(1);
    }
  };
  const reader = async () => {
    while (!stop) {
      await settle(Promise.resolve(db.execute(sql`select 1`)));
      await sleep(1);
    }
  };
  const load = [...Array(8)].flatMap(() => [writer(), hastyWriter(), reader()]);
  // Until enough went well and enough went wrong: how long that takes is the machine's business.
  const [least, most] = [Date.now() + 2_000, Date.now() + 50_000];
  const enough = () => ok > 1000 && failed > 10 && Date.now() > least;
  for (; !enough() && Date.now() < most; await sleep(250)) {
    await admin`
      select pg_terminate_backend(pid) from pg_stat_activity
      where usename = 'muster' and datname = current_database() order by random() limit 4`;
  }
  stop = true;
  await Promise.race([Promise.all(load), sleep(30_000)]);

  const whole = await admin<{ tx: string; n: number }[]>`select tx, count(*)::int as n from loss_probe group by tx`;
  const partial = whole.filter(({ n }) => n !== 2).length;
  const there = new Set(whole.map(({ tx }) => tx));
  const missing = promised.filter((tx) => !there.has(tx)).length;
  expect({ partial, missing, hung: waiting.size }).toEqual({ partial: 0, missing: 0, hung: 0 });
  expect(failed).toBeGreaterThan(10);
  expect(ok).toBeGreaterThan(1000);
  await client.end({ timeout: 1 });
  await admin.end();
});

test("R10 a connection into a black hole fails within the deadline, and the pool recovers", async () => {
  const proxy = await new TcpProxy(url).listen();
  const { db, client } = openDatabase({ url: proxy.url, max: 2, statementTimeout: 500, queueTimeout: 3_000 });
  await db.execute(sql`select 1`);
  const opened = db.transaction(async (tx) => {
    await tx.execute(sql`select 1`);
    proxy.mode = "swallow";
    await tx.execute(sql`select 2`);
  });
  await sleep(200);

  const fates = await Promise.all([opened, ...[...Array(20)].map(() => db.execute(sql`select 3`))].map(fate));
  for (const { error, ms } of fates) {
    expect(isUnavailable(error)).toBe(true);
    expect(ms).toBeLessThan(15_000);
  }
  proxy.mode = "pass";
  await until(async () => !(await fate(db.execute(sql`select 4`))).error, 10_000);
  const again = await fate(Promise.all([...Array(20)].map(() => db.execute(sql`select 4`))));
  expect(again.error).toBeUndefined();
  await client.end({ timeout: 1 });
  await proxy.close();
});

test("R10 a server that hangs up while it greets is an error, not a wait", async () => {
  const proxy = await new TcpProxy(url).listen();
  proxy.mode = "hang up";
  const { db, client } = openDatabase({ url: proxy.url, max: 2 });
  const fates = await Promise.all([
    fate(db.execute(sql`select 1`)),
    fate(db.transaction((tx) => tx.execute(sql`select 1`))),
    ...[...Array(6)].map(() => fate(db.execute(sql`select 1`))),
  ]);
  for (const { error, ms } of fates) {
    expect(isUnavailable(error)).toBe(true);
    expect(ms).toBeLessThan(11_000);
  }
  proxy.mode = "pass";
  await sleep(1_200);
  expect((await fate(db.execute(sql`select 1`))).error).toBeUndefined();
  await client.end({ timeout: 1 });
  await proxy.close();
});

test("R10 the server's own limits stand behind ours", async () => {
  const { db, client } = openDatabase({ max: 1 });
  const [limits] = await db.execute(sql`
    select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
      current_setting('idle_in_transaction_session_timeout') as idle`);
  expect(limits).toEqual({ statement: "15s", lock: "3s", idle: "1min" });
  await client.end();
});
