import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { WorkbookLimits } from "./limits.ts";
import { findProgram, type Program } from "./program.ts";
import type { Told } from "./told.ts";
import { Unreadable } from "./unreadable.ts";

export interface Terms {
  limits: WorkbookLimits;
  /** Of all its memory, where the system tells how much that is; of its heap half as many, and that everywhere. */
  megabytes: number;
  /** Of its own work: time in which nobody fetched what it had ready does not count. */
  seconds: number;
  signal: AbortSignal | undefined;
  /** What it runs; of several readers of this process all the same. */
  program?: Program | undefined;
}

let found: Program | undefined;

const MB = 1024 * 1024;
const tickMs = 100;
/** A line is a batch; no batch comes near this. */
const longestLine = 64 * MB;

/** A process that reads one workbook, and the watch over it. */
export class ReadingProcess {
  #child: ChildProcess;
  #terms: Terms;
  #lines: AsyncIterator<Told, undefined>;
  #failure: unknown;
  #exited: Promise<unknown>;
  #fed = false;
  #waiting = false;
  #ended = false;
  #workedMs = 0;
  #peak = 0;
  #watch: NodeJS.Timeout;
  #abort = () => this.#stop(this.#terms.signal?.reason);

  constructor(terms: Terms) {
    this.#terms = terms;
    found ??= findProgram();
    const { entry, readable } = terms.program ?? found;
    this.#child = spawn(
      process.execPath,
      [
        `--max-old-space-size=${Math.ceil(terms.megabytes / 2)}`,
        "--max-semi-space-size=4",
        "--disallow-code-generation-from-strings",
        "--preserve-symlinks",
        "--permission",
        // Its own program, where it stands. It may write nothing and start nothing.
        ...readable.map((path) => `--allow-fs-read=${path}/*`),
        entry,
        JSON.stringify(terms.limits),
      ],
      { cwd: "/", env: {}, stdio: ["pipe", "pipe", "ignore"], windowsHide: true },
    );
    this.#child.on("error", (error) => this.#stop(error));
    this.#exited = once(this.#child, "close").catch(() => {});
    this.#lines = this.#read();
    let before = performance.now();
    this.#watch = setInterval(() => {
      const now = performance.now();
      if (this.#fed && this.#waiting) this.#workedMs += Math.min(now - before, tickMs * 10);
      before = now;
      this.#look();
    }, tickMs);
    terms.signal?.addEventListener("abort", this.#abort);
  }

  /** Hands it the file. Whatever goes wrong on the way there is thrown by `next`. */
  feed(bytes: AsyncIterable<Uint8Array>): void {
    const input = this.#child.stdin!;
    // It may have refused the file before all of it has arrived.
    input.on("error", () => {});
    const give = async () => {
      for await (const piece of bytes) {
        if (input.destroyed || this.#ended) return;
        if (!input.write(piece)) await Promise.race([once(input, "drain"), this.#exited]).catch(() => {});
      }
      input.end();
    };
    give()
      .catch((error: unknown) => this.#stop(error))
      .finally(() => {
        this.#fed = true;
      });
  }

  /** What it tells next. Throws when it was stopped or died. */
  async next(): Promise<Told> {
    this.#waiting = true;
    try {
      const { value } = await this.#lines.next();
      if (this.#failure !== undefined) throw this.#failure;
      if (value) return value;
      await this.#exited;
      if (this.#failure !== undefined) throw this.#failure;
      throw this.#died();
    } finally {
      this.#waiting = false;
    }
  }

  /** The most memory that it was seen to hold at once. */
  peakBytes(): number {
    this.#peak = Math.max(this.#peak, memoryOf(this.#child.pid).peak);
    return this.#peak;
  }

  /** Ends it, if it still runs, and waits until it is gone. */
  async end(): Promise<void> {
    this.#ended = true;
    clearInterval(this.#watch);
    this.#terms.signal?.removeEventListener("abort", this.#abort);
    this.#child.kill("SIGKILL");
    this.#child.stdin?.destroy();
    this.#child.stdout?.destroy();
    await this.#exited;
  }

  async *#read(): AsyncGenerator<Told, undefined> {
    let pieces: Buffer[] = [];
    let length = 0;
    for await (const piece of this.#child.stdout as AsyncIterable<Buffer>) {
      let from = 0;
      for (let to = piece.indexOf(10); to >= 0; to = piece.indexOf(10, from)) {
        pieces.push(piece.subarray(from, to));
        yield JSON.parse(Buffer.concat(pieces).toString("utf8"));
        [pieces, length, from] = [[], 0, to + 1];
      }
      pieces.push(piece.subarray(from));
      length += piece.length - from;
      if (length > longestLine) this.#stop(new Unreadable("too_big", { limit: this.#terms.megabytes }));
    }
    return undefined;
  }

  #stop(reason: unknown) {
    this.#failure ??= reason ?? new Error("the reading was ended");
    this.#child.kill("SIGKILL");
  }

  #look() {
    const { seconds, megabytes } = this.#terms;
    if (this.#workedMs > seconds * 1000) this.#stop(new Unreadable("too_long", { limit: seconds }));
    const { now, peak } = memoryOf(this.#child.pid);
    this.#peak = Math.max(this.#peak, peak);
    if (now > megabytes * MB) this.#stop(new Unreadable("too_big", { limit: megabytes }));
  }

  /** It went without a word: out of memory by its own limit (134), or by the system's. */
  #died(): Error {
    const { exitCode, signalCode } = this.#child;
    if (exitCode === 134 || signalCode === "SIGABRT" || signalCode === "SIGKILL" || signalCode === "SIGTRAP")
      return new Unreadable("too_big", { limit: this.#terms.megabytes });
    return new Error(`the process that reads workbooks ended with ${signalCode ?? exitCode}`);
  }
}

/**
 * How much memory a process holds, and has held at most, in bytes; 0 where the system does not say. What a process says of
 * itself counts the one that it was forked from.
 */
function memoryOf(pid: number | undefined): { now: number; peak: number } {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    const field = (name: string) => Number(status.match(new RegExp(`${name}:\\s+(\\d+) kB`))?.[1] ?? 0) * 1024;
    return { now: field("VmRSS"), peak: field("VmHWM") };
  } catch {
    return { now: 0, peak: 0 };
  }
}
