import { and, asc, eq, isNull } from "drizzle-orm";
import { type Actor, can } from "../access/actor.ts";
import { db, type Reader } from "../db/client.ts";
import { mailboxAliases } from "../db/schema.ts";
import { Conflict, Forbidden, NotFound } from "../http/errors.ts";
import { uuidOr404 } from "../http/ids.ts";
import { t } from "../i18n/t.ts";
import { findMailbox, type Mailbox } from "../mailboxes/queries.ts";

export type Alias = typeof mailboxAliases.$inferSelect;

/** So many more addresses a mailbox has at most. */
export const mostAliases = 100;

const mayChange = (actor: Actor, id: string) => can(actor, "mailboxes.edit") || can(actor, "mailbox.manage", id);

/** A mailbox of ours, for who may see where its mail comes from and goes. One that is hosted elsewhere is led there: 404. */
export async function deliveryOf(actor: Actor, id: string, reader: Reader = db) {
  const mailbox = await findMailbox(reader, actor.accountId, id);
  if (mailbox.kind !== "native") throw new NotFound();
  if (!can(actor, "mailboxes.view") && !mayChange(actor, mailbox.id))
    throw new Forbidden(t("You may not see where the mail of this mailbox goes."));
  return { mailbox, mayChange: !mailbox.archivedAt && mayChange(actor, mailbox.id) };
}

/** The same for a verb: for who edits all mailboxes or manages this one, while it is in use. */
export async function changeableDelivery(actor: Actor, id: string, reader: Reader): Promise<Mailbox> {
  const { mailbox } = await deliveryOf(actor, id, reader);
  if (!mayChange(actor, mailbox.id)) throw new Forbidden(t("You may not change where the mail of this mailbox goes."));
  if (mailbox.archivedAt) throw new Conflict(t("This mailbox is archived. Restore it first."));
  return mailbox;
}

/** The aliases that a mailbox has now, by address. */
export const listAliases = ({ accountId, id }: Mailbox, reader: Reader = db): Promise<Alias[]> =>
  reader
    .select()
    .from(mailboxAliases)
    .where(
      and(eq(mailboxAliases.accountId, accountId), eq(mailboxAliases.mailboxId, id), isNull(mailboxAliases.endedAt)),
    )
    .orderBy(asc(mailboxAliases.address));

/** One alias of a mailbox, removed or not; else 404. */
export async function findAlias({ accountId, id }: Mailbox, aliasId: string, reader: Reader = db): Promise<Alias> {
  const [alias] = await reader
    .select()
    .from(mailboxAliases)
    .where(
      and(
        eq(mailboxAliases.accountId, accountId),
        eq(mailboxAliases.mailboxId, id),
        eq(mailboxAliases.id, uuidOr404(aliasId)),
      ),
    );
  if (!alias) throw new NotFound();
  return alias;
}
