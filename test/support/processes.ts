import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../src/db/embedded.ts";
import { flagsOf } from "../../src/dev/processes.ts";
import { atEndOfFile } from "./endings.ts";
import { poolerOf } from "./pooler.ts";
import { password } from "./world.ts";

const all: Running[] = [];
atEndOfFile(() => {
  for (const each of all.splice(0)) each.kill("SIGKILL");
});

/** A real process of ours, started as the `Procfile` has it, with its log. Ended with the test file whatever happens. */
export class Running {
  log: string[] = [];
  port: number;
  exited: Promise<number | NodeJS.Signals>;
  private child: ChildProcess;

  constructor(name: "web" | "worker", env: Record<string, string>, port = 0) {
    this.port = port;
    const file = `src/${name === "web" ? "server" : name}.ts`;
    this.child = spawn(process.execPath, [...flagsOf(name), file], {
      env: { ...process.env, NODE_ENV: "test", LOG_LEVEL: "info", LOG_JSON: "1", PORT: String(port || 3000), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const keep = (chunk: Buffer) => this.log.push(...chunk.toString().split("\n").filter(Boolean));
    this.child.stdout!.on("data", keep);
    this.child.stderr!.on("data", keep);
    this.exited = new Promise((resolve) => this.child.once("exit", (code, signal) => resolve(signal ?? code ?? 0)));
    all.push(this);
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Resident memory in MB. */
  get memory(): number {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.child.pid}/status`, "utf8"))?.[1]) / 1024;
  }

  get alive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Waits until the log says this. */
  async says(text: string | RegExp, within = 50_000): Promise<void> {
    await until(
      () => this.log.some((line) => line.match(text)),
      within,
      () => `no “${text}” in:\n${this.log.join("\n")}`,
    );
  }

  /** A request to this web process; never throws: a refused connection has status 0. */
  async fetch(path: string, init: RequestInit & { cookie?: string } = {}) {
    const { cookie, ...rest } = init;
    const headers = {
      Origin: process.env.BASE_URL!,
      ...(cookie ? { Cookie: cookie } : {}),
      ...(rest.headers as object),
    };
    const started = Date.now();
    try {
      const answer = await fetch(`http://127.0.0.1:${this.port}${path}`, { redirect: "manual", ...rest, headers });
      return { status: answer.status, text: await answer.text(), headers: answer.headers, ms: Date.now() - started };
    } catch (error) {
      return { status: 0, text: String(error), headers: new Headers(), ms: Date.now() - started };
    }
  }

  /** Signs in and returns the cookies. */
  async signIn(email: string, secret = password): Promise<string> {
    const body = new URLSearchParams({ email, password: secret });
    const answer = await this.fetch("/sign-in", { method: "POST", body });
    if (answer.status !== 303) throw new Error(`sign-in answered ${answer.status}: ${answer.text}`);
    return answer.headers
      .getSetCookie()
      .map((cookie) => cookie.split(";")[0])
      .join("; ");
  }
}

export async function startWeb(env: Record<string, string> = {}): Promise<Running> {
  const pooler = await poolerOf(env.DATABASE_URL ?? process.env.DATABASE_URL!);
  const web = new Running("web", { ...(pooler && { DATABASE_POOL_URL: pooler }), ...env }, await freePort());
  await web.says("web is listening");
  return web;
}

export async function startWorker(env: Record<string, string> = {}): Promise<Running> {
  const worker = new Running("worker", env);
  await worker.says("worker is running");
  return worker;
}

/** Asks again and again until it is so, or fails with `why`. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  within = 20_000,
  why: () => string = () => "it did not come true in time",
): Promise<void> {
  for (const end = Date.now() + within; Date.now() < end; await sleep(50)) if (await isSo()) return;
  throw new Error(why());
}
