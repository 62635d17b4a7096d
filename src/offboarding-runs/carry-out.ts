import { and, eq, isNull, sql } from "drizzle-orm";
import { type Actor, can } from "../access/actor.ts";
import { revokeIn } from "../api-clients/revoke.ts";
import { recordEvent } from "../audit/record.ts";
import type { Tx } from "../db/client.ts";
import { apiClients, type MemberStatus, offboardings } from "../db/schema.ts";
import { Conflict, Forbidden } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { revokeInvitesOf } from "../invites/revoke.ts";
import { endPasswordsOf } from "../mailbox-passwords/revoke.ts";
import { type Member, subjectOf } from "../members/queries.ts";
import { reachMember } from "../members/reach.ts";
import { removeIn } from "../members/remove.ts";
import type { Offboarding } from "../offboardings/queries.ts";
import { handOver } from "./hand-over.ts";

const arrived: MemberStatus[] = ["active", "blocked", "waiting"];

/** The leaver, locked: somebody else (409), not stronger than the actor (403, T54), and here to leave (409). */
export async function reachLeaver(tx: Tx, actor: Actor, memberId: string): Promise<Member> {
  const member = await reachMember(tx, actor, memberId);
  if (arrived.includes(member.status)) return member;
  throw new Conflict(t("Only a user who has arrived can be offboarded. An invitation can be revoked."));
}

/**
 * The deed, in the caller's transaction: what they leave is handed over first, then their passwords, programs and
 * open invitations end, then their place as any removal ends it (D13). Each step is the verb that does the same by itself, with its own rules and
 * events. `row` is locked, or made in this transaction.
 */
export async function carryOut(tx: Tx, actor: Actor, row: Offboarding): Promise<Offboarding> {
  if (!can(actor, "users.delete")) throw new Forbidden(t("You may not remove users of this account."));
  const member = await reachLeaver(tx, actor, row.memberId);
  const mailboxes = await handOver(tx, actor, member, row.plan);
  const passwords = member.userId ? await endPasswordsOf(tx, actor, member.userId) : 0;
  const clients = await endClientsOf(tx, actor, member);
  const invitationsRevoked = await revokeInvitesOf(tx, actor, member);

  // Before the removal, which would cancel what is still planned.
  const [done] = await tx
    .update(offboardings)
    .set({ status: "done", doneAt: sql`now()`, version: sql`${offboardings.version} + 1` })
    .where(eq(offboardings.id, row.id))
    .returning();
  await removeIn(tx, actor, member.id);
  const owner = row.plan.ownerMemberId !== null;
  const after = { offboarding: row.id, mailboxes, passwords, clients, invitationsRevoked, owner };
  await recordEvent(tx, actor, "member.offboarded", subjectOf(member), { after });
  return done!;
}

/** Their programs in this account end for good, one event each; an account has a hundred at most. */
async function endClientsOf(tx: Tx, actor: Actor, { userId }: Member): Promise<number> {
  if (!userId) return 0;
  const theirs = await tx
    .select({ id: apiClients.id })
    .from(apiClients)
    .where(
      and(eq(apiClients.accountId, actor.accountId), eq(apiClients.createdBy, userId), isNull(apiClients.endedAt)),
    );
  for (const { id } of theirs) await revokeIn(tx, actor, id);
  return theirs.length;
}

class Rehearsed extends Error {}

/** Does it and takes it all back: throws what the deed would throw now, and changes nothing. */
export async function rehearse(tx: Tx, actor: Actor, row: Offboarding): Promise<void> {
  await tx
    .transaction(async (inner) => {
      await carryOut(inner, { ...actor, onChange: undefined }, row);
      throw new Rehearsed();
    })
    .catch((error) => {
      if (!(error instanceof Rehearsed)) throw error;
    });
}
