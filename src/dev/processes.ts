import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { StartProblem } from "./folder.ts";

/** Refuses to start on what is no port, or on one where something listens already. */
export async function assertPortFree(port: number): Promise<void> {
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new StartProblem("PORT is no number from 1 to 65535. Choose one: PORT=3001 npm start");
  await new Promise<void>((resolve, reject) => {
    const probe = createServer().once("error", (error: NodeJS.ErrnoException) => {
      const why =
        error.code === "EADDRINUSE"
          ? "is taken: another Muster, or another program, listens there. Stop it, or choose"
          : `cannot be used (${error.code}). Choose`;
      reject(new StartProblem(`Port ${port} ${why} another one: PORT=3001 npm start`));
    });
    probe.listen(port, () => probe.close(() => resolve()));
  });
}

const procfile = new URL("../../Procfile", import.meta.url);

/** The flags of Node that the `Procfile` starts a process with: here it lives within the same memory as in production. */
export const flagsOf = (name: string): string[] =>
  new RegExp(`^${name}: (.*)$`, "m")
    .exec(readFileSync(procfile, "utf8"))![1]!
    .split(" ")
    .filter((word) => word.startsWith("--"));

/** One of ours: started away from the terminal's Ctrl-C, and ended by SIGTERM in the order that the starter chooses. */
export class Process {
  readonly name: string;
  private child: ChildProcess;
  private wanted = false;
  private gone: Promise<void>;

  constructor(name: string, file: URL, environment: NodeJS.ProcessEnv, onLoss: (text: string) => void) {
    this.name = name;
    this.child = spawn(process.execPath, [...flagsOf(name), file.pathname], {
      env: { ...environment, MUSTER_PROCESS: name },
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      detached: true,
    });
    this.gone = new Promise((resolve) => this.child.once("exit", () => resolve()));
    this.child.once("exit", (code, signal) => {
      if (!this.wanted) onLoss(`The ${name} process ended by itself (${signal ?? `exit code ${code}`}).`);
    });
  }

  async stop(): Promise<void> {
    this.wanted = true;
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill("SIGTERM");
    await this.gone;
  }

  kill(): void {
    this.child.kill("SIGKILL");
  }
}

/** Waits until the web process says that everything is in place: the database, its schema, and a worker. */
export async function untilReady(url: string, isStopping: () => boolean): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end && !isStopping(); await sleep(100)) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    const state = (await answer?.json().catch(() => undefined)) as { worker?: string } | undefined;
    if (answer?.ok && state?.worker === "ok") return;
  }
  if (!isStopping()) throw new StartProblem("Muster did not get ready within a minute. The log above says why.");
}
