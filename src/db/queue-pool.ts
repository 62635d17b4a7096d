import net from "node:net";
import pg from "pg";
import { config } from "../config.ts";
import { log } from "../log.ts";
import { ssl } from "./client.ts";
import { watchForSilence } from "./watch.ts";

/** The job queue brings its own SQL over `pg`: a pool for it, bounded like ours (R10). */
export function openQueuePool(max: number): pg.Pool {
  const plain = config.DATABASE_SSL === "off";
  const pool = new pg.Pool({
    connectionString: config.DATABASE_URL,
    ssl: ssl[config.DATABASE_SSL],
    max,
    connectionTimeoutMillis: 10_000,
    query_timeout: 30_000,
    keepAlive: true,
    // Encrypted bytes cannot be read along; there the two limits above must do.
    ...(plain ? { stream: watchedSocket } : {}),
  });
  // Without listeners a lost connection would end the process.
  pool.on("error", (error) => log.warn({ err: error }, "queue connection lost"));
  pool.on("connect", (client) => client.on("error", () => {}));
  return pool;
}

function watchedSocket(): net.Socket {
  const socket = new net.Socket();
  watchForSilence(socket, { startup: 8_000, answer: 25_000 });
  return socket;
}
