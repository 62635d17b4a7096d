import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { managedUser } from "../corporate/queries.ts";
import { db } from "../db/client.ts";
import { dropAll } from "../factors/changed.ts";
import { hasAny } from "../factors/has-any.ts";
import { Conflict, NotFound } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { reachMember } from "../members/reach.ts";
import { notify } from "../notifications/notify.ts";
import { endAllSessions } from "../sessions/end-all.ts";

/**
 * T108: takes the second factor off a corporate user of this account, and nobody else's: who keeps their own profile keeps its
 * keys (ASVS 6.4.6). Never off oneself, nor off somebody with a right that the actor lacks, nor off who administers the
 * installation: no account is above them (T54). All their sessions end, and they are told by mail, who did it and when.
 */
export function resetFactors(actor: Actor, memberId: string) {
  return db.transaction(async (tx) => {
    const member = await reachMember(tx, actor, memberId);
    const user = await managedUser(tx, member);
    if (!user) throw new NotFound();
    if (user.instanceAdmin)
      throw new Conflict(
        t("{email} administers this installation, so no account can take the second factor off.", {
          email: user.email,
        }),
      );
    if (!(await hasAny(user.id, tx))) throw new Conflict(t("This user has no second factor."));
    await dropAll(tx, user.id);
    await endAllSessions(tx, user.id);
    await recordEvent(tx, actor, "user.second_factor_reset", { type: "user", id: user.id, label: user.email });
    await notify(tx, {
      ...{ userId: user.id, accountId: actor.accountId, subjectId: user.id },
      ...{ kind: "factor.reset", mail: "factor_changed", data: { change: "reset", by: actor.name } },
    });
    return member;
  });
}
