import { and, desc, eq, inArray, ne, notInArray, or, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { isDuplicate } from "../db/errors.ts";
import { events, grants, type MemberStatus, members, users } from "../db/schema.ts";
import { applyGrants } from "../grants/apply.ts";
import { AppError, Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { markRestored } from "../offboardings/mark-restored.ts";
import { lockMember, type Member, type Precondition, subjectOf } from "./queries.ts";

const over: MemberStatus[] = ["removed", "declined", "revoked", "expired"];

export interface Restored {
  member: Member;
  /** How many of the rights that the removal ended could not be given again. */
  left: number;
}

/** In words, what `left` counts. */
export const notGivenAgain = (left: number): string =>
  t(
    "{left, plural, one {One right was not given again: it is gone, or you may not give it.} other {# rights were not given again: they are gone, or you may not give them.}}",
    { left },
  );

/**
 * Takes a removal of the last 30 days back (D13). What the removal ended is given anew, as far as it still exists and
 * the actor may give it (D9); an invitation comes back as a draft, because its link is dead. Who left by themselves comes
 * back by their own answer to an invitation only.
 */
export const restoreMember = (actor: Actor, memberId: string, still?: Precondition): Promise<Restored> =>
  db.transaction((tx) => restoreIn(tx, actor, memberId, { still }));

/** The same inside a caller’s transaction; `guestUntil`: they come back as a guest until then. */
export async function restoreIn(
  tx: Tx,
  actor: Actor,
  memberId: string,
  { guestUntil, still }: { guestUntil?: Date; still?: Precondition | undefined } = {},
): Promise<Restored> {
  const member = await lockMember(tx, actor.accountId, memberId);
  await still?.(tx, member);
  await assertRestorable(tx, member);

  const before = member.statusBefore ?? "active";
  const status = before === "invited" ? "draft" : before;
  const [restored] = await tx
    .update(members)
    .set({
      status,
      statusBefore: status === "blocked" ? "active" : null,
      endedAt: over.includes(status) ? member.endedAt : null,
      expiresAt: status === "draft" ? sql`now() + interval '30 days'` : member.expiresAt,
      // Whose time as a guest was over would end again at once.
      guestUntil: guestUntil ?? sql`case when ${members.guestUntil} > now() then ${members.guestUntil} end`,
      guestToldAt: null,
    })
    .where(eq(members.id, member.id))
    .returning()
    .catch((error) => {
      // Somebody invited or accepted the same person after the look above: the index decides who was first.
      throw isDuplicate(error) ? hereAlready(member) : error;
    });
  const { rights, left } = await giveAgain(tx, actor, member, restored!);
  if (member.userId) await enableCorporate(tx, member);
  await markRestored(tx, actor, member);
  await recordEvent(tx, actor, "member.restored", subjectOf(member), {
    before: { status: "removed", rights: [] },
    after: { status, rights },
  });
  return { member: restored!, left };
}

async function assertRestorable(tx: Tx, member: Member) {
  if (member.status !== "removed") throw new Conflict(t("This user was not removed."));
  if (member.runId && !member.statusBefore) {
    throw new Conflict(t("The activation that brought this user was undone. Invite this person again."));
  }
  const words = t("This user left the account. Invite this person again.");
  // Nothing to return to: they left, or their profile is deleted.
  if (!member.statusBefore) throw new Conflict(words);
  const [recent] = await tx
    .select({ id: members.id })
    .from(members)
    .where(and(eq(members.id, member.id), sql`${members.endedAt} > now() - interval '30 days'`));
  if (!recent) throw new Conflict(t("A user can be restored for 30 days. Invite this person again."));

  const [ending] = await tx
    .select({ name: events.name })
    .from(events)
    .where(
      and(
        eq(events.accountId, member.accountId),
        eq(events.subjectId, member.id),
        inArray(events.name, ["member.left", "member.removed", "member.guest_ended"]),
      ),
    )
    .orderBy(desc(events.id))
    .limit(1);
  if (ending?.name === "member.left") throw new Conflict(words);

  const same = or(eq(members.email, member.email), member.userId ? eq(members.userId, member.userId) : sql`false`);
  const [newer] = await tx
    .select({ id: members.id })
    .from(members)
    .where(
      and(eq(members.accountId, member.accountId), ne(members.id, member.id), notInArray(members.status, over), same),
    );
  if (newer) throw hereAlready(member);
}

const hereAlready = ({ email }: Member) => new Conflict(t("{email} is in this account already.", { email }));

/** Each right on its own: one that is gone, or that the actor may not give, does not keep the others away. */
async function giveAgain(tx: Tx, actor: Actor, removed: Member, member: Member) {
  const ended = await tx
    .select()
    .from(grants)
    .where(
      and(
        eq(grants.accountId, member.accountId),
        eq(grants.memberId, member.id),
        eq(grants.endedAt, removed.endedAt!),
        inArray(grants.endReason, ["removed", "guest until"]),
      ),
    );
  let rights: string[] = [];
  let left = 0;
  for (const { mailboxId, systemRole, roleId, permission, endsAt } of ended) {
    const add = {
      mailboxId,
      systemRole: systemRole ?? undefined,
      roleId: roleId ?? undefined,
      permission: permission ?? undefined,
      endsAt: endsAt?.toISOString(),
    };
    try {
      const applied = await tx.transaction((inner) =>
        applyGrants(inner, actor, member, { adds: [add], ends: [] }, "direct"),
      );
      rights = applied.after;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      left++;
    }
  }
  return { rights, left };
}

const enableCorporate = (tx: Tx, member: Member) =>
  tx
    .update(users)
    .set({ disabledAt: null })
    .where(and(eq(users.id, member.userId!), eq(users.corporateAccountId, member.accountId)));
