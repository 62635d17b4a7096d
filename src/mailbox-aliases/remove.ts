import { and, eq, isNull, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { mailboxAliases } from "../db/schema.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { changeableDelivery, findAlias } from "./queries.ts";

/** Takes an alias away: mail to it is refused from now on, and the address is free. */
export function removeAlias(actor: Actor, mailboxId: string, aliasId: string) {
  return db.transaction(async (tx) => {
    const mailbox = await changeableDelivery(actor, mailboxId, tx);
    const alias = await findAlias(mailbox, aliasId, tx);
    const [ended] = await tx
      .update(mailboxAliases)
      .set({ endedAt: sql`now()`, endedBy: actor.userId })
      .where(
        and(
          eq(mailboxAliases.accountId, actor.accountId),
          eq(mailboxAliases.id, alias.id),
          isNull(mailboxAliases.endedAt),
        ),
      )
      .returning();
    if (!ended) throw new Conflict(t("This alias was removed already."));
    const subject = { type: "mailbox", id: mailbox.id, label: mailbox.name } as const;
    await recordEvent(tx, actor, "mailbox.alias_removed", subject, { before: { address: ended.address } });
    return { mailbox, alias: ended };
  });
}
