import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { procfile, productionEnv } from "./processes.ts";

const root = new URL("../../", import.meta.url).pathname;

/** The worker process as in production, and what it takes. Memory in MB. */
export interface Worker {
  memory(): number;
  /** The most that it ever held. */
  peak(): number;
  /** The most that any process held that it started: whatever reads workbooks. */
  childPeak(): number;
  /** Milliseconds of processor so far; with those that it started and that are over. */
  processorTime(): number;
  stop(): Promise<void>;
}

const statusOf = (pid: number, field: "VmHWM" | "VmRSS") => {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
};

/** After the name in brackets; the fields of proc(5) from the third on. */
const statOf = (pid: number) => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");

/** Starts it, and waits until it takes jobs. */
export async function serveWorker(url: string): Promise<Worker> {
  const how = procfile("worker");
  const child = spawn(process.execPath, [...how.flags, "src/worker.ts"], {
    cwd: root,
    env: { ...process.env, ...how.env, ...productionEnv, DATABASE_URL: url },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const pid = child.pid!;
  await new Promise((ready, failed) => child.once("message", ready).once("exit", failed));
  let childPeak = 0;
  // What is over is not counted any more, so it is looked at often: the last look is near its peak.
  const watch = setInterval(() => {
    for (const name of readdirSync("/proc")) {
      if (!(Number(name) > pid)) continue;
      try {
        if (Number(statOf(Number(name))[1]) === pid) childPeak = Math.max(childPeak, statusOf(Number(name), "VmHWM"));
      } catch {
        // It is gone.
      }
    }
  }, 50);
  return {
    memory: () => statusOf(pid, "VmRSS"),
    peak: () => statusOf(pid, "VmHWM"),
    childPeak: () => childPeak,
    processorTime: () =>
      statOf(pid)
        .slice(11, 15)
        .reduce((sum, field) => sum + Number(field) * 10, 0),
    stop: async () => {
      clearInterval(watch);
      const gone = new Promise((done) => child.once("exit", done));
      child.kill("SIGTERM");
      await gone;
    },
  };
}

/** Asks again and again until there is an answer. */
export async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await sleep(25);
  }
}
