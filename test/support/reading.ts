import { readdirSync, readFileSync } from "node:fs";
import type { WorkbookEvent } from "../../src/xlsx/events.ts";
import { type ReadOptions, readWorkbook } from "../../src/xlsx/read.ts";
import { inPieces } from "./workbooks.ts";

/** Everything that is in a workbook. */
export async function readAll(bytes: Uint8Array, options?: ReadOptions): Promise<WorkbookEvent[]> {
  const events: WorkbookEvent[] = [];
  for await (const batch of readWorkbook(inPieces(bytes), options)) events.push(...batch);
  return events;
}

/** The rows alone, without where they stand. */
export const cellsOf = (events: WorkbookEvent[]) =>
  events.flatMap((event) => (event.type === "row" ? [event.cells] : []));

/** The reading processes that this process has started and that still run. */
export function readers(): { pid: number; file: (name: string) => string }[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const file = (name: string) => {
        try {
          return readFileSync(`/proc/${pid}/${name}`, "latin1");
        } catch {
          return "";
        }
      };
      const ours = file("stat").split(") ")[1]?.split(" ")[1] === String(process.pid);
      return ours && /\/xlsx\/child\.(ts|mjs)/.test(file("cmdline")) ? [{ pid: Number(pid), file }] : [];
    });
}

/** The most memory that this process takes while `work` runs, beyond what it had before, in MB. */
export async function extraMegabytes(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage().rss;
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss);
  }, 10);
  await work().finally(() => clearInterval(watch));
  return (most - before) / 1024 / 1024;
}
