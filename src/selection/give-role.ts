import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { assertMayEdit } from "../changes/may-edit.ts";
import { db, type Tx } from "../db/client.ts";
import type { PendingGrant } from "../db/schema.ts";
import { type Applied, applyGrants, touched } from "../grants/apply.ts";
import { rightsNews } from "../grants/mail.ts";
import { heldBy } from "../grants/queries.ts";
import { lockMember, type Member, subjectOf } from "../members/queries.ts";
import { notify } from "../notifications/notify.ts";

/** Gives one member one role, on the account or on a mailbox, and tells them. Held already: nothing happens. */
export function giveRole(actor: Actor, memberId: string, wanted: PendingGrant): Promise<Member> {
  return db.transaction(async (tx) => {
    const member = await editable(tx, actor, memberId);
    const source = member.status === "draft" || member.status === "invited" ? "invitation" : "direct";
    const applied = await applyGrants(tx, actor, member, { adds: [wanted], ends: [] }, source);
    return report(tx, actor, member, applied);
  });
}

/** The member, locked, where the actor may change their rights (T54). */
export async function editable(tx: Tx, actor: Actor, memberId: string): Promise<Member> {
  const member = await lockMember(tx, actor.accountId, memberId);
  assertMayEdit(actor, member, await heldBy(tx, actor.accountId, member.id));
  return member;
}

/** Writes the one event of a change of rights and tells an active member; nothing for a change that changed nothing. */
export async function report(tx: Tx, actor: Actor, member: Member, applied: Applied): Promise<Member> {
  if (touched(applied) === 0) return member;
  await recordEvent(tx, actor, "member.rights_changed", subjectOf(member), {
    before: { rights: applied.before },
    after: { rights: applied.after },
  });
  const told = member.status === "active" && member.userId !== actor.userId && member.userId;
  if (told) await notify(tx, rightsNews(actor, member, told, applied));
  return member;
}
