import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import postgres, { type Sql } from "postgres";
import { type EmbeddedDatabase, ensureDatabase, freePort, startEmbedded } from "../../src/db/embedded.ts";
import { demoPassword } from "../../src/db/seed-people.ts";
import { MailServer } from "./system-mail.ts";

// The proxy's certificate signed itself.
process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
process.removeAllListeners("warning");

export interface Answer {
  status: number;
  ms: number;
  text: string;
  headers: Headers;
}

/** All of Muster as `npm run cluster` starts it, on a database and a mail server that are broken on purpose. */
export class System {
  readonly dir: string;
  readonly mail = new MailServer();
  database!: EmbeddedDatabase;
  sql!: Sql;
  url = "";
  log = "";
  /** The most connections of the database that were seen at once. */
  connections = 0;
  private child: ChildProcess | undefined;
  private watching = true;

  /** `dir` with a database folder beside it: started on that data instead of the demo's. */
  constructor(dir?: string) {
    this.dir = dir ?? mkdtempSync("/tmp/muster-system-");
  }

  async start(before?: (sql: Sql) => Promise<void>): Promise<this> {
    this.database = await startEmbedded(`${this.dir}-database`, ["max_connections=100"]);
    const fresh = await ensureDatabase(this.database, "muster");
    this.sql = postgres(this.database.adminUrl.replace(/postgres$/, "muster"), { max: 2, onnotice: () => {} });
    await before?.(this.sql);
    await this.mail.open();
    const port = await freePort();
    this.url = `https://localhost:${port}`;
    this.child = spawn(process.execPath, ["bin/cluster.ts", "--port", String(port), ...(fresh ? ["--demo"] : [])], {
      env: {
        ...process.env,
        MUSTER_DATA: this.dir,
        NODE_OPTIONS: `--import=${new URL("../support/clock.mjs", import.meta.url).href}`,
        DATABASE_URL: this.database.url("muster"),
        DATABASE_CONNECTIONS: "60",
        SMTP_URL: `smtp://127.0.0.1:${this.mail.port}`,
        LOG_LEVEL: "info",
        INVITES_PER_HOUR: "100000",
        INVITES_PER_DAY_PER_ACCOUNT: "100000",
        UPLOADS_PER_MINUTE: "100000",
        IMPORTS_PER_HOUR: "100000",
        SIGN_INS_PER_MINUTE_PER_IP: "100000",
        SIGN_INS_PER_HOUR_PER_IP: "100000",
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.child.stdout!, this.child.stderr!]) stream.on("data", (text) => this.keep(String(text)));
    await this.until(() => this.log.includes("\nready "), 120_000, "the system did not get ready");
    await this.untilReady();
    void this.watch();
    return this;
  }

  private keep(text: string) {
    this.log = (this.log + text).slice(-2_000_000);
  }

  private async watch() {
    while (this.watching) {
      const [row] = await this.sql<{ n: number }[]>`
        select count(*)::int as n from pg_stat_activity where usename = 'muster'`.catch(() => []);
      this.connections = Math.max(this.connections, row?.n ?? 0);
      await sleep(200);
    }
  }

  async until(isSo: () => boolean | Promise<boolean>, within: number, why: string): Promise<number> {
    const began = Date.now();
    while (!(await isSo())) {
      if (Date.now() - began > within) throw new Error(`${why}\n${this.log.slice(-3000)}`);
      await sleep(100);
    }
    return Date.now() - began;
  }

  /** The process numbers of what runs now, by its name in the script (web1, worker2, pgbouncer …), its newest start. */
  pid(name: string): number {
    const found = this.pidNow(name);
    if (!found) throw new Error(`no process ${name}`);
    return found;
  }

  /** The same; undefined while it is not there. */
  pidNow = (name: string) => processesOf(this.dir).findLast((each) => each.name === name)?.pid;

  /** Waits until each web process answered once that it is ready; returns how long that took, in milliseconds. */
  async untilReady(): Promise<number> {
    const ready = async () => (await Promise.all([1, 2, 3, 4, 5, 6].map(() => this.ask("/readyz")))).every(isFine);
    return this.until(async () => ["web1", "web2", "web3"].every(this.pidNow) && (await ready()), 60_000, "not ready");
  }

  /** Kills it (-9) where it runs; one that was killed a moment ago is not there yet. */
  async kill(name: string): Promise<void> {
    await this.until(() => processesOf(this.dir).some((each) => each.name === name), 60_000, `no process ${name}`);
    process.kill(this.pid(name), "SIGKILL");
  }

  get pgbouncer(): number {
    return Number(readFileSync(`${this.dir}/programs/pgbouncer.pid`, "utf8"));
  }

  renew(): void {
    this.child!.kill("SIGHUP");
  }

  /** A request through the proxy; never throws: no answer has status 0. */
  async ask(path: string, cookie = "", fields?: Record<string, string> | FormData): Promise<Answer> {
    const began = performance.now();
    const body = fields instanceof FormData ? fields : fields && new URLSearchParams(fields);
    const init = { method: body ? "POST" : "GET", redirect: "manual", headers: { Cookie: cookie, Origin: this.url } };
    try {
      const answer = await fetch(this.url + path, {
        ...init,
        body,
        signal: AbortSignal.timeout(30_000),
      } as never);
      const text = await answer.text();
      return { status: answer.status, text, headers: answer.headers, ms: performance.now() - began };
    } catch (error) {
      return {
        status: 0,
        text: `${error}: ${(error as Error).cause}`,
        headers: new Headers(),
        ms: performance.now() - began,
      };
    }
  }

  async signIn(email = "olivia@northwind.test"): Promise<string> {
    const answer = await this.ask("/sign-in", "", { email, password: demoPassword });
    if (answer.status !== 303) throw new Error(`sign-in answered ${answer.status} ${answer.text.slice(0, 200)}`);
    return answer.headers
      .getSetCookie()
      .map((line) => line.split(";")[0])
      .join("; ");
  }

  async stop(): Promise<void> {
    this.watching = false;
    if (this.child?.exitCode === null) {
      const gone = new Promise((resolve) => this.child!.once("exit", resolve));
      this.child.kill("SIGTERM");
      await gone;
    }
    await this.sql.end({ timeout: 1 });
    await this.mail.close().catch(() => {});
    await this.database.stop("immediate");
    for (const each of ["", "-database", "-database.log"].map((end) => this.dir + end))
      rmSync(each, { recursive: true, force: true });
  }
}

const isFine = ({ status }: Answer) => status === 200;

/** The processes of this system, by what the script calls them; oldest first. */
function processesOf(dir: string): { pid: number; name: string }[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b)
    .flatMap((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
        const name = environment.find((line) => line.startsWith("MUSTER_PROCESS="))?.slice(15);
        return name && environment.includes(`MUSTER_DATA=${dir}`) ? [{ pid, name }] : [];
      } catch {
        return [];
      }
    });
}
