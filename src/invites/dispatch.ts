import { eq, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { assertWithin, countTry, inWords } from "../access/limits.ts";
import { issueToken, replaceTokens } from "../access/tokens.ts";
import { config } from "../config.ts";
import type { Tx } from "../db/client.ts";
import { members } from "../db/schema.ts";
import { TooMany } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { queueMail } from "../mail/outbox.ts";
import type { Member } from "../members/queries.ts";
import { invitationDays } from "./queries.ts";

/**
 * Puts an invitation on its way: a new link, which kills all earlier ones (T5), the clock started again (D17), the mail
 * ordered. Inside the caller's transaction; the caller has checked the status and writes the event. Throws 429 (T11).
 */
export async function dispatchInvite(tx: Tx, actor: Actor, member: Member, inviterId = actor.userId): Promise<Member> {
  await assertMaySend(tx, actor, member.email);

  const days = await invitationDays(tx);
  const [sent] = await tx
    .update(members)
    .set({
      status: "invited",
      invitedBy: inviterId,
      invitedAt: sql`now()`,
      expiresAt: sql`now() + make_interval(days => ${days})`,
      remindedAt: null,
      delivery: "queued",
      deliveryReply: null,
    })
    .where(eq(members.id, member.id))
    .returning();

  await replaceTokens(tx, ["invitation_link"], { memberId: member.id });
  const minutes = days * 24 * 60;
  const token = await issueToken(tx, { purpose: "invitation", email: member.email, memberId: member.id, minutes });
  await queueMail(tx, { kind: "invitation", subjectId: token.id, accountId: member.accountId });
  return sent!;
}

/** T11: per inviter, per account, per address everywhere, and a pause between two mails of an account to one address. */
async function assertMaySend(tx: Tx, actor: Actor, email: string) {
  const pause = {
    key: `invite-pause:${actor.accountId}:${email}`,
    points: 1,
    seconds: config.INVITE_PAUSE_MINUTES * 60,
  };
  const wait = await countTry(pause, 1, tx);
  if (wait > 0) {
    const left = inWords(wait);
    throw new TooMany(
      t("An invitation went to {email} a moment ago. The next one can go in {left}.", { email, left }),
      wait,
    );
  }
  await assertWithin(
    [
      { key: `invites:${actor.userId}`, points: config.INVITES_PER_HOUR, seconds: 3600 },
      { key: `invites-account:${actor.accountId}`, points: config.INVITES_PER_DAY_PER_ACCOUNT, seconds: 86_400 },
      { key: `invites-address:${email}`, points: config.INVITES_PER_HOUR_PER_ADDRESS, seconds: 3600 },
    ],
    1,
    tx,
  );
}
