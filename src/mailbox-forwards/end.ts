import { and, eq, isNull, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { mailboxForwards } from "../db/schema.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { changeableDelivery } from "../mailbox-aliases/queries.ts";
import { findForward } from "./queries.ts";

/** Ends a forward at once: nothing more of the mailbox goes there. */
export function endForward(actor: Actor, mailboxId: string, forwardId: string) {
  return db.transaction(async (tx) => {
    const mailbox = await changeableDelivery(actor, mailboxId, tx);
    const { forward } = await findForward(actor, mailbox, forwardId, tx);
    const [ended] = await tx
      .update(mailboxForwards)
      .set({ endedAt: sql`now()`, endedBy: actor.userId, version: sql`${mailboxForwards.version} + 1` })
      .where(
        and(
          eq(mailboxForwards.accountId, actor.accountId),
          eq(mailboxForwards.id, forward.id),
          isNull(mailboxForwards.endedAt),
        ),
      )
      .returning();
    if (!ended) throw new Conflict(t("This forwarding has ended already."));
    const subject = { type: "mailbox", id: mailbox.id, label: mailbox.name } as const;
    await recordEvent(tx, actor, "mailbox.forward_removed", subject, { before: { address: ended.address } });
    return { mailbox, forward: ended };
  });
}
