import autocannon from "autocannon";
import { browserHeaders } from "./processes.ts";

export interface Figures {
  perSecond: number;
  p50: number;
  p95: number;
  bytes: number;
}

/**
 * Loads one page for some seconds and returns requests a second and latencies in ms. Any answer but 200 is an error.
 * `encoding`: what the client takes, as browsers do (`gzip, deflate, br, zstd`); else the bytes as they are.
 */
export function load(url: string, connections: number, seconds: number, cookie = "", encoding = ""): Promise<Figures> {
  const times: number[] = [];
  return new Promise((resolve, reject) => {
    const run = autocannon(
      {
        url,
        connections,
        duration: seconds,
        headers: { ...browserHeaders, cookie, ...(encoding && { "accept-encoding": encoding }) },
      },
      (error, result) => {
        if (error) return reject(error);
        if (result.non2xx > 0 || result.errors > 0) {
          return reject(new Error(`${url}: ${result.non2xx} not 200, ${result.errors} errors`));
        }
        times.sort((a, b) => a - b);
        resolve({
          perSecond: times.length / seconds,
          p50: at(times, 0.5),
          p95: at(times, 0.95),
          bytes: Math.round(result.throughput.total / Math.max(1, times.length)),
        });
      },
    );
    run.on("response", (_client, _status, _bytes, time) => times.push(time));
  });
}

/** Times one call `times` times, in ms, sorted. */
export async function sample(times: number, work: (n: number) => Promise<unknown>): Promise<number[]> {
  const all: number[] = [];
  for (let n = 0; n < times; n++) {
    const began = performance.now();
    await work(n);
    all.push(performance.now() - began);
  }
  return all.sort((a, b) => a - b);
}

export const at = (sorted: number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

const rows: string[][] = [];

/** Prints one line of the table: what, ours, the floor, their ratio, the budget, and whether it is kept. */
export function report(
  what: string,
  ours: string,
  floor: string,
  ratio: number | null,
  budget: string,
  kept: boolean | null,
) {
  const line = [
    what,
    ours,
    floor,
    ratio === null ? "" : ratio.toFixed(2),
    budget,
    kept === null ? "" : kept ? "kept" : "MISSED",
  ];
  rows.push(line);
  process.stdout.write(`| ${line.join(" | ")} |\n`);
}

export const header = () =>
  process.stdout.write("| what | Muster | floor | ratio | budget | |\n|---|---|---|---|---|---|\n");

export const missed = () => rows.filter((line) => line.at(-1) === "MISSED").length;
export const ms = (value: number) => `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;
