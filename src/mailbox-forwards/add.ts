import { and, eq, isNull, lte, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { mailboxForwards } from "../db/schema.ts";
import { Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { leadsBack } from "../mail-addresses/loops.ts";
import { changeableDelivery } from "../mailbox-aliases/queries.ts";
import type { Days } from "./forms.ts";
import { instantsOf, isOutside, listForwards, mostForwards } from "./queries.ts";

export interface NewForward extends Days {
  /** Canonical. */
  address: string;
  keepCopy: boolean;
  /** Somebody said yes to mail that leaves the account. */
  outside: boolean;
}

/**
 * Sends the mail of a native mailbox somewhere else too, or instead. Forwarding is a way to steal mail: what leaves the account
 * must be said yes to, and everybody who manages the mailbox finds it in its activity (X12). A way that leads back is refused.
 */
export function addForward(actor: Actor, mailboxId: string, wanted: NewForward) {
  return db.transaction(async (tx) => {
    const mailbox = await changeableDelivery(actor, mailboxId, tx);
    const { address, keepCopy } = wanted;
    if (address === mailbox.address) throw new Invalid("address", t("This is the address of the mailbox itself."));
    const outside = await isOutside(tx, actor.accountId, address);
    if (outside && !wanted.outside)
      throw new Invalid(
        "outside",
        t(
          "{address} is outside of this account: whoever reads mail there reads all mail of this mailbox. Say that you mean it.",
          {
            address,
          },
        ),
      );
    if (await leadsBack(tx, actor.accountId, mailbox.address, [address]))
      throw new Invalid("address", t("Mail to {address} comes back to this mailbox.", { address }));
    const { startsAt, endsAt } = await instantsOf(tx, actor, wanted);
    await endOver(tx, mailbox.id);
    if ((await listForwards(actor, mailbox, tx)).length >= mostForwards)
      throw new Invalid("address", t("A mailbox is forwarded to at most {count} addresses.", { count: mostForwards }));
    const [forward] = await tx
      .insert(mailboxForwards)
      .values({
        accountId: actor.accountId,
        mailboxId: mailbox.id,
        address,
        keepCopy,
        startsAt,
        endsAt,
        createdBy: actor.userId,
      })
      .onConflictDoNothing()
      .returning();
    if (!forward) throw new Invalid("address", t("This mailbox is forwarded to {address} already.", { address }));
    const subject = { type: "mailbox", id: mailbox.id, label: mailbox.name } as const;
    const after = { address, keepCopy, startsAt, endsAt, outside };
    await recordEvent(tx, actor, "mailbox.forward_added", subject, { after });
    return { mailbox, forward };
  });
}

/** What has run out makes room for another one to the same address. */
const endOver = (tx: Parameters<Parameters<typeof db.transaction>[0]>[0], mailboxId: string) =>
  tx
    .update(mailboxForwards)
    .set({ endedAt: sql`${mailboxForwards.endsAt}` })
    .where(
      and(
        eq(mailboxForwards.mailboxId, mailboxId),
        isNull(mailboxForwards.endedAt),
        lte(mailboxForwards.endsAt, sql`now()`),
      ),
    );
