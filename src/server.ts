import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { quickenLoading } from "./loading.ts";

quickenLoading();
const { watchAlarms } = await import("./alarms/watch.ts");
const { flushCalls } = await import("./api-calls/note.ts");
const { createApp } = await import("./app.ts");
const { config } = await import("./config.ts");
const { closeDatabase, configureDatabase, warnOfUnlimited } = await import("./db/client.ts");
const { followClock } = await import("./db/clock.ts");
const { closeConnections } = await import("./imap/connections.ts");
const { log } = await import("./log.ts");
const { collectAtRest } = await import("./resting.ts");

// Importing it would load Node's client for the web as well (fetch, WebSocket), 14 MB, for names that nobody uses here.
const { createServer } = process.getBuiltinModule("node:http");

if (config.DATABASE_POOL_URL) configureDatabase({ url: config.DATABASE_POOL_URL, pooled: true });

const server = createServer({ maxHeaderSize: 16_384 }, createApp());
server.keepAliveTimeout = 65_000;
collectAtRest(server);

// While stopping, a connection ends with its answer instead of waiting for another request.
let stopping = false;
server.prependListener("request", (_req, res) => {
  if (stopping) res.setHeader("Connection", "close");
});

server.on("error", (error: NodeJS.ErrnoException) => {
  const text =
    error.code === "EADDRINUSE"
      ? `Port ${config.PORT} is taken: another Muster, or another program, listens there. Set PORT to use another one.`
      : String(error);
  process.stderr.write(`${text}\n`);
  process.exit(1);
});

// A worker cannot say that there is none.
const watching = watchAlarms();
const clock = followClock();

server.listen(config.PORT, () => {
  log.info({ port: config.PORT }, "web is listening");
  if (config.DATABASE_POOL_URL) void warnOfUnlimited();
  process.send?.("listening");
});

// Started by `npm start`: the built-in inbox and name server live here, and when the starter is gone, so is this process.
const inbox = config.INBOX_PORT === undefined || config.production ? undefined : await openInbox(config.INBOX_PORT);
const names = config.NAME_SERVER_PORT === undefined || config.production ? undefined : await openNames();
process.on("disconnect", () => void stop(0));

async function openInbox(port: number) {
  const { startInbox } = await import("./dev/current.ts");
  return startInbox(port, config.INBOX_FILE);
}

async function openNames() {
  const { startNameServer } = await import("./dev-dns/current.ts");
  return startNameServer(config.NAME_SERVER_PORT!, config.NAME_SERVER_FILE);
}

/**
 * R19: routers hear of the stop about when we do, so for a moment everything is still answered; then nothing new is taken,
 * what is in flight finishes within 20 s, and the process is gone within 25.
 */
async function stop(code: number) {
  if (stopping) return;
  stopping = true;
  setTimeout(() => process.exit(code || 1), 25_000).unref();
  setTimeout(() => server.closeAllConnections(), 20_000).unref();
  if (process.env.NODE_ENV !== "development") await sleep(1_000);

  // Not `server.close()`: that cuts connections off whose first request is still on its way.
  const closed = new Promise((resolve) => net.Server.prototype.close.call(server, resolve));
  setInterval(() => server.closeIdleConnections(), 250).unref();
  await closed;
  watching.stop();
  clock.stop();
  await inbox?.close();
  await names?.close();
  await closeConnections();
  await flushCalls();
  await closeDatabase();
  process.exit(code);
}

process.on("SIGTERM", () => void stop(0));
process.on("SIGINT", () => void stop(0));
process.on("uncaughtException", (error) => {
  log.fatal({ err: error }, "uncaught exception");
  void stop(1);
});
