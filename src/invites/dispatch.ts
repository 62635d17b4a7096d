import { and, eq, isNotNull, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { countTries, inWords, tooMany } from "../access/limits.ts";
import { issueToken, replaceTokens } from "../access/tokens.ts";
import { closedFor } from "../belonging/invitable.ts";
import { closedWords } from "../belonging/rule.ts";
import { config } from "../config.ts";
import type { Tx } from "../db/client.ts";
import { later } from "../db/later.ts";
import { members, users } from "../db/schema.ts";
import { Conflict, TooMany } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { queueMail } from "../mail/outbox.ts";
import type { Member } from "../members/queries.ts";
import { invitationDays } from "./queries.ts";

/**
 * Puts an invitation on its way: a new link, which kills all earlier ones (T5), the clock started again (D17), the mail
 * ordered. Inside the caller's transaction; the caller has checked the status and writes the event. Throws 429 (T11), and
 * 409 where the address's domain was closed meanwhile (D3).
 */
export async function dispatchInvite(tx: Tx, actor: Actor, member: Member, inviterId = actor.userId): Promise<Member> {
  const [closed] = await Promise.all([
    closedFor(tx, member.accountId, member.email),
    assertMaySend(tx, actor, member.email),
  ]);
  if (closed) throw new Conflict(closedWords(closed, member.accountId));

  const [sent] = await tx
    .update(members)
    .set({
      status: "invited",
      invitedBy: inviterId,
      invitedAt: sql`now()`,
      expiresAt: sql`now() + make_interval(days => (${invitationDays}))`,
      remindedAt: null,
      delivery: "queued",
      deliveryReply: null,
    })
    .where(eq(members.id, member.id))
    .returning();

  // Whoever was deleted here with their profile, longer ago than a restore goes back (D13), could not answer with it switched off.
  const off = and(
    eq(users.email, member.email),
    eq(users.corporateAccountId, member.accountId),
    isNotNull(users.disabledAt),
  );
  later(tx, (tx) => tx.update(users).set({ disabledAt: null }).where(off));
  if (member.status === "invited") await replaceTokens(tx, ["invitation_link"], { memberId: member.id });
  const { id: memberId, email, invitedAt, expiresAt } = sent!;
  const minutes = Math.round((expiresAt!.getTime() - invitedAt!.getTime()) / 60_000);
  const token = await issueToken(tx, { purpose: "invitation", email, memberId, minutes });
  await queueMail(tx, { kind: "invitation", subjectId: token.id, accountId: member.accountId });
  return sent!;
}

/** T11: a pause between two mails of an account to one address; per inviter, per account, and per address everywhere. */
async function assertMaySend(tx: Tx, actor: Actor, email: string) {
  const limits = [
    { key: `invite-pause:${actor.accountId}:${email}`, points: 1, seconds: config.INVITE_PAUSE_MINUTES * 60 },
    { key: `invites:${actor.userId}`, points: config.INVITES_PER_HOUR, seconds: 3600 },
    { key: `invites-account:${actor.accountId}`, points: config.INVITES_PER_DAY_PER_ACCOUNT, seconds: 86_400 },
    { key: `invites-address:${email}`, points: config.INVITES_PER_HOUR_PER_ADDRESS, seconds: 3600 },
  ];
  const [pause = 0, ...others] = await countTries(limits, 1, tx);
  const wait = Math.max(...others);
  if (wait > 0) throw tooMany(wait);
  if (pause === 0) return;
  const left = inWords(pause);
  throw new TooMany(
    t("An invitation went to {email} a moment ago. The next one can go in {left}.", { email, left }),
    pause,
  );
}
