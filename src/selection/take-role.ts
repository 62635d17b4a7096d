import type { Actor } from "../access/actor.ts";
import { db } from "../db/client.ts";
import type { PendingGrant } from "../db/schema.ts";
import { keyOf } from "../grants/giving.ts";
import { currentGrants } from "../grants/queries.ts";
import { changeNow } from "../grants/save.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import type { Member } from "../members/queries.ts";
import { editable } from "./give-role.ts";

/** Ends one role of one member, and tells them; single permissions stay (D11). 409 for a role that they do not have. */
export function takeRole(actor: Actor, memberId: string, unwanted: PendingGrant): Promise<Member> {
  return db.transaction(async (tx) => {
    const member = await editable(tx, actor, memberId);
    const held = await currentGrants(tx, actor.accountId, member.id);
    const ends = held.filter((grant) => keyOf(grant) === keyOf(unwanted)).map(({ id }) => id);
    if (ends.length === 0) throw new Conflict(t("Does not have this role."));
    await changeNow(tx, actor, member, { adds: [], ends });
    return member;
  });
}
