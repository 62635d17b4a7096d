import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { applyMigrations, migrationsFolder, outside } from "../../src/db/apply-migrations.ts";
import { until } from "../support/processes.ts";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

/** People, places, grants and mails that are there when a release comes; a million in `npm run bench -- migrations`. */
const rows = Number(process.env.MIGRATION_ROWS ?? 100_000);

interface Entry {
  tag: string;
  when: number;
}
const journal: { entries: Entry[] } = JSON.parse(readFileSync(join(migrationsFolder, "meta/_journal.json"), "utf8"));
const [foundation, ...later] = journal.entries as [Entry, ...Entry[]];

const name = `migrations_${crypto.randomUUID().replaceAll("-", "")}`;
const scratch = mkdtempSync(join(tmpdir(), "muster-migrations-"));
const url = inject("templateUrl").replace(/template$/, name);
const open = () => postgres(url, { max: 1, onnotice: () => {}, connection: { lock_timeout: 5_000 } });
let sql: postgres.Sql;

/** The migrations up to this one, as the release had them that brought it: only what the journal names is read. */
function upTo({ tag }: Entry): string {
  const entries = journal.entries.slice(0, journal.entries.findIndex((each) => each.tag === tag) + 1);
  writeFileSync(join(scratch, "meta/_journal.json"), JSON.stringify({ ...journal, entries }));
  return scratch;
}

/** What the release that knew the foundation only writes all day: it runs on while, and after, the next one migrates. */
const oldStatements = {
  signIn: (db: postgres.Sql, n: number) =>
    db`update users set last_sign_in_at = now() where email = ${`p${n}@old.test`}`,
  member: (
    db: postgres.Sql,
    n: number,
  ) => db`update members set last_sign_in_at = now() where email = ${`p${n}@old.test`}
    and account_id = (select id from accounts where name = 'Old')`,
  read: (db: postgres.Sql) => db`select id from members where account_id = (select id from accounts where name = 'Old')
    and status <> 'removed' order by created_at limit 25`,
  register: (db: postgres.Sql) => db`
    with u as (insert into users (email, first_name, last_name, password_hash, email_proven_at)
      values (gen_random_uuid() || '@new.test', 'New', 'Comer', 'x', now()) returning id, email),
    a as (insert into accounts (name, kind) select email, 'personal' from u returning id),
    m as (insert into members (account_id, user_id, email, status, joined_at)
      select a.id, u.id, u.email, 'active', now() from a, u returning id, account_id),
    b as (insert into mailboxes (account_id, name, address, personal_user_id) select a.id, u.email, u.email, u.id from a, u)
    insert into grants (account_id, member_id, system_role, source) select account_id, id, 'owner', 'registration' from m`,
  mail: (db: postgres.Sql) => db`insert into mails (kind, subject_id) values ('registration', gen_random_uuid())`,
  invite: (db: postgres.Sql) => db`insert into members (account_id, email, status, invited_at, expires_at)
    select id, gen_random_uuid() || '@guest.test', 'invited', now(), now() + interval '7 days' from accounts where name = 'Old'`,
  limit: (db: postgres.Sql) =>
    db`insert into rate_limits (key, points, resets_at) values (gen_random_uuid()::text, 1, now())`,
};

/** Works as the old release does, until told to stop: each kind on a connection of its own. */
function bystanders() {
  let over = false;
  const waited: string[] = [];
  const kinds = Object.entries(oldStatements);
  const did = kinds.map(() => 0);
  const done = kinds.map(async ([kind, statement], at) => {
    const client = postgres(url, { max: 1, connection: { lock_timeout: 1_000 } });
    while (!over) {
      await statement(client, 1 + ((did[at]! * 7919) % rows)).catch((error) =>
        waited.push(`${kind}: ${error.message}`),
      );
      did[at]!++;
      await sleep(20);
    }
    await client.end();
  });
  return {
    waited,
    did: () => Math.min(...did),
    /** Until each kind has done one, or one more that began after this was asked. */
    async again() {
      const enough = did.map((times) => (times ? times + 2 : 1));
      await until(() => did.every((times, at) => times >= enough[at]!));
    },
    async stop() {
      over = true;
      await Promise.all(done);
    },
  };
}

beforeAll(async () => {
  const admin = postgres(inject("adminUrl"), { max: 1 });
  await admin.unsafe(`create database ${name} owner muster`);
  await admin.end();
  cpSync(migrationsFolder, scratch, { recursive: true, filter: (path) => !path.endsWith("_snapshot.json") });
  sql = open();
  await sql`create extension if not exists pg_trgm`;
  await applyMigrations(sql, upTo(foundation));
  await sql`insert into accounts (name, kind) values ('Old', 'company')`;
  await sql`
    with u as (insert into users (email, first_name, password_hash, email_proven_at)
      select 'p' || n || '@old.test', 'P' || n, 'x', now() from generate_series(1, ${rows}::int) n returning id, email)
    insert into members (account_id, user_id, email, first_name, status, joined_at)
    select a.id, u.id, u.email, 'P', 'active', now() from u, accounts a where a.name = 'Old'`;
  await sql`insert into grants (account_id, member_id, system_role, source)
    select account_id, id, case when random() < 0.9 then 'mailbox_owner' else 'viewer' end, 'direct' from members`;
  await sql`insert into mails (kind, subject_id) select 'registration', user_id from members`;
  await sql`analyze`;
});

afterAll(async () => {
  await sql?.end();
  const admin = postgres(inject("adminUrl"), { max: 1 });
  await admin.unsafe(`drop database if exists ${name} with (force)`);
  await admin.end();
  rmSync(scratch, { recursive: true, force: true });
});

describe("R20 a migration while the release before it is at work", () => {
  test.each(later)("$tag keeps nobody waiting for a second, and the old statements go on", async (entry) => {
    const others = bystanders();
    await others.again();
    const began = performance.now();
    expect(await applyMigrations(sql, upTo(entry))).toBe(1);
    const took = performance.now() - began;
    await others.again();
    await others.stop();
    if (process.env.MIGRATION_ROWS)
      console.info(`${entry.tag}: ${Math.round(took)} ms; each bystander wrote ${others.did()} times or more`);
    expect(others.waited).toEqual([]);
  });

  test("done again, all of them together change nothing", async () => {
    const shape = () => sql`select
      (select json_agg(c order by c.table_name, c.column_name) from (select table_name, column_name, column_default, is_nullable
        from information_schema.columns where table_schema = 'public') c) as columns,
      (select json_agg(i order by i.indexname) from (select indexname, indexdef from pg_indexes where schemaname = 'public') i) as indexes,
      (select count(*) from drizzle.__drizzle_migrations) as applied`;
    const before = await shape();
    expect(await applyMigrations(sql)).toBe(0);
    expect(await shape()).toEqual(before);
  });

  test("leave no index half built, and everybody's mailbox access as it is", async () => {
    expect(await sql`select indexrelid::regclass from pg_index where not indisvalid`).toEqual([]);
    const [wrong] = await sql`select count(*)::int as n from members m where mailbox_access
      <> exists (select from opening_grants o where o.member_id = m.id)`;
    expect(wrong?.n).toBe(0);
  });

  test("one that was killed while it built an index builds it anew", async () => {
    await sql`drop index members_of_address`;
    const tag = "20261123131147_find_members_by_address_before_their_account";
    const { when } = journal.entries.find((each) => each.tag === tag)!;
    // What a killed build leaves: the index is there, and not valid. Only a superuser may pretend so.
    await sql`create index members_of_address on members (email, account_id)`;
    const admin = postgres(inject("adminUrl").replace(/postgres$/, name), { max: 1 });
    await admin`update pg_index set indisvalid = false where indexrelid = 'members_of_address'::regclass`;
    await admin.end();
    await sql`delete from drizzle.__drizzle_migrations where created_at >= ${when}`;
    await applyMigrations(sql, upTo({ tag, when }));
    const [index] =
      await sql`select indisvalid as valid from pg_index where indexrelid = 'members_of_address'::regclass`;
    expect(index).toEqual({ valid: true });
  });
});

describe("the journal of migrations", () => {
  test("ascends: one that is older than the newest applied one would be left out without a word", () => {
    const times = journal.entries.map(({ when }) => when);
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
    const tags = journal.entries.map(({ tag }) => tag);
    expect(tags).toEqual([...tags].sort());
    expect(journal.entries.map((each) => (each as Entry & { idx: number }).idx)).toEqual(times.map((_, n) => n));
  });

  test("names every file there is, and a file for every name", () => {
    const files = readdirSync(migrationsFolder).filter((file) => file.endsWith(".sql"));
    expect(files.sort()).toEqual(journal.entries.map(({ tag }) => `${tag}.sql`));
  });

  test("builds no index on a table with many rows, nor touches them all, in a transaction", () => {
    const large =
      /^\s*(create (unique )?index "\w+" on "(members|users|grants|mailboxes|mails|events|tokens|sessions)"|update "?(members|users|grants|mailboxes|mails)"?\s)/im;
    for (const { tag } of later) {
      const text = readFileSync(join(migrationsFolder, `${tag}.sql`), "utf8");
      if (!text.startsWith(outside)) {
        const bare = text.replace(/\$\$[\s\S]*?\$\$/g, "");
        expect(bare.match(large)?.[0] ?? "", tag).toBe("");
      }
    }
  });

  test("takes few of the tables that are there for itself at once: who holds one and asks for another is in its way", () => {
    for (const { tag } of later) {
      const text = readFileSync(join(migrationsFolder, `${tag}.sql`), "utf8");
      const tablesAfter = (words: RegExp) => new Set([...text.matchAll(words)].map(([, table]) => table));
      const created = tablesAfter(/create table "(\w+)"/gi);
      const changed = [...tablesAfter(/alter table "(\w+)"/gi)].filter((table) => !created.has(table));
      if (!text.startsWith(outside)) expect(changed.length, tag).toBeLessThanOrEqual(6);
    }
  });
});
