import type { Actor } from "../access/actor.ts";
import { assertMayEdit } from "../changes/may-edit.ts";
import { db } from "../db/client.ts";
import type { Changes } from "../grants/apply.ts";
import { rightsOf } from "../grants/giving.ts";
import { currentGrants } from "../grants/queries.ts";
import { changeNow } from "../grants/save.ts";
import { Stale } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { lockMember } from "../members/queries.ts";

/**
 * Gives and ends rights of one member at once, all or nothing, on the version that was read; what pages collect until
 * somebody saves (D10) a program says in one request. The rules are those of the pages: applyGrants holds them.
 */
export function changeGrants(actor: Actor, memberId: string, { version, ...changes }: Changes & { version: number }) {
  return db.transaction(async (tx) => {
    const member = await lockMember(tx, actor.accountId, memberId);
    assertMayEdit(actor, member, rightsOf(await currentGrants(tx, actor.accountId, member.id)));
    if (member.version !== version) throw new Stale(t("Somebody else changed this user in the meantime."));
    await changeNow(tx, actor, member, changes);
    return member;
  });
}
