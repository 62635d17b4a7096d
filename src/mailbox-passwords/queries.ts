import { and, asc, count, eq, isNull, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { db, type Reader } from "../db/client.ts";
import { mailboxPasswords, users } from "../db/schema.ts";
import { Forbidden, NotFound } from "../http/errors.ts";
import { uuidOr404 } from "../http/ids.ts";
import { t } from "../i18n/t.ts";
import { findMailbox, type Mailbox } from "../mailboxes/queries.ts";
import { passwordRights } from "./rights.ts";

/** So many passwords a mailbox has at most: a device each, for all its people. */
export const mostPasswords = 100;

/** A mailbox that is hosted here, for whoever may see passwords of it. One that is elsewhere has its passwords there: 404. */
export async function nativeMailboxOf(actor: Actor, id: string, reader: Reader = db): Promise<Mailbox> {
  const mailbox = await findMailbox(reader, actor.accountId, id);
  if (mailbox.kind !== "native") throw new NotFound();
  if (!passwordRights(actor, mailbox).any) {
    throw new Forbidden(t("You may not see the passwords of this mailbox."));
  }
  return mailbox;
}

const current = (mailbox: Mailbox) =>
  and(
    eq(mailboxPasswords.accountId, mailbox.accountId),
    eq(mailboxPasswords.mailboxId, mailbox.id),
    isNull(mailboxPasswords.endedAt),
  );

/**
 * The passwords that were not revoked: all of them, or the actor's own. `works`: the mail server takes it at this moment, which
 * it does not when the mailbox is archived or whose it is may not read the mailbox any more.
 */
export function listPasswords(actor: Actor, mailbox: Mailbox) {
  return db
    .select({
      id: mailboxPasswords.id,
      label: mailboxPasswords.label,
      userId: mailboxPasswords.userId,
      createdAt: mailboxPasswords.createdAt,
      by: sql<string>`coalesce(nullif(btrim(${users.firstName} || ' ' || ${users.lastName}), ''), ${users.email}, '')`,
      works: sql<boolean>`exists (select from mail_server.sign_ins s
        where s.address = ${mailbox.address} and s.hash = ${mailboxPasswords.hash})`,
    })
    .from(mailboxPasswords)
    .leftJoin(users, eq(users.id, mailboxPasswords.createdBy))
    .where(
      and(
        current(mailbox),
        passwordRights(actor, mailbox).all ? undefined : eq(mailboxPasswords.userId, sql`${actor.userId}::uuid`),
      ),
    )
    .orderBy(asc(mailboxPasswords.createdAt), asc(mailboxPasswords.id));
}

export type Password = Awaited<ReturnType<typeof listPasswords>>[number];

/** One password of a mailbox, revoked or not; 404 where there is none, or it is of another mailbox. */
export async function findPassword(reader: Reader, mailbox: Mailbox, id: string) {
  const [password] = await reader
    .select()
    .from(mailboxPasswords)
    .where(
      and(
        eq(mailboxPasswords.accountId, mailbox.accountId),
        eq(mailboxPasswords.mailboxId, mailbox.id),
        eq(mailboxPasswords.id, uuidOr404(id)),
      ),
    );
  if (!password) throw new NotFound();
  return password;
}

/** How many a mailbox has, for whoever makes another one. */
export async function countPasswords(reader: Reader, mailbox: Mailbox): Promise<number> {
  const [row] = await reader.select({ passwords: count() }).from(mailboxPasswords).where(current(mailbox));
  return row!.passwords;
}
