import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { assertMayEdit } from "../changes/may-edit.ts";
import { db } from "../db/client.ts";
import { applyGrants, type Changes, touched } from "../grants/apply.ts";
import { rightsOf } from "../grants/giving.ts";
import { rightsNews } from "../grants/mail.ts";
import { currentGrants } from "../grants/queries.ts";
import { Stale } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { lockMember, subjectOf } from "../members/queries.ts";
import { notify } from "../notifications/notify.ts";

/**
 * Gives and ends rights of one member at once, all or nothing, on the version that was read; what pages collect until
 * somebody saves (D10) a program says in one request. The rules are those of the pages: applyGrants holds them.
 */
export function changeGrants(actor: Actor, memberId: string, { version, ...changes }: Changes & { version: number }) {
  return db.transaction(async (tx) => {
    const member = await lockMember(tx, actor.accountId, memberId);
    assertMayEdit(actor, member, rightsOf(await currentGrants(tx, actor.accountId, member.id)));
    if (member.version !== version) throw new Stale(t("Somebody else changed this user in the meantime."));

    const source = member.status === "draft" || member.status === "invited" ? "invitation" : "direct";
    const applied = await applyGrants(tx, actor, member, changes, source);
    if (touched(applied) === 0) return member;
    await recordEvent(tx, actor, "member.rights_changed", subjectOf(member), {
      before: { rights: applied.before },
      after: { rights: applied.after },
    });
    const told = member.status === "active" && member.userId !== actor.userId && member.userId;
    if (told) await notify(tx, rightsNews(actor, member, told, applied));
    return member;
  });
}
