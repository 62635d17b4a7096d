import { eq, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { isDuplicate } from "../db/errors.ts";
import { imports } from "../db/schema.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import type { Import } from "../import-batches/step.ts";
import { queueCheck } from "../imports/limits.ts";
import { subjectOf } from "../imports/queries.ts";
import { enqueueRun, inNameOf, lockImport } from "./start.ts";

/**
 * Lets an import that was given up go on from where it is, from now on in the name of whoever resumes it; one whose check was
 * given up is checked again. 409 for one that is not given up.
 */
export async function resumeImport(actor: Actor, id: string): Promise<Import> {
  try {
    return await db.transaction((tx) => resume(tx, actor, id));
  } catch (error) {
    if (!isDuplicate(error, "imports_one_running")) throw error;
    throw new Conflict(t("Another import is under way in this account. Resume this one when that is finished."));
  }
}

async function resume(tx: Tx, actor: Actor, id: string): Promise<Import> {
  const row = await lockImport(tx, actor.accountId, id);
  if (row.status === "running" && row.startedBy === actor.userId) return row;
  if (row.status !== "failed") throw new Conflict(t("Nothing is stopped here that could go on."));
  const ahead = { error: null, errorValues: {}, movedAt: sql`now()`, generation: sql`${imports.generation} + 1` };
  const [resumed] = await tx
    .update(imports)
    .set(row.startedAt ? { ...ahead, status: "running", ...inNameOf(actor) } : { ...ahead, status: "queued" })
    .where(eq(imports.id, row.id))
    .returning();
  await recordEvent(tx, actor, "import.resumed", subjectOf(row), { after: { done: row.done } });
  if (row.startedAt) await enqueueRun(tx, row.id);
  else await queueCheck(tx, row);
  return resumed!;
}
