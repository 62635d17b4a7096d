import { and, eq, inArray, isNotNull, lt, ne, or } from "drizzle-orm";
import { config } from "../config.ts";
import { db } from "../db/client.ts";
import { files } from "../db/files.ts";
import { imports, users } from "../db/schema.ts";
import { type StoredFile, storeFile } from "../files/store.ts";
import { inLanguage } from "../i18n/t.ts";
import { openPipe, type Pipe } from "../xlsx-writing/bytes.ts";
import { annotate } from "./annotate.ts";
import { writeBefore } from "./before.ts";
import { type ImportFileKind, nameOf, workbookType } from "./kinds.ts";

type Import = typeof imports.$inferSelect;

/** Of which there is something to hand out: it was read, and not called off. */
const looked = ["refused", "checked", "running", "done", "failed"] as const;

const importRow = async (importId: string) =>
  (
    await db
      .select({ run: imports, locale: users.locale })
      .from(imports)
      .innerJoin(users, eq(users.id, imports.uploadedBy))
      .where(and(eq(imports.id, importId), inArray(imports.status, [...looked]), isNotNull(imports.checkedAt)))
  )[0];

/**
 * Makes what is handed out after a check and after a run (X4, X5): the workbook back with its problems, the rows that
 * failed, and what was there before. What was made earlier goes only when the new one is whole.
 */
export async function buildImportFiles(importId: string, stop?: AbortSignal): Promise<void> {
  const found = await importRow(importId);
  if (!found?.run.fileId || found.run.error) return;
  const { run, locale } = found;
  await inLanguage({ locale }, async () => {
    const made = await keep(run, ["annotated", "failed"], async ([whole, failed]) => {
      const { failedRows } = await annotate(run, whole!.write, failed!.write, stop);
      return [true, failedRows > 0];
    });
    made.push(...(await keep(run, ["before"], async ([pipe]) => [(await writeBefore(run, pipe!.write)) > 0])));
    const now = await importRow(importId);
    const settled = (row: Import | undefined) => row?.finishedAt?.getTime();
    // Its run ended meanwhile: the job that this queued says more.
    if (settled(now?.run) === settled(run)) await replace(run.id, made);
    else await drop(made);
  });
}

/** Keeps files while they are written; `fill` says which of them say anything. */
async function keep(
  run: Import,
  kinds: ImportFileKind[],
  fill: (pipes: Pipe[]) => Promise<boolean[]>,
): Promise<Made[]> {
  const pipes = kinds.map(() => openPipe());
  const stored = kinds.map((kind, at) =>
    storeFile(
      {
        ...{ accountId: run.accountId, kind, subjectId: run.id },
        ...{ name: nameOf(run.fileName, kind), mediaType: workbookType, days: config.IMPORT_DAYS },
      },
      pipes[at]!.bytes,
    ),
  );
  // The first thing that goes wrong ends all of it.
  const stop = (error: Error) => {
    for (const pipe of pipes) pipe.fail(error);
    throw error;
  };
  const filled = fill(pipes).then((worth) => {
    for (const pipe of pipes) pipe.end();
    return worth;
  }, stop);
  const [worth, ...done] = await Promise.all([filled, ...stored.map((each) => each.catch(stop))]);
  return done.map((file, at) => ({ file, kind: kinds[at]!, worth: worth[at]! }));
}

type Made = { file: StoredFile; kind: ImportFileKind; worth: boolean };

const drop = (made: Made[]) =>
  db.delete(files).where(
    inArray(
      files.id,
      made.map(({ file }) => file.id),
    ),
  );

/** Of each kind only the newest stays, and only where it says anything; what is still being written is another job's. */
async function replace(importId: string, made: Made[]) {
  await db.transaction(async (tx) => {
    for (const { file, kind, worth } of made) {
      const older = lt(files.completedAt, file.completedAt!);
      const gone = worth ? and(ne(files.id, file.id), older) : or(eq(files.id, file.id), older);
      await tx.delete(files).where(and(eq(files.subjectId, importId), eq(files.kind, kind), gone));
    }
  });
}
