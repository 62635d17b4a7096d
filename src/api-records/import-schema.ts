import { z } from "zod";
import { id, instant, instantOrNull, time } from "../api/values.ts";
import { importStatuses } from "../db/schema.ts";
import type { ImportProblem, ShownImport } from "../imports/queries.ts";
import { whyWords } from "../imports/why-words.ts";
import { problemWords } from "../workbook/problem-words.ts";

const count = () => z.int().min(0).default(0);
const counts = (description: string) =>
  z
    .object({ create: count(), update: count(), same: count(), skip: count(), warnings: count(), problems: count() })
    .meta({ description });

export const importSchema = z
  .object({
    id: id(),
    fileName: z.string(),
    status: z.enum(importStatuses).meta({
      description:
        "queued → checking → refused (put right, upload again) or checked (to be started) → running → done; failed can be resumed.",
    }),
    uploadedBy: z.string().meta({ description: "Their address." }),
    startedBy: z.string().nullable(),
    createdAt: time("When it was uploaded."),
    checkedAt: time("When it was checked.").nullable(),
    startedAt: time("When it was started.").nullable(),
    finishedAt: time("When it was over.").nullable(),
    found: counts("What the check found: what would be done."),
    results: counts("What was done."),
    done: z.int().meta({ description: "Of the step under way." }),
    total: z.int(),
    error: z.object({ code: z.string(), what: z.string(), remedy: z.string() }).nullable(),
    files: z.array(z.string()).meta({ description: "What can be fetched.", example: ["upload", "annotated"] }),
  })
  .meta({ id: "Import", description: "One uploaded workbook: checked first, then applied when somebody starts it." });

export const problemSchema = z
  .object({
    tier: z.enum(["file", "address", "warning"]).meta({
      description: "`file` refuses all of it, `address` leaves that address out, `warning` nothing.",
    }),
    sheet: z.string(),
    row: z.int().nullable(),
    column: z.string().nullable().meta({ example: "C" }),
    value: z.string().meta({ description: "What stands in the cell." }),
    code: z.string().meta({ example: "role_unknown" }),
    what: z.string(),
    remedy: z.string(),
  })
  .meta({ id: "ImportProblem" });

const full = (found: ShownImport["counts"]) => ({
  ...{ create: 0, update: 0, same: 0, skip: 0, warnings: 0, problems: 0 },
  ...found,
});

/** An import as it is answered. */
export const importAnswer = (row: ShownImport): z.input<typeof importSchema> => ({
  id: row.id,
  fileName: row.fileName,
  status: row.status,
  uploadedBy: row.uploader,
  startedBy: row.starter,
  createdAt: instant(row.createdAt),
  checkedAt: instantOrNull(row.checkedAt),
  startedAt: instantOrNull(row.startedAt),
  finishedAt: instantOrNull(row.finishedAt),
  found: full(row.counts),
  results: full(row.results),
  done: row.done,
  total: row.total,
  error: row.error ? { code: row.error, ...whyWords(row.error, row.errorValues) } : null,
  files: row.files,
});

/** A problem as it is answered, in words. */
export const problemAnswer = (problem: ImportProblem): z.input<typeof problemSchema> => {
  const { tier, sheet, row, column, value, code } = problem;
  const { what, remedy } = problemWords(problem);
  return { tier, sheet, row, column, value, code, what, remedy };
};
