import { eq, sql } from "drizzle-orm";
import type { z } from "zod";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { offboardings } from "../db/schema.ts";
import { Conflict, Invalid, Stale } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { type Member, memberFor, subjectOf } from "../members/queries.ts";
import { drawUpReceipt } from "../offboarding-receipts/draw-up.ts";
import { carryOut, reachLeaver, rehearse } from "../offboarding-runs/carry-out.ts";
import { type Offboarding, plannedFor } from "../offboardings/queries.ts";
import { enqueue } from "../queue.ts";
import type { confirmedForm } from "./forms.ts";
import { holdingsOf } from "./holdings.ts";
import { assertDecided, readWish, type Wish } from "./wish.ts";

/**
 * Offboards somebody, now or at the time that is wished for (X10); another plan for them is replaced. Later means in the
 * name of whoever planned it last, as their rights stand then. Now means all in one transaction; the receipt is drawn up
 * after it, from what is in the database.
 */
export async function offboardMember(actor: Actor, memberId: string, wish: Wish): Promise<Offboarding> {
  const row = await db.transaction((tx) => settle(tx, actor, memberId, wish));
  if (row.status === "done") await drawUpReceipt(row.id);
  return row;
}

/** The same for a page, whose form confirms it: the leaver's address, typed. */
export async function offboardConfirmed(
  actor: Actor,
  memberId: string,
  { confirmation, ...typed }: z.infer<typeof confirmedForm>,
): Promise<Offboarding> {
  const { email } = await memberFor(actor.accountId, memberId);
  if (confirmation.toLowerCase() !== email) {
    throw new Invalid("confirmation", t("Type the address exactly: {email}", { email }));
  }
  return offboardMember(actor, memberId, await readWish(actor, typed));
}

async function settle(tx: Tx, actor: Actor, memberId: string, wish: Wish): Promise<Offboarding> {
  const member = await reachLeaver(tx, actor, memberId);
  assertDecided(wish, await holdingsOf(tx, member));
  const before = await plannedFor(tx, member);
  const row = await keep(tx, actor, member, wish, before);
  if (!wish.dueAt) return carryOut(tx, actor, row);

  await rehearse(tx, actor, row);
  const change = { ...(before ? { before: { due: before.dueAt } } : {}), after: { due: row.dueAt } };
  await recordEvent(tx, actor, before ? "offboarding.changed" : "offboarding.planned", subjectOf(member), change);
  const key = `carry_out_offboarding:${row.id}`;
  await enqueue(tx, "carry_out_offboarding", { offboardingId: row.id }, { runAt: row.dueAt, key });
  return row;
}

/** The plan as it stands from now on. 409 where somebody else planned, changed or cancelled it after it was read. */
async function keep(tx: Tx, actor: Actor, member: Member, wish: Wish, before: Offboarding | undefined) {
  if ((before?.version ?? null) !== wish.version) {
    throw new Stale(t("Somebody else planned, changed or cancelled this offboarding meanwhile. Nothing was done."));
  }
  const values = {
    plan: { ...wish.plan, ...(actor.scopes && { scopes: [...actor.scopes] }) },
    dueAt: wish.dueAt ?? sql`now()`,
    note: wish.note,
    createdBy: actor.userId!,
  };
  const [row] = before
    ? await tx
        .update(offboardings)
        .set({ ...values, version: sql`${offboardings.version} + 1` })
        .where(eq(offboardings.id, before.id))
        .returning()
    : await tx
        .insert(offboardings)
        .values({ ...values, accountId: actor.accountId, memberId: member.id })
        .returning();
  return row!;
}

/** What would stop it now, in words; empty where nothing does. Changes nothing. */
export async function foresee(actor: Actor, memberId: string, wish: Wish): Promise<string> {
  let problem = "";
  await db
    .transaction(async (tx) => {
      await settle(tx, { ...actor, onChange: undefined }, memberId, wish);
      throw new Foreseen();
    })
    .catch((error) => {
      if (error instanceof Foreseen) return;
      if (!(error instanceof Conflict) || error instanceof Stale) throw error;
      problem = error.message;
    });
  return problem;
}

class Foreseen extends Error {}
