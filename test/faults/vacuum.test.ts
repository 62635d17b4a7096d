import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import postgres from "postgres";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { applyMigrations } from "../../src/db/apply-migrations.ts";
import { type EmbeddedDatabase, ensureDatabase, startEmbedded } from "../../src/db/embedded.ts";
import { until } from "../support/processes.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

/** A cluster that tidies its tables up without a pause between two rounds, each of which takes an hour. */
const dir = mkdtempSync("/tmp/muster-vacuum-");
let cluster: EmbeddedDatabase;
let sql: postgres.Sql;

beforeAll(async () => {
  chmodSync(dir, 0o755);
  cluster = await startEmbedded(join(dir, "postgres"), ["autovacuum_naptime=1"]);
  await ensureDatabase(cluster, "muster");
  sql = postgres(cluster.url("muster"), { max: 1, onnotice: () => {}, connection: { lock_timeout: 5_000 } });
  await sql`create extension if not exists pg_trgm`;
  await applyMigrations(sql);
});

afterAll(async () => {
  await sql?.end();
  await cluster?.stop("immediate");
  rmSync(dir, { recursive: true, force: true });
});

test("R20 a migration gets its turn while a table of its is vacuumed for an hour, and nobody waits for it meanwhile", async () => {
  await sql`insert into users (email, first_name) select n || '@old.test', 'P' from generate_series(1, 20000) n`;
  await sql`alter table users set (autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1,
    autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0)`;
  await sql`update users set version = version + 1`;
  const vacuumed = async () =>
    (await sql`select 1 from pg_locks where relation = 'users'::regclass and mode = 'ShareUpdateExclusiveLock'`)
      .length > 0;
  await until(vacuumed, 60_000);

  const waits: number[] = [];
  let over = false;
  const bystander = (async () => {
    const client = postgres(cluster.url("muster"), { max: 1 });
    await client`select 1`;
    while (!over) {
      const began = performance.now();
      await client`update users set last_sign_in_at = now() where email = '7@old.test'`;
      waits.push(performance.now() - began);
      await sleep(10);
    }
    await client.end();
  })();
  await sql`delete from drizzle.__drizzle_migrations
    where created_at = (select max(created_at) from drizzle.__drizzle_migrations)`;
  expect(await vacuumed()).toBe(true);
  const began = performance.now();
  expect(await applyMigrations(sql)).toBe(1);
  const took = performance.now() - began;
  over = true;
  await bystander;
  expect(took).toBeLessThan(15_000);
  expect(Math.max(...waits)).toBeLessThan(1_000);
});
