import { and, eq } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { db } from "../db/client.ts";
import { grants } from "../db/schema.ts";
import { heldBy } from "../grants/queries.ts";
import { changeNow } from "../grants/save.ts";
import { Conflict, NotFound } from "../http/errors.ts";
import { uuidOr404 } from "../http/ids.ts";
import { t } from "../i18n/t.ts";
import { lockMember } from "../members/queries.ts";
import { assertMayShare } from "./give-access.ts";
import { findMailbox } from "./queries.ts";

/** Ends one grant on one mailbox. A neighbour's or none: 404; not on this mailbox or ended before: 409. */
export function endAccess(actor: Actor, mailboxId: string, grantId: string) {
  return db.transaction(async (tx) => {
    const mailbox = await findMailbox(tx, actor.accountId, mailboxId);
    const [grant] = await tx
      .select({ id: grants.id, memberId: grants.memberId, mailboxId: grants.mailboxId, endedAt: grants.endedAt })
      .from(grants)
      .where(and(eq(grants.accountId, actor.accountId), eq(grants.id, uuidOr404(grantId))));
    if (!grant) throw new NotFound();
    assertMayShare(actor, mailbox, []);
    if (grant.endedAt || grant.mailboxId !== mailbox.id) throw new Conflict(t("This access has ended already."));

    const member = await lockMember(tx, actor.accountId, grant.memberId);
    assertMayShare(actor, mailbox, await heldBy(tx, actor.accountId, member.id));
    await changeNow(tx, actor, member, { adds: [], ends: [grant.id] });
    return { member, mailbox };
  });
}
