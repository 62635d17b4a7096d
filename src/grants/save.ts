import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { assertMayEdit } from "../changes/may-edit.ts";
import { findPending, ofActor } from "../changes/queries.ts";
import { db, type Tx } from "../db/client.ts";
import { pendingChanges } from "../db/schema.ts";
import { Stale } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { lockMember, type Member, subjectOf } from "../members/queries.ts";
import { notify } from "../notifications/notify.ts";
import { type Applied, applyGrants, type Changes, touched } from "./apply.ts";
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
  const applied = await applyGrants(tx, actor, member, { adds, ends: pending.ends }, sourceFor(member));
  await tx.delete(pendingChanges).where(ofActor(actor, member.id));
  return applied;
}

/** Where a grant to such a member comes from: an invitation while nobody has answered it. */
const sourceFor = ({ status }: Member) => (status === "draft" || status === "invited" ? "invitation" : "direct");

/**
 * Gives and ends rights of a member at once, without pending changes, inside the caller's transaction. The caller has locked
 * the member and looked whether they may be edited; the rules of each right are those of `applyGrants`.
 */
export async function changeNow(tx: Tx, actor: Actor, member: Member, changes: Changes): Promise<Applied> {
  const applied = await applyGrants(tx, actor, member, changes, sourceFor(member));
  await reportChange(tx, actor, member, applied);
  return applied;
}

/** The one event of a change of rights, and the news for an active member who did not do it; neither where nothing changed. */
async function reportChange(tx: Tx, actor: Actor, member: Member, applied: Applied): Promise<void> {
  if (touched(applied) === 0) return;
  await recordChange(tx, actor, member, applied);
  const told = member.status === "active" && member.userId !== actor.userId && member.userId;
  if (told) await notify(tx, rightsNews(actor, member, told, applied));
}

/** The event alone, for a verb that has news of its own. */
export const recordChange = (tx: Tx, actor: Actor, member: Member, { before, after }: Applied): Promise<void> =>
  recordEvent(tx, actor, "member.rights_changed", subjectOf(member), {
    before: { rights: before },
    after: { rights: after },
  });

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
  if (!applied) return { member, changes: 0 };
  await reportChange(tx, actor, member, applied);
  return { member, changes: touched(applied) };
}
