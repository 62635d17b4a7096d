import type { Actor } from "../access/actor.ts";
import { assertHoldsAll } from "../access/policy.ts";
import { db } from "../db/client.ts";
import type { PendingGrant } from "../db/schema.ts";
import { rightsOf } from "../grants/giving.ts";
import { resolveAdds } from "../grants/resolve.ts";
import { AppError } from "../http/errors.ts";
import { inviteDirectly } from "./invite-directly.ts";
import type { ReadLine } from "./read-lines.ts";

export interface Verdict extends ReadLine {
  /** The member who is invited now; none where `problem` says why not. */
  memberId?: string;
}

/**
 * Invites everybody on a list with the same rights, each on their own: a bad line stops no other, and gets no mail. Rights
 * that cannot be given to anybody (403, 404, 409) are thrown before the first.
 */
export async function inviteMany(
  actor: Actor,
  list: { lines: ReadLine[]; message: string; rights: PendingGrant[] },
): Promise<Verdict[]> {
  assertHoldsAll(actor, rightsOf(await resolveAdds(db, actor.accountId, list.rights)));
  const verdicts: Verdict[] = [];
  for (const line of list.lines) verdicts.push(line.problem ? line : await inviteOne(actor, line, list));
  return verdicts;
}

async function inviteOne(actor: Actor, line: ReadLine, list: { message: string; rights: PendingGrant[] }) {
  const { email, firstName, lastName } = line;
  try {
    const member = await inviteDirectly(actor, { email, firstName, lastName, message: list.message }, list.rights);
    return { ...line, memberId: member.id };
  } catch (error) {
    if (error instanceof AppError) return { ...line, problem: error.message };
    throw error;
  }
}
