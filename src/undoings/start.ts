import { and, eq, inArray, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db, type Reader, type Tx } from "../db/client.ts";
import { activationRuns, domains } from "../db/schema.ts";
import { type Domain, findDomain, mustBeDomain, subjectOf } from "../domains/queries.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { enqueue } from "../queue.ts";
import { type Run, undoableRun } from "../runs/queries.ts";
import { type Undoing, undoingOf } from "./plan.ts";

/**
 * X2: undoes the newest activation of a domain, within 72 hours: the domain is as it was before it at once, its people are
 * let go by a job. An activation that is still under way ends where it is.
 */
export async function undoActivation(actor: Actor, domainId: string): Promise<Run> {
  await findDomain(db, actor.accountId, domainId);
  // Counted before anything is locked: nobody waits for it.
  const { counts } = await undoingOf(await mustBeUndoable(db, actor.accountId, domainId));
  return db.transaction(async (tx) => {
    const domain = await mustBeDomain(tx, actor.accountId, domainId);
    const undone = await mustBeUndoable(tx, actor.accountId, domain.id);
    await endOpenRuns(tx, domain);
    const before = await setBack(tx, domain, undone);
    const [run] = await tx
      .insert(activationRuns)
      .values({
        accountId: actor.accountId,
        domainId: domain.id,
        kind: "undo",
        undoesId: undone.id,
        plan: counts,
        plannedAt: sql`now()`,
        total: counts.people,
        startedBy: actor.userId,
      })
      .returning();
    await recordEvent(tx, actor, "domain.activation_reverted", subjectOf(domain), {
      before: { status: domain.status },
      after: { status: before },
    });
    await enqueue(tx, "assign_domain_users", { runId: run!.id }, { key: `run:${run!.id}`, maxAttempts: 12 });
    return run!;
  });
}

/** For the page: what undoing would do now, and until when it can be done. 409 where there is nothing to undo. */
export async function undoingFor(accountId: string, domainId: string): Promise<Undoing & { run: Run; until: Date }> {
  const run = await mustBeUndoable(db, accountId, domainId);
  return { ...(await undoingOf(run)), run, until: new Date(run.startedAt.getTime() + 72 * 3_600_000) };
}

/** The activation that can be undone now, or 409. */
async function mustBeUndoable(reader: Reader, accountId: string, domainId: string): Promise<Run> {
  const run = await undoableRun(reader, accountId, domainId);
  if (!run) throw new Conflict(t("There is no activation to undo here: it can be undone once, within 72 hours."));
  return run;
}

/** Whatever was under way for the domain is over; a worker in the middle of it undoes its batch. */
export const endOpenRuns = (tx: Tx, domain: Domain) =>
  tx
    .update(activationRuns)
    .set({ status: "ended", generation: sql`${activationRuns.generation} + 1`, finishedAt: sql`now()` })
    .where(
      and(eq(activationRuns.domainId, domain.id), inArray(activationRuns.status, ["running", "stopped", "failed"])),
    );

/**
 * The domain as it was before the activation: verified, and open to everybody again, unless an earlier activation had closed
 * it to newcomers. One that is suspended stays so until its record is back.
 */
async function setBack(tx: Tx, domain: Domain, undone: Run): Promise<Domain["status"]> {
  const [earlier] = await tx
    .select({ at: activationRuns.startedAt })
    .from(activationRuns)
    .where(
      and(
        eq(activationRuns.domainId, domain.id),
        eq(activationRuns.kind, "activation"),
        sql`${activationRuns.startedAt} < ${undone.startedAt.toISOString()}::timestamptz`,
        sql`not exists (select 1 from activation_runs u where u.undoes_id = ${activationRuns.id})`,
      ),
    )
    .orderBy(sql`${activationRuns.startedAt} desc`)
    .limit(1);
  const status = domain.status === "suspended" ? "suspended" : "verified";
  await tx
    .update(domains)
    .set({
      status,
      statusBefore: domain.status === "suspended" ? "verified" : domain.statusBefore,
      activatedAt: earlier?.at ?? null,
      deactivatedAt: earlier ? sql`coalesce(${domains.deactivatedAt}, now())` : null,
      version: sql`${domains.version} + 1`,
    })
    .where(eq(domains.id, domain.id));
  return status;
}
