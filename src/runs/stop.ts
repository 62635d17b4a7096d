import { and, eq } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { activationRuns } from "../db/schema.ts";
import { findDomain, subjectOf } from "../domains/queries.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import type { Run } from "./queries.ts";

/** Stops a run: the batch under way is kept, no other one begins. Who is taken in stays; it can be resumed. */
export function stopRun(actor: Actor, domainId: string): Promise<Run> {
  return db.transaction(async (tx) => {
    const domain = await findDomain(tx, actor.accountId, domainId);
    const [run] = await tx
      .update(activationRuns)
      .set({ status: "stopped", error: null })
      .where(
        and(
          eq(activationRuns.accountId, actor.accountId),
          eq(activationRuns.domainId, domain.id),
          eq(activationRuns.status, "running"),
        ),
      )
      .returning();
    if (!run) throw new Conflict(t("Nothing is under way here that could be stopped."));
    await recordEvent(tx, actor, "domain.run_stopped", subjectOf(domain), { after: { done: run.done } });
    return run;
  });
}
