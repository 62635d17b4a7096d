import { and, eq, isNull, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { changeOf, recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { mailboxForwards } from "../db/schema.ts";
import { Conflict, Stale } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { changeableDelivery } from "../mailbox-aliases/queries.ts";
import type { Days } from "./forms.ts";
import { findForward, instantsOf } from "./queries.ts";

/** Changes when a forward counts, and whether a copy stays; where it goes stays. 409 when somebody else did meanwhile (T56). */
export function changeForward(
  actor: Actor,
  mailboxId: string,
  forwardId: string,
  wanted: Days & { keepCopy: boolean; version: number },
) {
  return db.transaction(async (tx) => {
    const mailbox = await changeableDelivery(actor, mailboxId, tx);
    const { forward: before, from } = await findForward(actor, mailbox, forwardId, tx);
    if (before.endedAt) throw new Conflict(t("This forwarding has ended already."));
    // A day that was not touched keeps its instant: it may have begun in the middle of it.
    const same = wanted.from === from ? { ...wanted, from: "" } : wanted;
    const { startsAt, endsAt } = await instantsOf(tx, actor, same, before.startsAt);
    const [forward] = await tx
      .update(mailboxForwards)
      .set({ keepCopy: wanted.keepCopy, startsAt, endsAt, version: sql`${mailboxForwards.version} + 1` })
      .where(
        and(
          eq(mailboxForwards.accountId, actor.accountId),
          eq(mailboxForwards.id, before.id),
          eq(mailboxForwards.version, wanted.version),
          isNull(mailboxForwards.endedAt),
        ),
      )
      .returning();
    if (!forward)
      throw new Stale(
        t("This was changed meanwhile, somewhere else. What you typed is still here: look again, then save."),
      );
    const change = changeOf(before, forward, ["keepCopy", "startsAt", "endsAt"]);
    const subject = { type: "mailbox", id: mailbox.id, label: mailbox.name } as const;
    const { address } = forward;
    await recordEvent(tx, actor, "mailbox.forward_changed", subject, {
      before: { address, ...change.before },
      after: { address, ...change.after },
    });
    return { mailbox, forward };
  });
}
