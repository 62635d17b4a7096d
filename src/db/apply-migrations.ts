import { setTimeout as sleep } from "node:timers/promises";
import { readMigrationFiles } from "drizzle-orm/migrator";
import type postgres from "postgres";
import { isContended } from "./errors.ts";

export const migrationsFolder = new URL("../../migrations", import.meta.url).pathname;

/** The first line of a migration that may take long, and whose statements each stand for themselves. */
export const outside = "-- outside a transaction";

type Migration = ReturnType<typeof readMigrationFiles>[number];

/**
 * Applies what is newer than the newest migration that was applied, in the journal's order, each in a transaction of its
 * own: a lock is held for as long as one migration takes, never for a release of many. Drizzle's own migrator knows one
 * transaction for all. One that begins with `-- outside a transaction` is done statement by statement, so that an index
 * can be built CONCURRENTLY while people go on working (R20); each of its statements can be done again after a kill.
 * Returns how many there were.
 */
export async function applyMigrations(client: postgres.Sql, folder = migrationsFolder): Promise<number> {
  await client`create schema if not exists drizzle`;
  await client`create table if not exists drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)`;
  const [last] = await client`select max(created_at) as at from drizzle.__drizzle_migrations`;
  const pending = readMigrationFiles({ migrationsFolder: folder }).filter(
    ({ folderMillis }) => folderMillis > Number(last?.at ?? 0),
  );
  for (const migration of pending) await (isOutside(migration) ? alone(client, migration) : whole(client, migration));
  return pending.length;
}

const isOutside = ({ sql: [first = ""] }: Migration) => first.startsWith(outside);

async function whole(client: postgres.Sql, migration: Migration): Promise<void> {
  await politely(client, migration.sql, (tx) => record(tx, migration));
}

/** How long a migration asks for its tables, in milliseconds, before the release step gives up. */
const patience = 300_000;

/**
 * Whoever waits for a lock lets nobody pass who comes later: so it waits for a tenth of a second, later for up to 0.7 s,
 * and tries again. Who holds one table and asks for another may stand in a ring with it, which no waiting ends: so it
 * takes what it changes before anything else, each time in another order. What tidies a table up by itself (autovacuum)
 * holds it for longer, and gives way only to whoever has waited for a second: that is done first, in a way that stops
 * nobody but itself and the like of it.
 */
async function politely(
  client: postgres.Sql,
  statements: string[],
  andThen: (tx: postgres.TransactionSql) => Promise<unknown> = async () => {},
): Promise<void> {
  const began = performance.now();
  for (let wait = 100; ; wait = Math.min(700, wait + 20)) {
    try {
      await client.begin(async (tx) => {
        await tx`set local lock_timeout = 0`;
        const tables = await tablesNamed(tx, statements);
        for (const { name } of tables) await tx.unsafe(`lock table ${name} in share update exclusive mode`);
        await tx.unsafe(`set local lock_timeout = ${wait}`);
        for (const { name, mode } of tables) await tx.unsafe(`lock table ${name} in ${mode} mode`);
        for (const statement of statements) await tx.unsafe(statement);
        await andThen(tx);
      });
      return;
    } catch (error) {
      if (!isContended(error) || performance.now() - began > patience) throw error;
      await sleep(100 + 300 * Math.random());
    }
  }
}

/** The tables that are there and are altered, or referred to, by statements; in any order. */
async function tablesNamed(
  tx: postgres.TransactionSql,
  statements: string[],
): Promise<{ name: string; mode: string }[]> {
  const text = statements.join(";").replace(/\$\$[\s\S]*?\$\$/g, "");
  const names = (pattern: RegExp) => [...text.matchAll(pattern)].map(([, name]) => name as string);
  return tx<{ name: string; mode: string }[]>`
    select quote_ident(relname) as name,
      case when relname = any(${names(/(?:alter|drop) table (?:if exists )?"(\w+)"/gi)})
        then 'access exclusive' else 'share row exclusive' end as mode
    from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
      and relname = any(${names(/"(\w+)"/g)}) order by random()`;
}

/**
 * Statement by statement. What changes a table asks for it politely; everything else waits for those who hold a lock
 * longer than a statement otherwise would: nobody else waits for it meanwhile.
 */
async function alone(client: postgres.Sql, migration: Migration): Promise<void> {
  for (const statement of migration.sql) {
    if (changesTable(statement)) await politely(client, [statement]);
    else {
      await client`set lock_timeout = 0`;
      await dropUnfinished(client, statement);
      await client.unsafe(statement);
      await client`reset lock_timeout`;
    }
  }
  await record(client, migration);
}

const changesTable = (statement: string) => /^\s*alter table (?!.* validate constraint )/im.test(statement);

/** An index whose building was killed is there, and good for nothing: it is built anew. */
async function dropUnfinished(client: postgres.Sql, statement: string): Promise<void> {
  const name = statement.match(/create (?:unique )?index concurrently if not exists "(\w+)"/i)?.[1];
  if (!name) return;
  const [broken] = await client`
    select 1 from pg_index where indexrelid = to_regclass(${`public.${name}`}) and not indisvalid`;
  if (broken) await client.unsafe(`drop index concurrently if exists "${name}"`);
}

const record = (on: Pick<postgres.Sql, "unsafe">, { hash, folderMillis }: Migration) =>
  on.unsafe("insert into drizzle.__drizzle_migrations (hash, created_at) values ($1, $2)", [hash, folderMillis]);
