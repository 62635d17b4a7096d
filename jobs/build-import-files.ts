import { z } from "zod";
import { buildImportFiles } from "../src/import-files/build.ts";
import { id, task } from "./task.ts";

/**
 * Makes what is handed out around an import. Safe to run twice, and twice at once: what was made earlier goes only when the
 * new file is whole, and nothing but files changes.
 */
export const buildImportFilesJob = task(z.object({ importId: id }), async ({ importId }) => {
  await buildImportFiles(importId);
});
