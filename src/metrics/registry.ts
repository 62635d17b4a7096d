import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { hashQueue } from "../auth/passwords.ts";
import { poolUse } from "../db/client.ts";
import { factsWithin } from "../operations/facts.ts";
import { lines } from "../operations/queue.ts";

/** Everything that monitoring can read; docs/monitoring names these. */
export const registry = new Registry();

collectDefaultMetrics({ register: registry, prefix: "muster_" });

const gauge = (name: string, help: string, labelNames: string[] = []) =>
  new Gauge({ name: `muster_${name}`, help, labelNames, registers: [registry] });

export const requests = new Histogram({
  name: "muster_http_request_duration_seconds",
  help: "Time from a request to its answer, by the pattern of its route",
  labelNames: ["method", "route", "status"],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  registers: [registry],
});
export const inFlight = gauge("http_requests_in_flight", "Requests that are not answered yet");
const scrapes = new Counter({ name: "muster_scrapes_total", help: "How often this was read", registers: [registry] });

const workers = gauge("workers", "Workers heard of within a minute");
const oldest = gauge("queue_oldest_seconds", "How long the next job in line has been due");
const waiting = gauge("queue_jobs", "Jobs that are due, by name, up to 5000", ["job"]);
const failed = gauge("jobs_failed", "Jobs that have failed for good");
const mails = gauge("mails", "Mails by state; bounced and failed of a week, sent of a day", ["status"]);
const failing = gauge("mail_failing_seconds", "For how long the mail server has taken no mail; 0 where it takes mail");
const connections = gauge("database_connections", "Connections of this database that are in use");
const limit = gauge("database_connections_limit", "What the server allows");
const seals = gauge("seal_lag_seconds", "How far the seals of the audit log are behind");
const pool = gauge("pool_connections", "Connections of this process: its share, and those in use", ["state"]);
const poolWaiting = gauge("pool_waiting", "Statements and transactions of this process that wait for a connection");
const hashing = gauge("password_hashes_running", "Passwords that this process hashes (argon2)");
const hashWaiting = gauge("password_hashes_waiting", "Passwords that wait for their turn to be hashed in this process");
const findings = gauge("log_findings", "What does not fit in the sealed audit log, by the last verification");
const verified = gauge(
  "log_verified_seconds",
  "How long ago the audit log was verified to its end; -1 where it never was",
);
const webhooksWait = gauge(
  "webhooks_oldest_seconds",
  "How long the next webhook has been due; failing receivers do not count",
);
const pending = gauge("migrations_pending", "Migrations of this code that have not run");

/** Reads the figures that the database knows, at most every ten seconds in this process. */
async function readGauges(): Promise<void> {
  const { queue, mails: letters, database, log, webhooks } = await factsWithin(10_000);
  if (queue) {
    workers.set(queue.workers);
    oldest.set(queue.oldest);
    failed.set(queue.failed);
  }
  if (letters) {
    for (const status of ["waiting", "held", "unknown", "failed", "bounced", "sent"] as const)
      mails.set({ status }, letters[status]);
    failing.set(letters.failingSeconds ?? 0);
  }
  if (database) {
    connections.set(database.used);
    limit.set(database.most);
    pending.set(database.pending);
    if (database.sealSeconds !== null) seals.set(database.sealSeconds);
  }
  if (webhooks) webhooksWait.set(webhooks.seconds);
  if (log) {
    findings.set(log.findings);
    verified.set(log.last?.seconds ?? -1);
  }
  await readLines();
}

let linesAt = 0;
async function readLines(): Promise<void> {
  if (linesAt > Date.now() - 10_000) return;
  linesAt = Date.now();
  const found = await lines();
  if (!found) return;
  waiting.reset();
  for (const { name, due } of found) waiting.set({ job: name }, due);
}

/** What this process knows by itself, as it is before it asks the database anything. */
function readOwn(): void {
  const { size, inUse, waiting: without } = poolUse();
  pool.set({ state: "share" }, size);
  pool.set({ state: "used" }, inUse);
  poolWaiting.set(without);
  const { running, waiting: unhashed } = hashQueue();
  hashing.set(running);
  hashWaiting.set(unhashed);
}

/** All of it as Prometheus reads it. */
export async function exposition(): Promise<string> {
  scrapes.inc();
  readOwn();
  await readGauges();
  return registry.metrics();
}
