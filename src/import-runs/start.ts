import { and, eq, sql } from "drizzle-orm";
import { z } from "zod";
import { type Actor, can } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { isDuplicate } from "../db/errors.ts";
import { imports } from "../db/schema.ts";
import { Conflict, Forbidden, NotFound, Stale } from "../http/errors.ts";
import { uuidOr404 } from "../http/ids.ts";
import { t } from "../i18n/t.ts";
import type { Import } from "../import-batches/step.ts";
import { subjectOf } from "../imports/queries.ts";
import { enqueue } from "../queue.ts";

const count = z.coerce.number().int().min(0).catch(-1);

/** What somebody said yes to: how many people are created and how many are changed. */
export const startForm = z.object({ create: count, update: count });

/** An import of the account, locked. Absent, a neighbour's or no id at all: 404. */
export async function lockImport(tx: Tx, accountId: string, id: string): Promise<Import> {
  const [row] = await tx
    .select()
    .from(imports)
    .where(and(eq(imports.accountId, accountId), eq(imports.id, uuidOr404(id))))
    .for("update");
  if (!row) throw new NotFound();
  return row;
}

/** Puts an import into the queue; one that waits there already is the same. */
export const enqueueRun = (tx: Tx, importId: string) =>
  enqueue(tx, "run_import", { importId }, { key: `run-import:${importId}`, maxAttempts: 12, priority: 5 });

/**
 * Starts a checked import: from here on it is applied in the starter's name, as their rights stand when it is (T85). Pressing
 * twice starts it once (R13). 409 where it is not checked (any more), where another one is under way in this account, and where
 * the counts that were confirmed are not those of the check.
 */
export async function startImport(actor: Actor, id: string, confirmed: z.infer<typeof startForm>): Promise<Import> {
  try {
    return await db.transaction((tx) => start(tx, actor, id, confirmed));
  } catch (error) {
    if (!isDuplicate(error, "imports_one_running")) throw error;
    throw new Conflict(t("Another import is under way in this account. Start this one when that is finished."));
  }
}

async function start(tx: Tx, actor: Actor, id: string, confirmed: z.infer<typeof startForm>): Promise<Import> {
  const row = await lockImport(tx, actor.accountId, id);
  if (row.startedBy === actor.userId && (row.status === "running" || row.status === "done")) return row;
  if (row.status !== "checked") throw new Conflict(notNow(row));
  const { create = 0, update = 0 } = row.counts;
  if (create !== confirmed.create || update !== confirmed.update) {
    throw new Stale(t("These are not the numbers of the check. Look at them again, then start."));
  }
  if (create > 0 && !can(actor, "users.create"))
    throw new Forbidden(
      t("You need the permission “{permission}” for this.", { permission: t("Create corporate users") }),
    );

  const people = sql<number>`(select count(*)::int from import_people where import_id = ${row.id})`;
  const [running] = await tx
    .update(imports)
    .set({
      status: "running",
      ...inNameOf(actor),
      startedAt: sql`now()`,
      movedAt: sql`now()`,
      done: 0,
      total: people,
      cursor: 0,
      results: {},
      generation: sql`${imports.generation} + 1`,
    })
    .where(eq(imports.id, row.id))
    .returning();
  await recordEvent(tx, actor, "import.started", subjectOf(row), { after: { create, update } });
  await enqueueRun(tx, row.id);
  return running!;
}

/** Who it is applied as: a program's maker within what its token is for. */
export const inNameOf = ({ userId, scopes }: Actor) => ({ startedBy: userId, scopes: scopes ? [...scopes] : null });

/** Why it cannot be started in this state. */
function notNow({ status }: Import): string {
  if (status === "queued" || status === "checking") return t("This workbook is still being checked.");
  if (status === "running") return t("Somebody has started this import already.");
  if (status === "done") return t("This import is finished. To apply the workbook once more, upload it again.");
  if (status === "cancelled") return t("This import was cancelled. Upload the workbook again.");
  if (status === "failed") return t("This import stopped half way. Resume it.");
  return t("This workbook has problems. Put them right in the file, then upload it again.");
}
