import type { z } from "zod";
import type { Actor } from "../access/actor.ts";
import { assertWithin } from "../access/limits.ts";
import { issueToken, lifeInMinutes } from "../access/tokens.ts";
import { recordEvent } from "../audit/record.ts";
import { domainRule } from "../belonging/rule.ts";
import { assertMayEdit } from "../changes/may-edit.ts";
import { config } from "../config.ts";
import { joined } from "../corporate/forms.ts";
import { managedUser } from "../corporate/queries.ts";
import { db } from "../db/client.ts";
import { rightsOf } from "../grants/giving.ts";
import { currentGrants } from "../grants/queries.ts";
import { Invalid, NotFound } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { queueMail } from "../mail/outbox.ts";
import { lockMember, subjectOf } from "../members/queries.ts";
import { assertOwnPassword } from "../passwords/assert-own.ts";
import type { addressForm } from "./forms.ts";

/**
 * Asks for another address of a corporate user: inside the account's active domains only, in force once proven by the mail
 * that goes there; the old inbox is told. The administrator confirms with their own password (T32).
 */
export async function askUserAddress(
  actor: Actor,
  memberId: string,
  typed: z.infer<typeof addressForm>,
): Promise<string> {
  const email = joined(typed) ?? "";
  await assertOwnPassword({ ...actor, userId: actor.userId ?? "" }, typed.confirmation, "confirmation");
  await assertWithin([{ key: `address-by:${actor.userId}`, points: config.RESETS_PER_HOUR * 10, seconds: 3600 }]);
  return db.transaction(async (tx) => {
    const member = await lockMember(tx, actor.accountId, memberId);
    assertMayEdit(actor, member, rightsOf(await currentGrants(tx, actor.accountId, member.id)));
    const user = await managedUser(tx, member);
    if (!user) throw new NotFound();
    if (email === user.email) throw new Invalid("local", t("This is the address already."));
    const rule = await domainRule(tx, email, { hold: true });
    if (rule.kind !== "open" || rule.accountId !== actor.accountId)
      throw new Invalid("local", t("Users are created with an address in an active domain of this account."));

    const minutes = lifeInMinutes.address_change;
    const token = await issueToken(tx, { purpose: "address_change", email, userId: user.id, minutes });
    await recordEvent(tx, actor, "user.address_change_asked", subjectOf(member), { after: { email } });
    await queueMail(tx, { kind: "address_proof", subjectId: token.id, data: { by: actor.name } });
    const data = { from: user.email, to: email, by: actor.name };
    await queueMail(tx, { kind: "address_change_notice", subjectId: user.id, data });
    return email;
  });
}
