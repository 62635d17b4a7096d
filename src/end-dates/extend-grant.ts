import { and, eq } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { assertMayEdit } from "../changes/may-edit.ts";
import { db, type Reader } from "../db/client.ts";
import { grants } from "../db/schema.ts";
import { rightsOf } from "../grants/giving.ts";
import { currentGrants } from "../grants/queries.ts";
import { changeNow } from "../grants/save.ts";
import { Conflict, NotFound } from "../http/errors.ts";
import { uuidOr404 } from "../http/ids.ts";
import { t } from "../i18n/t.ts";
import { lockMember, type Member } from "../members/queries.ts";

/** A grant of the account, whether it counts still; absent, a neighbour's or no id at all: 404 (T49). */
async function datedGrant(reader: Reader, actor: Actor, grantId: string) {
  const mine = and(eq(grants.accountId, actor.accountId), eq(grants.id, uuidOr404(grantId)));
  const [grant] = await reader.select().from(grants).where(mine);
  if (!grant) throw new NotFound();
  return grant;
}

/** The same for a route, before it looks at the form. */
export const assertGrant = (actor: Actor, grantId: string) => datedGrant(db, actor, grantId);

/**
 * Lets a right count until a later instant; one whose end has come is given anew. The rules are those of Save (D9); the user
 * is told. 404 for another account's grant, 409 for one that ended otherwise.
 */
export function extendGrant(actor: Actor, grantId: string, until: string): Promise<Member> {
  return db.transaction(async (tx) => {
    const grant = await datedGrant(tx, actor, grantId);
    const member = await lockMember(tx, actor.accountId, grant.memberId);
    assertMayEdit(actor, member, rightsOf(await currentGrants(tx, actor.accountId, member.id)));
    if (grant.endedAt && grant.endReason !== "end date")
      throw new Conflict(t("This user does not hold that any more. Open the page again."));

    const { mailboxId, systemRole, roleId, permission } = grant;
    const thing = {
      systemRole: systemRole ?? undefined,
      roleId: roleId ?? undefined,
      permission: permission ?? undefined,
    };
    const adds = [{ mailboxId, ...thing, endsAt: until }];
    await changeNow(tx, actor, member, { adds, ends: [] });
    return member;
  });
}
