import { sql } from "drizzle-orm";
import { config } from "../config.ts";
import type { Tx } from "../db/client.ts";
import { later } from "../db/later.ts";
import { type accounts, mailboxes, type users } from "../db/schema.ts";
import { isForwarder } from "../mail-addresses/delivered.ts";

/** Names that speak for the whole domain (RFC 2142, and those that issue certificates by mail): nobody gets them by chance. */
const reserved =
  /^(abuse|admin|administrator|billing|ftp|help|hostmaster|info|mail|mailer-daemon|marketing|muster|news|no-?reply|noc|postmaster|root|sales|security|ssl-?admin|support|sys-?admin|usenet|uucp|webmaster|www)$/;

/** Whether an address of ours must not be anybody's own. */
export const speaksForDomain = (address: string): boolean => reserved.test(address.replace(/@.*$/, ""));

/**
 * Whether a mail server reads more than a name into an address: `ana+bills` is Ana's as well, and what follows a `*` is who
 * signs in for her. Nobody else may have such an address.
 */
export const meansMore = (address: string): boolean => /[+*]/.test(address);

/** The local part of somebody's own address as a new local part of ours: without tag and odd characters. */
const localPartOf = (email: string): string =>
  email
    .replace(/[+@].*$/, "")
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[.-]+|[.-]+$/g, "")
    .slice(0, 50) || "mailbox";

/**
 * Whether somebody else signs in, or is invited, with the address: mails to it must not come to another one's mailbox. Or
 * whether it is an alias or a group. Whoever asks has the address to themselves until the transaction ends, so that of two who
 * make different things of it one comes first.
 */
export async function isSomebodyElses(tx: Tx, address: string, own: string): Promise<boolean> {
  later(tx, (tx) => tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`address ${address}`}, 0))`));
  const [found] = await tx.execute(sql`
    select 1 from users where email = ${address} and email <> ${own}
    union all
    select 1 from members where email = ${address} and email <> ${own} and status = 'invited'
    union all
    select 1 where ${isForwarder(sql`${address}`)}
    limit 1`);
  return Boolean(found);
}

/** A mailbox in MAIL_DOMAIN that is nobody's yet: `ana`, else `ana-2`, `ana-3`, …. Source: requirements, words. */
export async function createPersonalMailbox(
  tx: Tx,
  account: Pick<typeof accounts.$inferSelect, "id">,
  user: Pick<typeof users.$inferSelect, "id" | "email" | "firstName" | "lastName">,
): Promise<typeof mailboxes.$inferSelect> {
  const local = localPartOf(user.email);
  const name = `${user.firstName} ${user.lastName}`.trim() || local;

  for (let n = reserved.test(local) ? 2 : 1; ; n++) {
    const suffix = n === 1 ? "" : n < 6 ? `-${n}` : `-${crypto.randomUUID().slice(0, 8)}`;
    const address = `${local}${suffix}@${config.MAIL_DOMAIN}`;
    if (await isSomebodyElses(tx, address, user.email)) continue;
    const [mailbox] = await tx
      .insert(mailboxes)
      .values({ accountId: account.id, name, address, personalUserId: user.id })
      .onConflictDoNothing()
      .returning();
    if (mailbox) return mailbox;
  }
}
