import { config } from "../config.ts";
import type { WorkbookEvent } from "./events.ts";
import { type WorkbookLimits, workbookLimits } from "./limits.ts";
import { ReadingProcess } from "./process.ts";
import type { Program } from "./program.ts";
import type { Figures } from "./told.ts";
import { Unreadable } from "./unreadable.ts";

export interface ReadOptions {
  /** Ends the reading at once: the generator throws its reason. */
  signal?: AbortSignal;
  /** How far it is, from 0 to 1, with every batch. */
  onProgress?: (done: number) => void;
  /** Once, when everything was read. */
  onEnd?: (figures: Figures) => void;
  /** For tests; settings, and what a build has prepared, otherwise. */
  limits?: Partial<WorkbookLimits>;
  megabytes?: number;
  seconds?: number;
  program?: Program;
}

/**
 * What is in a workbook, in batches of some hundred rows, read by a process of its own that is gone when this ends, however
 * it ends. Neither holds more than a part of the file at once. What was read before an `Unreadable` is thrown counts for
 * nothing: only the end of the generator says that all of the file was read.
 *
 * Throws `Unreadable` for everything that is wrong with the file, time and memory too: reading it again would end the same.
 * Any other error (the bytes could not be fetched, the process could not be started) may pass.
 */
export async function* readWorkbook(
  bytes: AsyncIterable<Uint8Array>,
  options: ReadOptions = {},
): AsyncGenerator<WorkbookEvent[]> {
  options.signal?.throwIfAborted();
  const limits: WorkbookLimits = {
    ...workbookLimits,
    fileBytes: config.UPLOAD_MEGABYTES * 1024 * 1024,
    rows: Math.max(workbookLimits.rows, config.IMPORT_ROWS * 20),
    ...options.limits,
  };
  const child = new ReadingProcess({
    limits,
    megabytes: options.megabytes ?? config.PARSER_MEGABYTES,
    seconds: options.seconds ?? config.PARSER_SECONDS,
    signal: options.signal,
    program: options.program,
  });
  try {
    child.feed(bytes);
    for (let told = await child.next(); ; told = await child.next()) {
      if ("refused" in told) throw new Unreadable(told.refused.code, told.refused.values);
      if ("end" in told) return options.onEnd?.({ ...told.end, peakBytes: child.peakBytes() });
      options.onProgress?.(told.done);
      if (told.events.length > 0) yield told.events;
    }
  } finally {
    await child.end();
  }
}
