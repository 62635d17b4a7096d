import { and, eq } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import type { Reader, Tx } from "../db/client.ts";
import { members, pendingChanges } from "../db/schema.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import type { Member } from "../members/queries.ts";
import { type Applied, applyGrants } from "./apply.ts";
import { resolveLiving } from "./resolve.ts";

export type Pending = typeof pendingChanges.$inferSelect;

const ofActor = (actor: Actor, memberId: string) =>
  and(
    eq(pendingChanges.accountId, actor.accountId),
    eq(pendingChanges.adminId, actor.userId!),
    eq(pendingChanges.memberId, memberId),
  );

/** T56: somebody else changed these rights since the actor began. */
export class Stale extends Conflict {}

/** What this administrator has changed on this member and not saved yet (D10). */
export async function findPending(reader: Reader, actor: Actor, memberId: string): Promise<Pending | undefined> {
  const [row] = await reader.select().from(pendingChanges).where(ofActor(actor, memberId));
  return row;
}

/** Forgets what this administrator has not saved. */
export async function dropPending(tx: Tx, actor: Actor, memberId: string): Promise<void> {
  await tx.delete(pendingChanges).where(ofActor(actor, memberId));
}

/**
 * Saves the actor's pending changes of a member, inside the caller's transaction, and forgets them; the caller writes the
 * event. Undefined when nothing was pending. Throws `Stale` (409) when the member's rights changed meanwhile, unless the
 * actor saw the present state and says so with `onVersion`.
 */
export async function savePending(
  tx: Tx,
  actor: Actor,
  member: Member,
  onVersion?: number,
): Promise<Applied | undefined> {
  const pending = await findPending(tx, actor, member.id);
  if (!pending) return undefined;

  const [now] = await tx
    .select({ version: members.version })
    .from(members)
    .where(and(eq(members.accountId, actor.accountId), eq(members.id, member.id)))
    .for("update");
  if (now?.version !== (onVersion ?? pending.memberVersion)) {
    throw new Stale(t("Somebody else changed the rights of this user after you began. Open the user to see both."));
  }

  const living = await resolveLiving(tx, actor.accountId, pending.adds);
  const adds = living.map(({ mailboxId, systemRole, roleId, permission }) => ({
    mailboxId,
    systemRole,
    roleId,
    permission,
  }));
  const source = member.status === "draft" || member.status === "invited" ? "invitation" : "direct";
  const applied = await applyGrants(tx, actor, member, { adds, ends: pending.ends }, source);
  await dropPending(tx, actor, member.id);
  return applied;
}
