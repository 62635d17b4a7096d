import { eq } from "drizzle-orm";
import { type Actor, can } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { assertMayEdit } from "../changes/may-edit.ts";
import { db } from "../db/client.ts";
import { members } from "../db/schema.ts";
import { Conflict, Forbidden } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { assertOwnerRemains, isOwner } from "../members/last-owner.ts";
import { isRestorable, lockMember, type Member, memberFor, type Precondition, subjectOf } from "../members/queries.ts";
import { reachMember } from "../members/reach.ts";
import { type Restored, restoreIn } from "../members/restore.ts";

/**
 * Makes a member a guest until an instant, moves it, or (null) makes them one who stays. Nobody does it to themselves (409),
 * nor to who holds more (403, T54), and an account keeps an Owner without an end date (409, T55).
 */
export function setGuest(actor: Actor, memberId: string, until: string | null, still?: Precondition): Promise<Member> {
  return db.transaction(async (tx) => {
    const member = await reachMember(tx, actor, memberId, still);
    assertMayEdit(actor, member, []);
    const guestUntil = until ? new Date(until) : null;
    if (guestUntil?.getTime() === member.guestUntil?.getTime()) return member;
    if (guestUntil && member.status === "active" && (await isOwner(tx, actor.accountId, member.id)))
      await assertOwnerRemains(tx, actor.accountId, member.id);

    const [changed] = await tx
      .update(members)
      .set({ guestUntil, guestToldAt: null })
      .where(eq(members.id, member.id))
      .returning();
    await recordEvent(tx, actor, "member.guest_changed", subjectOf(member), {
      before: { guestUntil: member.guestUntil },
      after: { guestUntil },
    });
    return changed!;
  });
}

/** The same with one whose time as a guest is over: they come back, with what ended with it, for the new time. */
export function extendGuest(actor: Actor, memberId: string, until: string, still?: Precondition): Promise<Restored> {
  return db.transaction(async (tx) => {
    const member = await lockMember(tx, actor.accountId, memberId);
    if (!can(actor, "users.delete")) throw new Forbidden(t("You may not restore users of this account."));
    if (!isEnded(member)) throw new Conflict(t("The time of this user as a guest is not over."));
    return restoreIn(tx, actor, member.id, { guestUntil: new Date(until), still });
  });
}

/** Whichever of the two it takes: the page's form and a program's request say the same. */
export async function changeGuest(
  actor: Actor,
  memberId: string,
  until: string | null,
  still?: Precondition,
): Promise<Member> {
  const member = await memberFor(actor.accountId, memberId);
  if (until && isEnded(member)) return (await extendGuest(actor, member.id, until, still)).member;
  return setGuest(actor, member.id, until, still);
}

/** Whether the place ended because the time as a guest was over, and can still be given back. */
export const isEnded = (member: Pick<Member, "status" | "statusBefore" | "endedAt" | "guestUntil">): boolean =>
  isRestorable(member) && member.guestUntil?.getTime() === member.endedAt?.getTime();
