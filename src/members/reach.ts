import { and, eq } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { assertNotStronger } from "../access/policy.ts";
import type { Tx } from "../db/client.ts";
import { users } from "../db/schema.ts";
import { heldBy } from "../grants/queries.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { endProgramsOf } from "../oauth/end.ts";
import { dropLinks } from "../passwords/drop-links.ts";
import { endAllSessions } from "../sessions/end-all.ts";
import { lockMember, type Member, type Precondition } from "./queries.ts";

/**
 * The member, locked, for a verb that acts on somebody else's place in the account: never on oneself (409), never on
 * someone who holds a right that the actor lacks (403, T54). `still`: asked last, of who may act at all.
 */
export async function reachMember(tx: Tx, actor: Actor, id: string, still?: Precondition): Promise<Member> {
  const member = await lockMember(tx, actor.accountId, id);
  if (member.userId && member.userId === actor.userId) {
    throw new Conflict(t("You cannot do this to yourself. Ask another administrator."));
  }
  assertNotStronger(actor, await heldBy(tx, actor.accountId, member.id));
  await still?.(tx, member);
  return member;
}

/**
 * D13: where the account manages the person's profile, losing the place ends every session, every link and every token of
 * theirs at once. Others lose this account only: its tokens at once, its pages at their next click, because rights are read
 * anew each time. `forGood`: their API clients here end as well. Says whether the account manages the profile.
 */
export async function endCorporateSessions(tx: Tx, member: Member, forGood = false): Promise<boolean> {
  if (!member.userId) return false;
  const [managed] = await tx
    .select({ id: users.id, email: users.email })
    .from(users)
    .where(and(eq(users.id, member.userId), eq(users.corporateAccountId, member.accountId)));
  await endProgramsOf(tx, member.userId, member.accountId, forGood);
  if (!managed) return false;
  await endProgramsOf(tx, managed.id, null);
  await endAllSessions(tx, managed.id);
  await dropLinks(tx, managed);
  return true;
}
