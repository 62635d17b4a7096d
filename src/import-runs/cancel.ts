import { eq, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { imports } from "../db/schema.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import type { Import } from "../import-batches/step.ts";
import { subjectOf } from "../imports/queries.ts";
import { lockImport } from "./start.ts";

/** Cancels an import that has not been started: nothing was written, nothing will be. 409 from its start on. */
export function cancelImport(actor: Actor, id: string): Promise<Import> {
  return db.transaction(async (tx) => {
    const row = await lockImport(tx, actor.accountId, id);
    if (row.status === "cancelled") return row;
    if (!["queued", "checking", "checked"].includes(row.status)) {
      throw new Conflict(t("This import cannot be cancelled any more: it is under way or over."));
    }
    const [cancelled] = await tx
      .update(imports)
      .set({ status: "cancelled", finishedAt: sql`now()`, generation: sql`${imports.generation} + 1` })
      .where(eq(imports.id, row.id))
      .returning();
    await recordEvent(tx, actor, "import.cancelled", subjectOf(row), { before: { status: row.status } });
    return cancelled!;
  });
}
