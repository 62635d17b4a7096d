import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connectionBudget } from "../db/budget.ts";
import { sessionSettings } from "../db/session-settings.ts";
import { StartProblem } from "../dev/folder.ts";

export interface Size {
  webs: number;
  workers: number;
}

/** What is made up once and kept in the folder, so that a restart signs nobody out and can still read what is sealed. */
function kept(folder: string, name: string, make: () => string): string {
  const file = join(folder, name);
  if (!existsSync(file)) writeFileSync(file, make(), { mode: 0o600 });
  return readFileSync(file, "utf8").trim();
}

/** The environment of every process: production, with what the environment does not say made up for one machine. */
export function clusterEnvironment(folder: string, { webs, workers }: Size, url: string): Record<string, string> {
  const given = process.env;
  const host = new URL(url).hostname;
  return {
    ...(given as Record<string, string>),
    NODE_ENV: "production",
    BASE_URL: given.BASE_URL || url,
    TRUST_PROXY: "1",
    WEB_PROCESSES: String(webs),
    WORKER_PROCESSES: String(workers),
    DATABASE_CONNECTIONS: given.DATABASE_CONNECTIONS || "60",
    SMTP_URL: given.SMTP_URL || "smtp://127.0.0.1:25",
    MAIL_FROM: given.MAIL_FROM || `Muster <muster@${host}>`,
    MAIL_DOMAIN: given.MAIL_DOMAIN || host,
    SESSION_SECRET: given.SESSION_SECRET || kept(folder, "session-secret", () => randomBytes(32).toString("hex")),
    ENCRYPTION_KEYS:
      given.ENCRYPTION_KEYS || `first:${kept(folder, "encryption-key", () => randomBytes(32).toString("base64"))}`,
  };
}

/** How many connections the pooler may open: what the plan leaves for all web processes. */
export function poolerSize(env: Record<string, string>): number {
  const shares = {
    DATABASE_CONNECTIONS: Number(env.DATABASE_CONNECTIONS),
    WEB_PROCESSES: Number(env.WEB_PROCESSES),
    WORKER_PROCESSES: Number(env.WORKER_PROCESSES),
    WORKER_CONCURRENCY: Number(env.WORKER_CONCURRENCY || 10),
    DATABASE_POOL_URL: "yes",
  };
  const budget = connectionBudget(shares);
  if (!budget)
    throw new StartProblem(`DATABASE_CONNECTIONS=${env.DATABASE_CONNECTIONS} is too few for so many processes.`);
  return budget.pooler;
}

/**
 * PgBouncer's settings (pgbouncer.ini). Transaction mode: a web process holds a connection of the database only while a
 * transaction runs. The limits that a direct connection sets for itself are set here, once for each connection (R10).
 */
export function pgbouncerSettings(database: URL, port: number, folder: string, size: number): string {
  const limits = Object.entries(sessionSettings(15_000)).map(([name, value]) => `SET ${name} = ''${value}''`);
  return `[databases]
${database.pathname.slice(1)} = host=${database.hostname} port=${database.port || 5432} connect_query='${limits.join("; ")}'

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${join(folder, "userlist.txt")}
pool_mode = transaction
max_client_conn = 1000
default_pool_size = ${size}
max_db_connections = ${size}
; Nobody hangs for longer than ten seconds (R8): then people get Muster's page that says to come back.
query_wait_timeout = 8
server_login_retry = 1
server_connect_timeout = 5
server_lifetime = 3600
server_idle_timeout = 60
logfile = ${join(folder, "pgbouncer.log")}
pidfile = ${join(folder, "pgbouncer.pid")}
`;
}

/** HAProxy's settings. It asks who is alive (`/healthz`), and asks another process where one could not be reached. */
export function haproxySettings(ports: number[], port: number, certificate: string): string {
  const webs = ports.map((each, at) => `  server web${at + 1} 127.0.0.1:${each}`).join("\n");
  return `global
  maxconn 4000

defaults
  mode http
  timeout connect 2s
  timeout client 65s
  timeout server 65s
  timeout http-request 10s
  timeout http-keep-alive 60s
  retries 3
  option redispatch
  # What no process has seen is asked again, and what was never answered, where asking changes nothing (GET, HEAD).
  retry-on conn-failure empty-response

frontend https
  bind :${port} ssl crt ${certificate}
  # What a visitor says of addresses is not believed: one proxy, one hop (TRUST_PROXY=1).
  http-request del-header X-Forwarded-For
  http-request del-header Forwarded
  option forwardfor
  http-request set-header X-Forwarded-Proto https
  http-request disable-l7-retry unless METH_GET
  default_backend webs

backend webs
  balance leastconn
  option httpchk GET /healthz
  # Slow is not dead: a process is left alone for some seconds of a busy machine, and its requests are never cut off.
  timeout check 5s
  default-server check inter 1s fastinter 200ms fall 3 rise 1
${webs}
`;
}
