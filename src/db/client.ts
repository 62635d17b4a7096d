import type { SQL } from "drizzle-orm";
import { PgDialect } from "drizzle-orm/pg-core";
import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import { config } from "../config.ts";
import { log } from "../log.ts";
import { arrays } from "./arrays.ts";
import { webPool } from "./budget.ts";
import { boundWaiting } from "./deadline.ts";
import { fence } from "./fence.ts";
import { Lane, laneOf } from "./lane.ts";
import { named, nameless, nameStatements, planned } from "./named.ts";
import { countUse, type PoolUse } from "./pool-use.ts";
import * as schema from "./schema.ts";
import { sessionSettings } from "./session-settings.ts";
import { openSocket } from "./socket.ts";

export interface PoolOptions {
  url?: string;
  /**
   * Behind a pooler that gives out its connections by the transaction (PgBouncer). Nothing that belongs to a connection is
   * used then: no named statements; and the limits below are set where the pooler opens its connections (bin/cluster.ts).
   */
  pooled?: boolean;
  max?: number;
  /** Milliseconds a statement may take: 15 s for pages, 5 min for a worker's chunk. */
  statementTimeout?: number;
  /** Milliseconds that a statement waits for a place in the pool. */
  queueTimeout?: number;
}

export const ssl = { off: false, require: { rejectUnauthorized: false }, verify: true } as const;

/** Opens a pool on the application's database: bounded in time (R10), fenced against lost connections (R9). */
export function openDatabase(options: PoolOptions = {}) {
  const url = options.url ?? config.DATABASE_URL;
  const statementTimeout = options.statementTimeout ?? 15_000;
  const { hostname, port } = new URL(url);
  const place = {
    host: hostname,
    port: Number(port || 5432),
    ssl: ssl[options.pooled ? config.DATABASE_POOL_SSL : config.DATABASE_SSL],
  };
  const max = options.max ?? webPool(config);
  const pool = postgres(url, {
    max,
    // The socket below encrypts by itself.
    ssl: false,
    socket: () => openSocket(place, statementTimeout + 3_000),
    connect_timeout: 10,
    // The next try comes soon: a database that is back is used again within a second (R8).
    backoff: (tries: number) => Math.min(0.05 * 2 ** tries, 1),
    onnotice: () => {},
    fetch_types: false,
    // The library's own as well: a `commit` whose name the server does not know is sent again, and then rolls back silently.
    prepare: !options.pooled,
    types: arrays,
    connection: options.pooled ? { application_name: "muster", TimeZone: "UTC" } : sessionSettings(statementTimeout),
  } as never) as postgres.Sql;
  const naming = options.pooled ? nameless : named;
  const client = fence(boundWaiting(nameStatements(pool, naming), options.queueTimeout ?? 10_000), naming);
  const use = countUse(client, max);
  return { client, db: drizzle(client, { schema }), use };
}

export type Database = ReturnType<typeof openDatabase>["db"];
export type Tx = Parameters<Parameters<Database["transaction"]>[0]>[0];
/** A read that may run inside a transaction or outside. */
export type Reader = Pick<Database, "select" | "selectDistinct" | "execute" | "$with" | "with">;

type Opened = ReturnType<typeof openDatabase>;

let options: PoolOptions = {};
let opened: Opened | undefined;
let quick: (Opened & { lane: Lane }) | undefined;

/** Sets the pool's options; to be called before the first query of the process. */
export function configureDatabase(wanted: PoolOptions) {
  options = wanted;
}

/** Of a web process's own connections these are for quick statements; a pooler shares its connections by itself. */
const inLane = () => (options.pooled || options.max ? 0 : laneOf(webPool(config)));
const openMain = () => openDatabase(options.max ? options : { ...options, max: webPool(config) - inLane() });
const openLane = (max: number) => ({ ...openDatabase({ ...options, max }), lane: new Lane() });

const current = () => (opened ??= openMain());

/** The connections for quick statements, where there are any and nobody waits there. */
function currentLane() {
  const max = inLane();
  if (max > 0) quick ??= openLane(max);
  return quick?.lane.isFree() ? quick : undefined;
}

/** The process's one pool, opened on first use. */
export const db: Database = new Proxy({} as Database, {
  get(_, key) {
    const value = Reflect.get(current().db, key);
    return typeof value === "function" ? value.bind(current().db) : value;
  },
});

/** How the process's connections are used at this moment. */
export function poolUse(): PoolUse {
  const [main, lane] = [current().use(), quick?.use() ?? { size: inLane(), inUse: 0, waiting: 0 }];
  return { size: main.size + lane.size, inUse: main.inUse + lane.inUse, waiting: main.waiting + lane.waiting };
}

/** Everything that this process asks the database goes through one of these. */
export const clients = () => [current().client, currentLane()?.client].filter((client) => client !== undefined);

/** Objects travel as JSON, as `pg` sends them. */
const plain = (value: unknown) =>
  value !== null && typeof value === "object" && !(value instanceof Date) ? JSON.stringify(value) : value;

const dialect = new PgDialect();

/** A statement as it is sent. Putting one together costs as much as a tenth of a page: what never changes is kept so. */
export interface Compiled {
  sql: string;
  params: unknown[];
}

/** Puts a statement together. */
export const compile = (statement: SQL): Compiled => dialect.sqlToQuery(statement);

/**
 * One statement, put together by hand. `planned`: for its values each time, not once per connection: for filters that are
 * rare or common by their value, where a plan that ignores the value is the trap in docs/performance.md. `quick`: it takes the
 * database next to nothing, each time, so it may stand in line with others (lane.ts).
 */
export async function run<Row>(
  statement: SQL | Compiled,
  how: { planned?: boolean; quick?: boolean } = {},
): Promise<Row[]> {
  const { sql: text, params } = "params" in statement ? statement : compile(statement);
  const way = how.quick ? currentLane() : undefined;
  if (way) return way.lane.pass(async () => (await way.client.unsafe(text, params as never[])) as unknown as Row[]);
  return (await current().client.unsafe(text, params as never[], how.planned ? planned : {})) as unknown as Row[];
}

/** Plain rows for libraries that bring their own SQL (the session store): the shape of a `pg` pool. */
export const rawPool = {
  query: async (text: string, values: unknown[] = []) => {
    const rows = await current().client.unsafe(text, values.map(plain) as never[]);
    return { rows, rowCount: rows.count };
  },
};

/** Behind a pooler the limits are the pooler's to set (docs/operations.md): says so where it does not. */
export async function warnOfUnlimited(): Promise<void> {
  const rows = await rawPool.query("select current_setting('statement_timeout') as limit").catch(() => undefined);
  if (rows?.rows[0]?.limit === "0") log.error("the pooler sets no statement_timeout: statements may run for ever");
}

/** Lets running queries end and closes the pool, if it was ever opened. */
export async function closeDatabase() {
  const closing = [opened, quick];
  opened = undefined;
  quick = undefined;
  await Promise.all(closing.map((each) => each?.client.end({ timeout: 5 })));
}
