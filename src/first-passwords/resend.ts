import type { Actor } from "../access/actor.ts";
import { countTries, inWords } from "../access/limits.ts";
import { recordEvent } from "../audit/record.ts";
import { config } from "../config.ts";
import { managedUser } from "../corporate/queries.ts";
import { db, type Tx } from "../db/client.ts";
import { Conflict, TooMany } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { type Member, subjectOf } from "../members/queries.ts";
import { reachMember } from "../members/reach.ts";
import { orderPasswordMail } from "./order-mail.ts";

/** Sends the mail to create a password once more: a new link, the old one dead. A pause between two, as for invitations. */
export function resendPasswordMail(actor: Actor, memberId: string): Promise<Member> {
  return db.transaction(async (tx) => {
    const member = await waitingMember(tx, actor, memberId);
    const key = `password-mail:${member.userId}`;
    const [wait = 0] = await countTries([{ key, points: 1, seconds: config.INVITE_PAUSE_MINUTES * 60 }], 1, tx);
    if (wait > 0) {
      const left = inWords(wait);
      throw new TooMany(
        t("A mail went to {email} a moment ago. The next one can go in {left}.", { email: member.email, left }),
        wait,
      );
    }
    await orderPasswordMail(tx, member);
    await recordEvent(tx, actor, "user.password_mail_sent", subjectOf(member));
    return member;
  });
}

/** Somebody this account created and who has no password yet, locked; else 409. Never who existed before (A58). */
export async function waitingMember(tx: Tx, actor: Actor, memberId: string): Promise<Member> {
  const member = await reachMember(tx, actor, memberId);
  const user = await managedUser(tx, member);
  if (member.status !== "waiting" || !user || user.passwordHash)
    throw new Conflict(t("Only a user who was created here and has no password yet needs this."));
  return member;
}
