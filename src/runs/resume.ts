import { and, eq, inArray, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { activationRuns } from "../db/schema.ts";
import { findDomain, subjectOf } from "../domains/queries.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { enqueue } from "../queue.ts";
import type { Run } from "./queries.ts";

/** Lets a run that was stopped, or that the queue gave up on, go on from where it is. */
export function resumeRun(actor: Actor, domainId: string): Promise<Run> {
  return db.transaction(async (tx) => {
    const domain = await findDomain(tx, actor.accountId, domainId);
    const [run] = await tx
      .update(activationRuns)
      .set({
        status: "running",
        error: null,
        wentOnAt: sql`now()`,
        movedAt: sql`now()`,
        wentOnFrom: activationRuns.done,
      })
      .where(
        and(
          eq(activationRuns.accountId, actor.accountId),
          eq(activationRuns.domainId, domain.id),
          inArray(activationRuns.status, ["stopped", "failed"]),
        ),
      )
      .returning();
    if (!run) throw new Conflict(t("Nothing is stopped here that could go on."));
    if (run.kind === "activation" && domain.status !== "active") {
      throw new Conflict(t("{domain} is not active any more, so nobody is taken in.", { domain: domain.shownName }));
    }
    await recordEvent(tx, actor, "domain.run_resumed", subjectOf(domain), { after: { done: run.done } });
    await enqueue(tx, "assign_domain_users", { runId: run.id }, { key: `run:${run.id}`, maxAttempts: 12 });
    return run;
  });
}
