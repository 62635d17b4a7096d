import { and, eq, isNull, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { imports } from "../db/schema.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { assertQueueHasRoom, queueCheck } from "./limits.ts";
import { type Import, importFor, subjectOf } from "./queries.ts";

/** Queues the check of a workbook once more after the queue had given it up (R21); 409 for one that did not fail, or was started. */
export async function checkAgain(actor: Actor, id: string): Promise<Import> {
  const { id: importId } = await importFor(actor.accountId, id);
  return db.transaction(async (tx) => {
    await assertQueueHasRoom(tx, actor.accountId);
    const [again] = await tx
      .update(imports)
      .set({ status: "queued", error: null, errorValues: {}, movedAt: sql`clock_timestamp()` })
      .where(and(eq(imports.id, importId), eq(imports.status, "failed"), isNull(imports.startedAt)))
      .returning();
    if (!again) throw new Conflict(t("Only a check that failed can be made once more."));
    await recordEvent(tx, actor, "import.resumed", subjectOf(again));
    await queueCheck(tx, again);
    return again;
  });
}
