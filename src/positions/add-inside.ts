import { eq } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { domainRule } from "../belonging/rule.ts";
import { takeIn } from "../belonging/take-in.ts";
import { makeCorporateUser } from "../corporate/make.ts";
import { livingPlaceAt } from "../corporate/queries.ts";
import type { Tx } from "../db/client.ts";
import { users } from "../db/schema.ts";
import { orderPasswordMail } from "../first-passwords/order-mail.ts";
import type { Member } from "../members/queries.ts";

/**
 * B13: an address in an active domain of the account is added at once, without being asked. A person without a profile
 * becomes a corporate user who waits for a password; one who has proven the address is taken in. Undefined for everybody
 * else: for addresses elsewhere, for who is in or invited already, and for who is yet to prove the address or is another
 * account's. They go the way of an invitation.
 */
export async function addInside(tx: Tx, actor: Actor, email: string): Promise<Member | undefined> {
  const rule = await domainRule(tx, email, { hold: true });
  if (rule.kind !== "open" || rule.accountId !== actor.accountId) return undefined;
  if (await livingPlaceAt(tx, actor.accountId, email)) return undefined;

  const [user] = await tx.select().from(users).where(eq(users.email, email));
  if (user) return user.emailProvenAt ? takeIn(tx, user, rule, "proven", actor) : undefined;

  const personalMailbox = rule.personalMailboxes && ("where possible" as const);
  const wanted = { email, firstName: "", lastName: "", phone: null, personalMailbox };
  const member = await makeCorporateUser(tx, actor, wanted);
  await orderPasswordMail(tx, member);
  return member;
}
