import { z } from "zod";
import { buildImportFiles } from "../src/import-files/build.ts";
import { log } from "../src/log.ts";
import { ending } from "../src/queue.ts";
import { Unreadable } from "../src/xlsx/unreadable.ts";
import { id, task } from "./task.ts";

/**
 * Makes what is handed out around an import. Safe to run twice, and twice at once: what was made earlier goes only when the
 * new file is whole, and nothing but files changes. A worker that ends leaves it to the next one.
 */
export const buildImportFilesJob = task(z.object({ importId: id }), async ({ importId }, { abortSignal }) => {
  try {
    await buildImportFiles(importId, abortSignal ? AbortSignal.any([abortSignal, ending.signal]) : ending.signal);
  } catch (error) {
    // It could be read when it was checked; reading it again and again would end the same (T82).
    if (!(error instanceof Unreadable)) throw error;
    log.warn({ importId, code: error.code }, "the files of an import could not be made");
  }
});
