import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { assertMayEdit } from "../changes/may-edit.ts";
import { findPending, ofActor } from "../changes/queries.ts";
import { db, type Tx } from "../db/client.ts";
import { pendingChanges } from "../db/schema.ts";
import { Stale } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { lockMember, type Member } from "../members/queries.ts";
import { notify } from "../notifications/notify.ts";
import { type Applied, applyGrants, touched } from "./apply.ts";
import { bare, rightsOf } from "./giving.ts";
import { rightsNews } from "./mail.ts";
import { currentGrants } from "./queries.ts";
import { resolveLiving } from "./resolve.ts";

/**
 * Saves the actor's pending changes of a member, locked by the caller, inside the caller's transaction, and forgets them;
 * the caller writes the event. Undefined when nothing was pending. 409 when the member's rights changed since the actor
 * began (T56). Roles and mailboxes that are gone by now are left out. Source: D10.
 */
export async function savePending(tx: Tx, actor: Actor, member: Member): Promise<Applied | undefined> {
  const pending = await findPending(tx, actor, member.id);
  if (!pending) return undefined;
  if (pending.memberVersion !== member.version) {
    throw new Stale(
      t("The rights of this user changed after you began. Nothing was saved or sent. Look at both first."),
    );
  }
  assertMayEdit(actor, member, rightsOf(await currentGrants(tx, actor.accountId, member.id)));

  const adds = (await resolveLiving(tx, actor.accountId, pending.adds)).map(bare);
  const source = member.status === "draft" || member.status === "invited" ? "invitation" : "direct";
  const applied = await applyGrants(tx, actor, member, { adds, ends: pending.ends }, source);
  await tx.delete(pendingChanges).where(ofActor(actor, member.id));
  return applied;
}

export interface Saved {
  member: Member;
  /** How many rights started or ended. */
  changes: number;
}

/** Save: all tabs at once, in one transaction with one event; an active member is told. "conflict" when it is stale. */
export const saveRights = (actor: Actor, memberId: string): Promise<Saved | "conflict"> =>
  unlessStale(db.transaction((tx) => saveIn(tx, actor, memberId)));

/** What a verb returns, or "conflict" when somebody else saved in between: the page then shows both states (T56). */
export async function unlessStale<T>(work: Promise<T>): Promise<T | "conflict"> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Stale) return "conflict";
    throw error;
  }
}

/** The same inside a caller's transaction. */
export async function saveIn(tx: Tx, actor: Actor, memberId: string): Promise<Saved> {
  const member = await lockMember(tx, actor.accountId, memberId);
  assertMayEdit(actor, member, []);
  const applied = await savePending(tx, actor, member);
  const changes = applied ? touched(applied) : 0;
  if (!applied || changes === 0) return { member, changes: 0 };

  const subject = { type: "member" as const, id: member.id, label: member.email };
  await recordEvent(tx, actor, "member.rights_changed", subject, {
    before: { rights: applied.before },
    after: { rights: applied.after },
  });
  const told = member.status === "active" && member.userId !== actor.userId && member.userId;
  if (told) await notify(tx, rightsNews(actor, member, told, applied));
  return { member, changes };
}
