import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import { config } from "../config.ts";
import { webPool } from "./budget.ts";
import { fence } from "./fence.ts";
import * as schema from "./schema.ts";

export interface PoolOptions {
  url?: string;
  max?: number;
  /** Milliseconds a statement may take: 15 s for pages, 5 min for a worker's chunk (SAFETY, limits). */
  statementTimeout?: number;
}

export const ssl = { off: false, require: { rejectUnauthorized: false }, verify: true } as const;

/** Opens a pool on the application's database: bounded in time, fenced against lost connections. */
export function openDatabase(options: PoolOptions = {}) {
  const client = fence(
    postgres(options.url ?? config.DATABASE_URL, {
      max: options.max ?? webPool(),
      ssl: ssl[config.DATABASE_SSL],
      connect_timeout: 10,
      onnotice: () => {},
      connection: {
        application_name: "muster",
        TimeZone: "UTC",
        statement_timeout: options.statementTimeout ?? 15_000,
        lock_timeout: 3_000,
        idle_in_transaction_session_timeout: 60_000,
      },
    }),
  );
  return { client, db: drizzle(client, { schema }) };
}

export type Database = ReturnType<typeof openDatabase>["db"];
export type Tx = Parameters<Parameters<Database["transaction"]>[0]>[0];
/** A read that may run inside a transaction or outside. */
export type Reader = Pick<Database, "select" | "selectDistinct" | "execute" | "$with" | "with">;

let pool = openDatabase.bind(null, {});
let opened: ReturnType<typeof openDatabase> | undefined;

/** Sets the pool's options; to be called before the first query of the process. */
export function configureDatabase(options: PoolOptions) {
  pool = openDatabase.bind(null, options);
}

const current = () => (opened ??= pool());

/** The process's one pool, opened on first use. */
export const db: Database = new Proxy({} as Database, {
  get(_, key) {
    const value = Reflect.get(current().db, key);
    return typeof value === "function" ? value.bind(current().db) : value;
  },
});

/** Objects travel as JSON, as `pg` sends them. */
const plain = (value: unknown) =>
  value !== null && typeof value === "object" && !(value instanceof Date) ? JSON.stringify(value) : value;

/** Plain rows for libraries that bring their own SQL (the session store): the shape of a `pg` pool. */
export const rawPool = {
  query: async (text: string, values: unknown[] = []) => {
    const rows = await current().client.unsafe(text, values.map(plain) as never[]);
    return { rows, rowCount: rows.count };
  },
};

/** Lets running queries end and closes the pool, if it was ever opened. */
export async function closeDatabase() {
  const closing = opened;
  opened = undefined;
  await closing?.client.end({ timeout: 5 });
}
