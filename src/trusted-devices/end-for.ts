import { sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { managedUser } from "../corporate/queries.ts";
import { db } from "../db/client.ts";
import { Conflict, NotFound } from "../http/errors.ts";
import { uuidOr404 } from "../http/ids.ts";
import { t } from "../i18n/t.ts";
import { queueMail } from "../mail/outbox.ts";
import { reachMember } from "../members/reach.ts";
import { deviceWords } from "../sessions/device-words.ts";
import { assertManaged } from "../sign-ins/queries.ts";
import { basisOf } from "./basis.ts";

/**
 * Ends the trust in one device of a corporate user, or in all of them (no id), for an administrator: a device that was lost
 * need not cost its owner password, factor or sessions. The person is told by mail. Nobody does it to themselves here, nor
 * to somebody who holds more (T54). Of all, only those that still counted are told of: password or factors may have ended some.
 */
export function endTrustFor(actor: Actor, memberId: string, deviceId?: string) {
  const one = deviceId === undefined ? sql`` : sql`and d.id = ${uuidOr404(deviceId)}`;
  return db.transaction(async (tx) => {
    const member = await reachMember(tx, actor, memberId);
    const user = assertManaged(await managedUser(tx, member));
    const ended = await tx.execute<{ agent: string; counted: boolean }>(sql`
      delete from trusted_devices d using users u where u.id = ${user.id} and d.user_id = u.id ${one}
      returning d.user_agent as agent, d.ends_at > now() and d.basis = ${basisOf} as counted`);
    const living = deviceId ? ended : ended.filter(({ counted }) => counted);
    const [first] = living;
    if (!first && deviceId) throw new NotFound();
    if (!first) throw new Conflict(t("This user has no trusted device."));

    const before = deviceId ? { device: deviceWords(first.agent) } : { devices: living.length };
    const subject = { type: "user" as const, id: user.id, label: user.email };
    await recordEvent(tx, actor, "user.device_trust_ended", subject, { before });
    await queueMail(tx, {
      ...{ kind: "device_trust_ended", subjectId: user.id, accountId: actor.accountId },
      data: { userId: user.id, by: actor.name, device: deviceId ? first.agent || "?" : "" },
    });
    return { member, count: living.length };
  });
}
