import { eq } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { assertWithin } from "../access/limits.ts";
import { issueToken, lifeInMinutes } from "../access/tokens.ts";
import { recordEvent } from "../audit/record.ts";
import { closedWords, domainRule } from "../belonging/rule.ts";
import { config } from "../config.ts";
import { managedUser } from "../corporate/queries.ts";
import type { Tx } from "../db/client.ts";
import { db } from "../db/client.ts";
import { accounts } from "../db/schema.ts";
import { Conflict, Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { queueMail } from "../mail/outbox.ts";
import { subjectOf } from "../members/queries.ts";
import { reachMember } from "../members/reach.ts";

/**
 * Asks to let a corporate user go to a private address (X2): it counts once the address is proven by the mail that goes
 * there, and the present address is told. Until then nothing changes.
 */
export async function askRelease(actor: Actor, memberId: string, { email }: { email: string }): Promise<string> {
  await assertWithin([{ key: `release-by:${actor.userId}`, points: config.RESETS_PER_HOUR * 10, seconds: 3600 }]);
  return db.transaction(async (tx) => {
    const member = await reachMember(tx, actor, memberId);
    const user = await managedUser(tx, member);
    if (!user || user.disabledAt) throw new Conflict(t("This account does not manage the profile of this user."));
    const [account] = await tx.select().from(accounts).where(eq(accounts.id, actor.accountId));
    await orderProof(tx, user, email, account!.name);
    await recordEvent(tx, actor, "user.release_asked", subjectOf(member), { after: { email } });
    return email;
  });
}

/** Issues the proof of the private address, and tells the present one. Throws Invalid("email", …). */
export async function orderProof(tx: Tx, user: { id: string; email: string }, email: string, account: string) {
  await assertPrivate(tx, user, email);
  const minutes = lifeInMinutes.release;
  const token = await issueToken(tx, { purpose: "release", email, userId: user.id, minutes });
  await queueMail(tx, { kind: "release_proof", subjectId: token.id, data: { account } });
  await queueMail(tx, { kind: "release_notice", subjectId: user.id, data: { from: user.email, to: email, account } });
}

/** A private address is nobody's domain here: not an active one, nor one that was. */
export async function assertPrivate(tx: Tx, user: { email: string }, email: string): Promise<void> {
  if (email === user.email) throw new Invalid("email", t("This is the address already."));
  const rule = await domainRule(tx, email, { hold: true });
  if (rule.kind === "open")
    throw new Invalid(
      "email",
      t("{domain} belongs to an account here. Choose a private address.", { domain: rule.domain }),
    );
  if (rule.kind === "closed") throw new Invalid("email", closedWords(rule));
}
