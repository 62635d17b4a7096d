import { and, asc, eq, isNull, lte, sql } from "drizzle-orm";
import { type Actor, system, withinScopes } from "../access/actor.ts";
import { actorOf, loadVisitor } from "../access/load-actor.ts";
import type { Permission } from "../access/permissions.ts";
import { recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { offboardings } from "../db/schema.ts";
import { AppError, Conflict, NotFound } from "../http/errors.ts";
import { keepingSentences, saidAs, t } from "../i18n/t.ts";
import { findMember, subjectOf } from "../members/queries.ts";
import { drawUpReceipt } from "../offboarding-receipts/draw-up.ts";
import type { Offboarding } from "../offboardings/queries.ts";
import { enqueue } from "../queue.ts";
import { carryOut } from "./carry-out.ts";
import { tellFailed } from "./tell.ts";

/** Due and nobody else's at this moment. */
const due = () => and(eq(offboardings.status, "planned"), lte(offboardings.dueAt, sql`now()`));

/**
 * Carries out what is planned, if it is due: in the name of whoever planned it, as their rights stand now (T6, T85). What
 * the house's rules refuse by now is not done at all: it failed, with the reason, and administrators are told.
 */
export const carryOutPlanned = (id: string): Promise<void> => keepingSentences(() => carryOutNow(id));

async function carryOutNow(id: string): Promise<void> {
  let refused: AppError | undefined;
  const done = await db
    .transaction(async (tx) => {
      const row = await take(tx, id);
      return row && carryOut(tx, await plannerOf(tx, row), row);
    })
    .catch((error) => {
      if (!(error instanceof AppError)) throw error;
      refused = error;
      return undefined;
    });
  if (refused) await fail(id, refused);
  if (done) await drawUpReceipt(id);
}

const take = async (tx: Tx, id: string): Promise<Offboarding | undefined> =>
  (
    await tx
      .select()
      .from(offboardings)
      .where(and(eq(offboardings.id, id), due()))
      .for("update", { skipLocked: true })
  )[0];

/** Whoever planned it, with what they hold now; a program's plan does no more than its token was for. */
async function plannerOf(tx: Tx, row: Offboarding): Promise<Actor> {
  const visitor = await loadVisitor(row.createdBy, row.accountId, tx);
  const planner = visitor && actorOf(visitor, {});
  if (planner?.accountId !== row.accountId) {
    throw new Conflict(t("Whoever planned this is not an active user of this account any more."));
  }
  return withinScopes(planner, (row.plan.scopes as Permission[] | undefined) ?? null);
}

/** In a transaction of its own: the deed's was taken back. The reason is kept so that each reads it in their own language. */
function fail(id: string, error: AppError): Promise<void> {
  const reason = error instanceof NotFound ? t("Something that the plan names is not there any more.") : error.message;
  const kept = JSON.stringify(saidAs(reason));
  return db.transaction(async (tx) => {
    const row = await take(tx, id);
    if (!row) return;
    await tx
      .update(offboardings)
      .set({ status: "failed", failure: kept, version: sql`${offboardings.version} + 1` })
      .where(eq(offboardings.id, row.id));
    const member = await findMember(tx, row.accountId, row.memberId);
    await recordEvent(tx, system(row.accountId), "offboarding.failed", subjectOf(member), { after: { reason } });
    await tellFailed(tx, row, kept);
  });
}

/**
 * Queues up to `size` that are due and that nothing carries out, each as a job of its own, so that none holds up the others;
 * and draws up receipts that a worker's end kept from being drawn up. Returns how many are due.
 */
export async function carryOutDue(size: number): Promise<number> {
  const planned = await db.transaction(async (tx) => {
    const rows = await tx
      .select({ id: offboardings.id })
      .from(offboardings)
      .where(due())
      .orderBy(asc(offboardings.dueAt))
      .limit(size);
    for (const { id } of rows) {
      await enqueue(tx, "carry_out_offboarding", { offboardingId: id }, { key: `carry_out_offboarding:${id}` });
    }
    return rows.length;
  });
  const bare = await db
    .select({ id: offboardings.id })
    .from(offboardings)
    .where(and(eq(offboardings.status, "done"), isNull(offboardings.receiptAt)))
    .limit(size);
  for (const { id } of bare) await drawUpReceipt(id);
  return planned;
}
