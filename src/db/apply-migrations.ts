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

/** Whoever waits for a lock lets nobody pass who comes later: so it waits for less than a second, and tries again. */
async function whole(client: postgres.Sql, migration: Migration): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await client.begin(async (tx) => {
        await tx`set local lock_timeout = 700`;
        for (const statement of migration.sql) await tx.unsafe(statement);
        await record(tx, migration);
      });
      return;
    } catch (error) {
      if (!isContended(error) || tries === 60) throw error;
      await sleep(500 + 1000 * Math.random());
    }
  }
}

/** Waits for those who hold a lock longer than a statement otherwise would: nobody else waits for it meanwhile. */
async function alone(client: postgres.Sql, migration: Migration): Promise<void> {
  await client`set lock_timeout = 0`;
  for (const statement of migration.sql) {
    await dropUnfinished(client, statement);
    await client.unsafe(statement);
  }
  await record(client, migration);
  await client`reset lock_timeout`;
}

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
