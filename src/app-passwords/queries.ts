import { and, asc, eq, isNull, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { actorOf, loadVisitor } from "../access/load-actor.ts";
import type { Person } from "../access/person.ts";
import { db } from "../db/client.ts";
import { accounts, mailboxes, mailboxPasswords } from "../db/schema.ts";
import { Forbidden, NotFound } from "../http/errors.ts";
import { isUuid } from "../http/ids.ts";
import { t } from "../i18n/t.ts";
import { ownMailboxes } from "../own-mailboxes/queries.ts";

/**
 * The passwords for mail programs that somebody made for themselves, over all their accounts, by mailbox. `works`: the mail
 * server takes it at this moment; it does not once its owner lost the rights or the mailbox is archived.
 */
export function ownPasswords(userId: string) {
  return db
    .select({
      id: mailboxPasswords.id,
      label: mailboxPasswords.label,
      createdAt: mailboxPasswords.createdAt,
      mailbox: mailboxes.name,
      address: mailboxes.address,
      account: accounts.name,
      works: sql<boolean>`exists (select from mail_server.sign_ins s
        where s.address = ${mailboxes.address} and s.hash = ${mailboxPasswords.hash})`,
    })
    .from(mailboxPasswords)
    .innerJoin(
      mailboxes,
      and(eq(mailboxes.accountId, mailboxPasswords.accountId), eq(mailboxes.id, mailboxPasswords.mailboxId)),
    )
    .innerJoin(accounts, eq(accounts.id, mailboxes.accountId))
    .where(and(eq(mailboxPasswords.userId, userId), isNull(mailboxPasswords.endedAt)))
    .orderBy(asc(mailboxes.address), asc(mailboxPasswords.createdAt), asc(mailboxPasswords.id))
    .limit(500);
}

/**
 * The mailboxes hosted here that somebody was given, and may read: `open` to a mail program of theirs, or `closed`, because
 * a program would also delete and file messages, which they may not (M12, D9).
 */
export async function passwordMailboxes(userId: string) {
  const readable = (await ownMailboxes(userId, undefined)).filter(({ native, messages }) => native && messages);
  return { open: readable.filter(({ programs }) => programs), closed: readable.filter(({ programs }) => !programs) };
}

/** The person as the one who acts in the account of a mailbox, whichever account they work in now; 404 where they are not in it. */
export async function actorAt(person: Person, mailboxId: string): Promise<Actor> {
  if (!isUuid(mailboxId)) throw new NotFound();
  const [box] = await db
    .select({ accountId: mailboxes.accountId })
    .from(mailboxes)
    .where(and(eq(mailboxes.id, mailboxId), isNull(mailboxes.goneAt)));
  const visitor = box && (await loadVisitor(person.userId, box.accountId));
  const actor = visitor?.account?.id === box?.accountId && visitor ? actorOf(visitor, { ip: person.ip }) : undefined;
  if (!actor) throw new NotFound();
  // A password for mail programs is no way around what the account asks of a sign-in (T107).
  if (visitor?.account?.factorWanted?.due)
    throw new Forbidden(t("This account asks for a second factor. Set one up first. Nothing was changed."));
  return { ...actor, requestId: person.requestId };
}
