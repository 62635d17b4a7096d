import { and, desc, eq, isNull, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { giveOwnMailboxes, makePersonalMailboxes, noteNoRoom } from "../belonging/personal-mailboxes.ts";
import { closedWords, domainRule, type OpenRule } from "../belonging/rule.ts";
import type { Tx } from "../db/client.ts";
import { grants, members, pendingChanges, users } from "../db/schema.ts";
import { Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { isRestorable, type Member } from "../members/queries.ts";
import { holdRoom, noRoomWords, PlanRefused, roomOf } from "../plans/room.ts";
import { livingPlaceAt, managedUser } from "./queries.ts";

export interface NewCorporateUser {
  /** Canonical. */
  email: string;
  /** Both may be empty where only an address is known (B13). */
  firstName: string;
  lastName: string;
  /** E.164; null for none. */
  phone: string | null;
  /** `where possible`: nobody asked for this one, so a taken address or a full plan keeps nobody out. */
  personalMailbox: boolean | "where possible";
  /** A guest until then. */
  guestUntil?: Date | null;
}

/**
 * Makes a person who has no profile yet a corporate user of the actor's account (A29–A31): the profile without a password,
 * and the place in the account, which waits for one. Without rights; the caller writes the event and orders the mail. The
 * domain is held until the transaction ends (T31). Throws Invalid about `field`: the address is in no active domain of the
 * account, in use, or invited; about `personalMailbox`: its address is taken, or the plan is full (B4).
 */
export async function makeCorporateUser(
  tx: Tx,
  actor: Actor,
  wanted: NewCorporateUser,
  field = "email",
): Promise<Member> {
  const { email, firstName, lastName } = wanted;
  const rule = await openRuleOf(tx, actor, email, field);
  if (wanted.personalMailbox) holdRoom(tx, actor.accountId);
  const present = await livingPlaceAt(tx, actor.accountId, email);
  if (present) throw new Invalid(field, refusal(present));

  const [user] = await tx
    .insert(users)
    .values({
      email,
      firstName,
      lastName,
      phone: wanted.phone,
      locale: actor.locale,
      timeZone: actor.timeZone,
      corporateAccountId: actor.accountId,
      corporateSince: sql`now()`,
      lastAccountId: actor.accountId,
    })
    .onConflictDoNothing()
    .returning();
  if (!user) throw new Invalid(field, await inUse(tx, actor, email));

  const member = await place(tx, actor, {
    email,
    firstName,
    lastName,
    userId: user.id,
    guestUntil: wanted.guestUntil ?? null,
  });
  if (wanted.personalMailbox)
    await giveMailbox(tx, actor, rule, { ...member, userId: user.id }, wanted.personalMailbox === true);
  return member;
}

/** A personal mailbox with the user's own address (A49), their default one where they have none. Returns its id, if one was made. */
export async function giveMailbox(
  tx: Tx,
  actor: Actor,
  rule: OpenRule,
  member: { id: string; userId: string },
  asked: boolean,
): Promise<string | undefined> {
  const { boxes, clashes, full } = await makePersonalMailboxes(tx, rule, [member.userId], null);
  if (asked && full.length > 0) throw new PlanRefused(noRoomWords(await roomOf(tx, rule.accountId)), "personalMailbox");
  if (asked && clashes > 0)
    throw new Invalid(
      "personalMailbox",
      t("There is a mailbox with this address already. Create the user without one, then give access to it."),
    );
  noteNoRoom(tx, rule.accountId, full, new Map([[member.userId, member.id]]));
  const [defaultMailboxId] = boxes;
  if (!defaultMailboxId) return undefined;
  giveOwnMailboxes(tx, actor, rule, { members: [member.id], boxes }, { source: "direct", runId: null });
  await tx
    .update(users)
    .set({ defaultMailboxId })
    .where(and(eq(users.id, member.userId), isNull(users.defaultMailboxId)));
  return defaultMailboxId;
}

/** The rule of an address in an active domain of the account, held. Throws Invalid about `field` for any other. */
export async function openRuleOf(tx: Tx, actor: Actor, email: string, field: string): Promise<OpenRule> {
  const rule = await domainRule(tx, email, { hold: true });
  if (rule.kind === "open" && rule.accountId === actor.accountId) return rule;
  if (rule.kind === "closed") throw new Invalid(field, closedWords(rule, actor.accountId));
  throw new Invalid(field, t("Users are created with an address in an active domain of this account."));
}

/** Who was deleted here has the address still: what brings them back. */
async function inUse(tx: Tx, { accountId }: Actor, email: string): Promise<string> {
  const here = and(eq(members.accountId, accountId), eq(members.email, email), eq(members.status, "removed"));
  const [gone] = await tx.select().from(members).where(here).orderBy(desc(members.endedAt)).limit(1);
  if (!gone || !(await managedUser(tx, gone))?.disabledAt) return t("This address is in use already.");
  return isRestorable(gone)
    ? t("{email} was deleted here. Restore the user instead.", { email })
    : t("{email} was deleted here. Invite this person instead: with that the profile is switched on again.", { email });
}

const refusal = ({ status, email }: Member): string =>
  status === "invited"
    ? t("{email} is invited already. Revoke the invitation first, then create the user.", { email })
    : status === "draft"
      ? t("There is a draft of an invitation for {email}. Delete it first, then create the user.", { email })
      : t("{email} is in this account already.", { email });

/** A place that waits for the password; one that is over at the same address starts again, with nothing of what it held. */
async function place(
  tx: Tx,
  actor: Actor,
  values: Pick<Member, "email" | "firstName" | "lastName" | "userId" | "guestUntil">,
): Promise<Member> {
  const fresh = { ...values, corporate: true, status: "waiting" as const };
  const here = and(eq(members.accountId, actor.accountId), eq(members.email, values.email));
  const [earlier] = await tx.select().from(members).where(here).orderBy(desc(members.createdAt)).limit(1).for("update");
  if (!earlier) {
    const [made] = await tx
      .insert(members)
      .values({ accountId: actor.accountId, ...fresh })
      .returning();
    return made!;
  }
  await tx
    .update(grants)
    .set({ endedAt: sql`now()`, endedBy: actor.userId, endReason: "created again" })
    .where(and(eq(grants.memberId, earlier.id), isNull(grants.endedAt)));
  await tx.delete(pendingChanges).where(eq(pendingChanges.memberId, earlier.id));
  const nothing = { statusBefore: null, invitedBy: null, invitedAt: null, expiresAt: null, remindedAt: null };
  const [again] = await tx
    .update(members)
    .set({
      ...fresh,
      ...nothing,
      delivery: null,
      deliveryReply: null,
      joinedAt: null,
      endedAt: null,
      guestToldAt: null,
      runId: null,
      noRoomAt: null,
      version: sql`${members.version} + 1`,
    })
    .where(eq(members.id, earlier.id))
    .returning();
  return again!;
}
