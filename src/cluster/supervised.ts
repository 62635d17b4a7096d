import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import type { RunAs } from "../db/postgres-binaries.ts";

export interface Start {
  name: string;
  command: string;
  args: string[];
  env?: Record<string, string>;
  user?: RunAs;
}

/** A process that is started again whenever it ends without having been told to: after 200 ms, then later and later. */
export class Supervised {
  readonly name: string;
  private child: ChildProcess | undefined;
  private gone: Promise<void> = Promise.resolve();
  private wanted = true;
  private readonly how: Start;
  private pause = 200;

  constructor(how: Start) {
    this.name = how.name;
    this.how = how;
    this.begin();
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  private begin(): void {
    const { command, args, env, user } = this.how;
    const began = Date.now();
    const child = spawn(command, args, { ...user, env, stdio: ["ignore", "inherit", "inherit"], detached: true });
    this.child = child;
    this.gone = new Promise((resolve) => {
      child.once("error", (error) => console.error(`${this.name}: ${error.message}`));
      child.once("close", async (code, signal) => {
        resolve();
        if (!this.wanted) return;
        console.error(`${this.name} ended (${signal ?? `exit code ${code}`}); it is started again`);
        this.pause = Date.now() - began > 10_000 ? 200 : Math.min(this.pause * 2, 5_000);
        await sleep(this.pause);
        if (this.wanted) this.begin();
      });
    });
  }

  /** Asks it to end (SIGTERM) and waits until it has; after `within` milliseconds it is killed. */
  async stop(within = 30_000): Promise<void> {
    this.wanted = false;
    this.child?.kill("SIGTERM");
    const timer = setTimeout(() => this.child?.kill("SIGKILL"), within);
    await this.gone;
    clearTimeout(timer);
  }

  /** Ends it and starts it anew: one step of a deploy. */
  async renew(): Promise<void> {
    await this.stop();
    this.wanted = true;
    this.begin();
  }
}
