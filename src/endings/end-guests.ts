import { eq, sql } from "drizzle-orm";
import { system } from "../access/actor.ts";
import { nameOf } from "../access/load-actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { grants, members } from "../db/schema.ts";
import { Conflict } from "../http/errors.ts";
import { isOwner, ownerRemains } from "../members/last-owner.ts";
import { type Member, subjectOf } from "../members/queries.ts";
import { endCorporateSessions } from "../members/reach.ts";
import { takeOut } from "../members/remove.ts";
import { endLapsedGrants } from "./end-grants.ts";
import { tellOf } from "./tell.ts";

/**
 * Ends a batch of the places of guests whose time is over, by the database's clock. Each becomes what a removed user is
 * (D13): 30 days of Restore, and sessions, tokens and links as there. Returns how many; fewer than `size` means none is left.
 */
export function endDueGuests(size = 50): Promise<number> {
  return db.transaction(async (tx) => {
    const due = await tx
      .select()
      .from(members)
      .where(sql`${members.guestUntil} <= now() and ${members.status} in ('draft', 'invited', 'waiting', 'active')`)
      .orderBy(members.guestUntil)
      .limit(size)
      .for("update", { skipLocked: true });
    for (const member of due) await endOne(tx, member);
    return due.length;
  });
}

async function endOne(tx: Tx, member: Member) {
  const { accountId, id, email, userId, guestUntil, invitedBy } = member;
  await endLapsedGrants(tx, { accountId, memberIds: [id] });
  const owner = member.status === "active" && (await isOwner(tx, accountId, id));
  const kept = owner && !(await ownerRemains(tx, accountId, id));
  if (kept) await keep(tx, member);
  else await end(tx, member);
  const passing = { accountId, memberId: id, email, name: nameOf(member), userId, by: invitedBy, until: guestUntil! };
  await tellOf(tx, "reached", [{ ...passing, kept }]);
}

/** T55: without this one the account would have no Owner. They stay, without a date, and others are told. */
async function keep(tx: Tx, member: Member) {
  await tx.update(members).set({ guestUntil: null, guestToldAt: null }).where(eq(members.id, member.id));
  await recordEvent(tx, system(member.accountId), "member.end_date_dropped", subjectOf(member), {
    before: { guestUntil: member.guestUntil },
    after: { guestUntil: null },
  });
}

async function end(tx: Tx, member: Member) {
  const muster = system(member.accountId);
  const removed = await tx.transaction((inner) => takeOut(inner, muster, member, "guest until")).catch(isRefusal);
  if (!removed) return block(tx, member);
  // At the instant that was meant, for the place and all that went with it: so Restore finds what to give again.
  const endedAt = member.guestUntil;
  await tx
    .update(grants)
    .set({ endedAt })
    .where(
      sql`${grants.memberId} = ${member.id} and ${grants.endReason} = 'guest until' and ${grants.endedAt} = now()::timestamptz(3)`,
    );
  await tx.update(members).set({ endedAt }).where(eq(members.id, member.id));
  await recordEvent(tx, muster, "member.guest_ended", subjectOf(member), {
    before: { status: member.status, guestUntil: endedAt, rights: removed },
    after: { status: "removed", rights: [] },
  });
}

const isRefusal = (error: unknown) => {
  if (error instanceof Conflict) return undefined;
  throw error;
};

/** D13: whose profile must not be switched off, because its domain is not proven or another account needs them, is blocked. */
async function block(tx: Tx, member: Member) {
  await tx.update(members).set({ status: "blocked", statusBefore: member.status }).where(eq(members.id, member.id));
  await endCorporateSessions(tx, member);
  await recordEvent(tx, system(member.accountId), "member.blocked", subjectOf(member), {
    before: { status: member.status, guestUntil: member.guestUntil },
    after: { status: "blocked" },
  });
}
