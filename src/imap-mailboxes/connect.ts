import { and, eq, isNull, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { seal } from "../access/vault.ts";
import { recordEvent } from "../audit/record.ts";
import { imapSources } from "../db/boxes.ts";
import { db } from "../db/client.ts";
import { mailboxes } from "../db/schema.ts";
import { Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { assertRoomForMailboxes } from "../plans/room.ts";
import { measureSoon } from "../storage/ask.ts";
import type { Connection } from "./forms.ts";
import { tryConnection } from "./try.ts";

const connectedAlready = () => new Invalid("address", t("A mailbox with this address is connected already."));

/** Adds a mailbox that is hosted elsewhere, once signing in there has worked (M13). The password is kept sealed. */
export async function connectMailbox(actor: Actor, input: Connection & { name: string; address: string }) {
  const { name, address, password, ...way } = input;
  await assertNew(actor, address);
  await tryConnection(actor, { ...way, password });
  return db.transaction(async (tx) => {
    await assertRoomForMailboxes(tx, actor.accountId);
    const [mailbox] = await tx
      .insert(mailboxes)
      .values({ accountId: actor.accountId, kind: "imap", name, address })
      .onConflictDoNothing()
      .returning();
    if (!mailbox) throw connectedAlready();

    const ids = { mailboxId: mailbox.id, accountId: actor.accountId };
    await tx.insert(imapSources).values({ ...ids, ...way, password: seal(password), reachedAt: sql`now()` });
    await measureSoon(tx, ids);
    const subject = { type: "mailbox", id: mailbox.id, label: name } as const;
    await recordEvent(tx, actor, "mailbox.connected", subject, { after: { name, address, ...way } });
    return mailbox;
  });
}

/** Known before a stranger's server is asked; of two at once the index takes one. */
async function assertNew(actor: Actor, address: string): Promise<void> {
  const [found] = await db
    .select({ id: mailboxes.id })
    .from(mailboxes)
    .where(
      and(
        eq(mailboxes.accountId, actor.accountId),
        eq(mailboxes.address, address),
        eq(mailboxes.kind, "imap"),
        isNull(mailboxes.deletedAt),
      ),
    );
  if (found) throw connectedAlready();
}
