import { and, desc, eq, inArray, isNull, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { closedFor } from "../belonging/invitable.ts";
import { closedWords } from "../belonging/rule.ts";
import { managedUser } from "../corporate/queries.ts";
import { db, type Tx } from "../db/client.ts";
import { isDuplicate } from "../db/errors.ts";
import { later } from "../db/later.ts";
import { grants, type MemberStatus, members, pendingChanges } from "../db/schema.ts";
import { Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { isRestorable, type Member, subjectOf } from "../members/queries.ts";

export interface NewInvite {
  /** Canonical. */
  email: string;
  firstName: string;
  lastName: string;
  message: string;
  /** A guest until then. */
  guestUntil?: Date | null;
}

const over: MemberStatus[] = ["removed", "declined", "revoked", "expired"];

/**
 * Writes down whom to invite; no mail goes out (A5). Returns the draft, an older one where there is one already. Throws
 * Invalid("email", …) for oneself, for a member, and for somebody who is invited already (D14). Whether the address is
 * registered anywhere plays no part, so the answer cannot tell (T12); nor does it where the domain takes in nobody (D3).
 */
export function draftInvite(actor: Actor, invite: NewInvite): Promise<Member & { created: boolean }> {
  return db.transaction(async (tx) => {
    const { member, created } = await openDraft(tx, actor, invite);
    if (created) {
      const { email, firstName, lastName, message, guestUntil } = member;
      const after = { email, firstName, lastName, message, ...(guestUntil && { guestUntil }) };
      await recordEvent(tx, actor, "invite.drafted", subjectOf(member), { after });
    }
    return { ...member, created };
  });
}

/** The same inside a caller's transaction; the caller writes the event. A draft lives 30 days (D2). */
export async function openDraft(
  tx: Tx,
  actor: Actor,
  invite: NewInvite,
): Promise<{ member: Member; created: boolean }> {
  takeTurns(tx, actor, invite.email);
  const [closed, found] = await Promise.all([
    closedFor(tx, actor.accountId, invite.email),
    earlierAt(tx, actor, invite.email),
  ]);
  if (closed) throw new Invalid("email", closedWords(closed, actor.accountId));
  if (invite.email === actor.email) throw new Invalid("email", t("This is your own address. You are in already."));
  if (found?.status === "draft") return { member: found, created: false };
  if (found && !over.includes(found.status)) throw new Invalid("email", refusal(found));

  await assertNotSwitchedOff(tx, found);

  const fresh = {
    ...invite,
    status: "draft" as const,
    invitedBy: actor.userId,
    expiresAt: sql`now() + interval '30 days'`,
  };
  const written: Promise<Member[]> = found
    ? reopen(tx, actor, found, fresh)
    : tx
        .insert(members)
        .values({ accountId: actor.accountId, ...fresh })
        .returning();
  const [member] = await written.catch((error) => {
    // Restored, or taken in, after the look above: the index decides who was first.
    throw isDuplicate(error) ? new Invalid("email", refusal({ ...invite, status: "active" })) : error;
  });
  return { member: member!, created: true };
}

/** D13: who was deleted here with their profile cannot answer. Inviting would take the way back away, too. */
async function assertNotSwitchedOff(tx: Tx, found: Member | undefined): Promise<void> {
  if (!found || !isRestorable(found) || !(await managedUser(tx, found))?.disabledAt) return;
  throw new Invalid("email", t("{email} was deleted here. Restore the user instead.", { email: found.email }));
}

/** The member of this address, locked: one that counts, else the newest. */
async function earlierAt(tx: Tx, actor: Actor, email: string): Promise<Member | undefined> {
  const [found] = await tx
    .select()
    .from(members)
    .where(and(eq(members.accountId, actor.accountId), eq(members.email, email)))
    .orderBy(inArray(members.status, over), desc(members.createdAt))
    .limit(1)
    .for("update");
  return found;
}

/**
 * Two who invite the same address at once take turns: the second finds what the first wrote. To be called before anything
 * else is locked.
 */
export const takeTurns = (tx: Tx, actor: Actor, email: string) =>
  later(tx, (tx) =>
    tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`invite ${actor.accountId} ${email}`}, 0))`),
  );

const refusal = ({ status, email }: Pick<Member, "status" | "email">): string =>
  status === "invited"
    ? t("{email} is invited already and has not answered yet.", { email })
    : status === "blocked"
      ? t("{email} is in this account already, and blocked.", { email })
      : t("{email} is in this account already.", { email });

/** D14: after a refusal, a revocation, an expiry or a removal the same row starts again, with nothing of what it held. */
async function reopen(tx: Tx, actor: Actor, earlier: Member, fresh: object & NewInvite) {
  await tx
    .update(grants)
    .set({ endedAt: sql`now()`, endedBy: actor.userId, endReason: "invited again" })
    .where(and(eq(grants.memberId, earlier.id), isNull(grants.endedAt)));
  await tx.delete(pendingChanges).where(eq(pendingChanges.memberId, earlier.id));
  return tx
    .update(members)
    .set({
      ...fresh,
      corporate: false,
      firstName: fresh.firstName || earlier.firstName,
      lastName: fresh.lastName || earlier.lastName,
      userId: null,
      statusBefore: null,
      invitedAt: null,
      remindedAt: null,
      delivery: null,
      deliveryReply: null,
      joinedAt: null,
      endedAt: null,
      guestUntil: fresh.guestUntil ?? null,
      guestToldAt: null,
      version: sql`${members.version} + 1`,
    })
    .where(eq(members.id, earlier.id))
    .returning();
}
