import { sql } from "drizzle-orm";
import journal from "../../migrations/meta/_journal.json" with { type: "json" };
import { config } from "../config.ts";
import { sealLag } from "../seals/queries.ts";
import { ask, askOne } from "./ask.ts";

export interface DatabaseFacts extends Record<string, unknown> {
  version: string;
  /** Of this database, against DATABASE_CONNECTIONS. */
  used: number;
  /** Of the whole server, against its own limit. */
  usedByAll: number;
  most: number;
  /** Migrations of this code that the release step has not run. */
  pending: number;
  /** Seconds that the oldest event waits for its seal; null where that was not answered. */
  sealSeconds: number | null;
  /** Of the oldest that is open: it holds back seals and webhooks. */
  oldestTransaction: number;
}

/** How the database stands: connections, version, migrations, seals. */
export async function databaseFacts(): Promise<DatabaseFacts | undefined> {
  const found = await askOne<DatabaseFacts & { migrated: string }>(sql`
    select current_setting('server_version') as version,
      (select count(*)::int from pg_stat_activity where datname = current_database()) as used,
      (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as "usedByAll",
      current_setting('max_connections')::int as most,
      (select max(created_at) from drizzle.__drizzle_migrations)::text as migrated,
      coalesce((select extract(epoch from now() - min(xact_start))::int from pg_stat_activity
        where datname = current_database() and backend_type = 'client backend'), 0) as "oldestTransaction"`);
  if (!found) return undefined;
  const lag = await sealLag().catch(() => undefined);
  const pending = journal.entries.filter(({ when }) => when > Number(found.migrated)).length;
  return { ...found, pending, sealSeconds: lag ? Math.round(lag.seconds) : null };
}

/** What DATABASE_CONNECTIONS says. */
export const connectionLimit = (): number => config.DATABASE_CONNECTIONS;

export interface SizeFacts {
  bytes: number;
  /** As the planner estimates it. */
  events: number;
  tables: { name: string; bytes: number; rows: number }[];
  /** When Postgres last put a piece of its log away, where it is set up to. */
  archivedAt: Date | null;
  archives: boolean;
}

let known: { at: number; facts: Promise<SizeFacts | undefined> } | undefined;

/** How large the database is. Asked once a minute in each process: the server looks at every file for it. */
export function sizeFacts(): Promise<SizeFacts | undefined> {
  if (!known || known.at < Date.now() - 60_000) known = { at: Date.now(), facts: readSizes() };
  return known.facts;
}

async function readSizes(): Promise<SizeFacts | undefined> {
  const whole = await askOne<{ bytes: number; events: number; archived: string | null; archives: boolean }>(sql`
    select pg_database_size(current_database())::float8 as bytes,
      (select greatest(reltuples, 0)::float8 from pg_class where oid = 'events'::regclass) as events,
      (select last_archived_time::text from pg_stat_archiver) as archived,
      current_setting('archive_mode') <> 'off' as archives`);
  const tables = await ask<SizeFacts["tables"][number]>(sql`
    select c.relname::text as name, pg_total_relation_size(c.oid)::float8 as bytes, greatest(c.reltuples, 0)::float8 as rows
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' order by 2 desc limit 10`);
  if (!whole || !tables) return undefined;
  const { archived, ...rest } = whole;
  return { ...rest, tables, archivedAt: archived ? new Date(archived) : null };
}
