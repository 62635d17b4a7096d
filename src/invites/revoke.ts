import { and, eq, inArray, isNull, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import type { Actor } from "../access/actor.ts";
import { assertNotStronger } from "../access/policy.ts";
import { replaceTokens } from "../access/tokens.ts";
import { recordEvent, recordEvents } from "../audit/record.ts";
import { endedInvitation } from "../belonging/ended-invitation.ts";
import { db, type Tx } from "../db/client.ts";
import { grants, members, pendingChanges } from "../db/schema.ts";
import { endAllGrants } from "../grants/end-all.ts";
import { labelOf } from "../grants/giving.ts";
import { currentGrantsOf, heldBy } from "../grants/queries.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { lockMember, type Member, subjectOf } from "../members/queries.ts";

/** Takes an invitation back, or drops a draft: its links are dead at once (T5), what it offered ends. */
export function revokeInvite(actor: Actor, memberId: string): Promise<Member> {
  return db.transaction(async (tx) => {
    const member = await lockMember(tx, actor.accountId, memberId);
    if (member.status === "revoked") return member;
    if (member.status !== "draft" && member.status !== "invited") {
      throw new Conflict(t("This invitation has been answered or has ended. There is nothing to revoke."));
    }
    assertNotStronger(actor, await heldBy(tx, actor.accountId, member.id));

    const ended = await endAllGrants(tx, actor, member, "revoked");
    await tx.delete(pendingChanges).where(eq(pendingChanges.memberId, member.id));
    await replaceTokens(tx, ["invitation", "invitation_link"], { memberId: member.id });
    const [revoked] = await tx
      .update(members)
      .set(endedInvitation("revoked"))
      .where(eq(members.id, member.id))
      .returning();
    await recordEvent(tx, actor, "invite.revoked", subjectOf(member), {
      before: { status: member.status, rights: ended },
      after: { status: revoked!.status },
    });
    return revoked!;
  });
}

/**
 * The same for all that somebody who leaves has sent or drafted, in the caller's transaction, in as many
 * statements however many there are. Whoever may let them go may do this: what they offered is given only while they hold it (offers/recheck.ts).
 * Returns how many.
 */
export async function revokeInvitesOf(tx: Tx, actor: Actor, { accountId, userId }: Member): Promise<number> {
  if (!userId) return 0;
  const waiting = await tx
    .select()
    .from(members)
    .where(
      and(
        eq(members.accountId, accountId),
        eq(members.invitedBy, userId),
        inArray(members.status, ["draft", "invited"]),
      ),
    )
    .orderBy(members.id)
    .for("update");
  if (waiting.length === 0) return 0;
  const ids = waiting.map(({ id }) => id);
  const held = await currentGrantsOf(tx, accountId, ids);

  await tx
    .update(grants)
    .set({ endedAt: sql`now()`, endedBy: actor.userId, endReason: "revoked" })
    .where(and(eq(grants.accountId, accountId), anyOf(grants.memberId, ids), isNull(grants.endedAt)));
  await tx.delete(pendingChanges).where(anyOf(pendingChanges.memberId, ids));
  await replaceTokens(tx, ["invitation", "invitation_link"], { memberIds: ids });
  const revoked = await tx
    .update(members)
    .set({ ...endedInvitation("revoked"), version: sql`${members.version} + 1` })
    .where(and(eq(members.accountId, accountId), anyOf(members.id, ids)))
    .returning({ id: members.id, status: members.status });
  const becomes = new Map(revoked.map(({ id, status }) => [id, status]));
  const all = waiting.map((member) => ({
    subject: subjectOf(member),
    change: {
      before: { status: member.status, rights: (held.get(member.id) ?? []).map(labelOf).sort() },
      after: { status: becomes.get(member.id) },
    },
  }));
  await recordEvents(tx, actor, "invite.revoked", all);
  return waiting.length;
}

const anyOf = (column: PgColumn, ids: string[]) => sql`${column} = any(${sql.param(ids)}::uuid[])`;
