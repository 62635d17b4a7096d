import type { Actor } from "../access/actor.ts";
import { replaceTokens } from "../access/tokens.ts";
import { recordEvent } from "../audit/record.ts";
import { managedUser } from "../corporate/queries.ts";
import { db } from "../db/client.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { subjectOf } from "../members/queries.ts";
import { reachMember } from "../members/reach.ts";
import { releaseAsked } from "./queries.ts";

/**
 * Takes back a release that waits to be confirmed: the link in the mail does not work any more, so a mistyped address opens
 * nothing. Returns that address. 409 where none waits, or it is confirmed already.
 */
export async function revokeRelease(actor: Actor, memberId: string): Promise<string> {
  return db.transaction(async (tx) => {
    const member = await reachMember(tx, actor, memberId);
    const user = await managedUser(tx, member);
    const asked = user && (await releaseAsked(tx, user.id));
    if (!asked) throw new Conflict(t("No release of this user waits to be confirmed."));
    await replaceTokens(tx, ["release"], { userId: user.id });
    await recordEvent(tx, actor, "user.release_revoked", subjectOf(member), { before: { email: asked.email } });
    return asked.email;
  });
}
