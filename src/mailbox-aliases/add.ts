import { eq } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { mailboxAliases, users } from "../db/schema.ts";
import { Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { assertMayTake } from "../mail-addresses/take.ts";
import { changeableDelivery, listAliases, mostAliases } from "./queries.ts";

/**
 * Gives a native mailbox one more address, canonical. Whose personal mailbox it is may have the address that they sign in with;
 * nobody else's. Throws Invalid about `local` or `domain`.
 */
export function addAlias(actor: Actor, mailboxId: string, { address }: { address: string }) {
  return db.transaction(async (tx) => {
    const mailbox = await changeableDelivery(actor, mailboxId, tx);
    const [person] = mailbox.personalUserId
      ? await tx.select({ email: users.email }).from(users).where(eq(users.id, mailbox.personalUserId))
      : [];
    await assertMayTake(tx, actor, address, person?.email);
    if ((await listAliases(mailbox, tx)).length >= mostAliases)
      throw new Invalid("local", t("A mailbox has at most {count} aliases.", { count: mostAliases }));
    const [alias] = await tx
      .insert(mailboxAliases)
      .values({ accountId: actor.accountId, mailboxId: mailbox.id, address, createdBy: actor.userId })
      .onConflictDoNothing()
      .returning();
    if (!alias) throw new Invalid("local", t("This address is taken already. Choose another."));
    const subject = { type: "mailbox", id: mailbox.id, label: mailbox.name } as const;
    await recordEvent(tx, actor, "mailbox.alias_added", subject, { after: { address } });
    return { mailbox, alias };
  });
}
