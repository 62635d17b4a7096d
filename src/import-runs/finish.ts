import { and, eq, sql } from "drizzle-orm";
import { recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { importProblems, imports, users } from "../db/schema.ts";
import { starterOf } from "../import-batches/standing.ts";
import { Halt, type Import } from "../import-batches/step.ts";
import { refusedRights } from "../import-rights/refused.ts";
import { queueFiles } from "../imports/limits.ts";
import { subjectOf } from "../imports/queries.ts";
import { notify } from "../notifications/notify.ts";
import type { Problem } from "../workbook/entries.ts";

const mine = (run: Pick<Import, "id" | "generation">) =>
  and(eq(imports.id, run.id), eq(imports.generation, run.generation), eq(imports.status, "running"));

/** Ends an import that has nobody left: one event, one bell, one mail (R26). Once (R3). */
export function finishImport(run: Import): Promise<void> {
  return db.transaction(async (tx) => {
    const [done] = await tx
      .update(imports)
      .set({ status: "done", finishedAt: sql`clock_timestamp()`, error: null })
      .where(mine(run))
      .returning();
    if (!done) return;
    await recordEvent(tx, await authorOf(tx, run), "import.finished", subjectOf(run), { after: { ...done.results } });
    await tell(tx, done);
  });
}

/**
 * T85: before the first row, what the file gives and takes is held against what the starter may give and take now. Whoever may
 * not any more has the whole file refused: nobody is created. Says whether it was.
 */
export function refuseIfDemoted(run: Import): Promise<boolean> {
  return db.transaction(async (tx) => {
    const problems = await problemsNow(tx, run);
    if (problems?.length === 0) return false;
    const [refused] = await tx
      .update(imports)
      .set({
        status: "refused",
        finishedAt: sql`clock_timestamp()`,
        error: "starter_demoted",
        counts: { ...run.counts, problems: (run.counts.problems ?? 0) + (problems?.length ?? 0) },
      })
      .where(mine(run))
      .returning();
    if (!refused) return true;
    await keep(tx, run, problems ?? []);
    const after = { status: "refused", reason: "starter_demoted" };
    await recordEvent(tx, await authorOf(tx, run), "import.finished", subjectOf(run), { after });
    await tell(tx, refused);
    return true;
  });
}

/** Undefined: the starter may not run an import at all. */
async function problemsNow(tx: Tx, run: Import): Promise<Problem[] | undefined> {
  try {
    return await refusedRights(tx, await starterOf(tx, run), run.id);
  } catch (error) {
    if (error instanceof Halt) return undefined;
    throw error;
  }
}

async function keep(tx: Tx, run: Import, problems: Problem[]): Promise<void> {
  const [last] = await tx
    .select({ number: sql<number>`coalesce(max(${importProblems.number}), 0)` })
    .from(importProblems)
    .where(eq(importProblems.importId, run.id));
  const rows = problems.map((problem, index) => ({
    ...problem,
    value: problem.value ?? problem.email ?? "",
    importId: run.id,
    number: (last?.number ?? 0) + index + 1,
  }));
  if (rows.length > 0) await tx.insert(importProblems).values(rows);
}

/**
 * R21: an import that cannot go on as things are, or that the queue has given up on, says so on its page, and somebody can resume
 * it. Only for the worker of that `generation`, where one is given.
 */
export function stopImport(importId: string, reason: string, generation?: number): Promise<void> {
  return db.transaction(async (tx) => {
    const held = generation === undefined ? undefined : eq(imports.generation, generation);
    const [failed] = await tx
      .update(imports)
      .set({ status: "failed", error: reason })
      .where(and(eq(imports.id, importId), eq(imports.status, "running"), held))
      .returning();
    if (failed) await tell(tx, failed);
  });
}

/** An import acts in the name of who started it. */
async function authorOf(tx: Tx, run: Import) {
  const [starter] = run.startedBy ? await tx.select().from(users).where(eq(users.id, run.startedBy)) : [];
  return { userId: run.startedBy, accountId: run.accountId, label: starter?.email ?? "Muster" };
}

/** By bell and by mail: whoever started it may have left the page long ago. The workbook that is handed back follows (X4). */
async function tell(tx: Tx, row: Import): Promise<void> {
  if (row.fileId) await queueFiles(tx, row);
  if (!row.startedBy) return;
  const { create = 0, update = 0 } = row.results;
  const data = { file: row.fileName, count: String(create), changed: String(update), status: row.status };
  const told = { userId: row.startedBy, accountId: row.accountId, subjectId: row.id };
  await notify(tx, { ...told, kind: "import.finished", data, mail: "import_finished" });
}
