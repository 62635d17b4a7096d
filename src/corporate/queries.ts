import { and, asc, eq, isNull, sql } from "drizzle-orm";
import { db, type Reader } from "../db/client.ts";
import { domains, members, users } from "../db/schema.ts";
import { NotFound } from "../http/errors.ts";
import { hosted } from "../mail-addresses/delivered.ts";
import { findMember, type Member } from "../members/queries.ts";

/** The domains of the account in which users can be created (A30, A31): their names, and how they are shown. */
export function activeDomains(accountId: string, reader: Reader = db): Promise<{ name: string; shownName: string }[]> {
  return reader
    .select({ name: domains.name, shownName: domains.shownName })
    .from(domains)
    .where(and(eq(domains.accountId, accountId), eq(domains.status, "active"), isNull(domains.endedAt)))
    .orderBy(asc(domains.name));
}

/** The user behind a member where the account manages that profile, else undefined. */
export async function managedUser(reader: Reader, member: Pick<Member, "accountId" | "userId">) {
  if (!member.userId) return undefined;
  const [user] = await reader
    .select()
    .from(users)
    .where(and(eq(users.id, member.userId), eq(users.corporateAccountId, member.accountId)));
  return user;
}

/** A member whose profile the account manages, for a page; 404 for any other. */
export async function managedMember(accountId: string, id: string): Promise<Member> {
  const member = await findMember(db, accountId, id);
  if (!(await managedUser(db, member))) throw new NotFound();
  return member;
}

/** Whether the member's own domain stands proven: a domain of the account that is verified or active (D13). */
export async function domainIsProven(reader: Reader, member: Pick<Member, "accountId" | "email">): Promise<boolean> {
  const [found] = await reader
    .select({ id: domains.id })
    .from(domains)
    .where(
      and(
        eq(domains.accountId, member.accountId),
        eq(domains.name, sql`split_part(${member.email}, '@', 2)`),
        isNull(domains.endedAt),
        sql`${domains.status} in ('verified', 'active')`,
      ),
    );
  return Boolean(found);
}

/**
 * Since when a member is without a personal mailbox because the plan was full as they came in; null for everybody else, and
 * once there is, or was, a mailbox of their own or with their address.
 */
export async function withoutMailboxSince(
  member: Pick<Member, "id" | "accountId">,
  reader: Reader = db,
): Promise<Date | null> {
  const [found] = await reader
    .select({ at: members.noRoomAt })
    .from(members)
    .where(
      and(
        eq(members.accountId, member.accountId),
        eq(members.id, member.id),
        sql`not exists (select from mailboxes b where b.address = ${members.email} and ${hosted})`,
        sql`not exists (select from mailboxes b where b.account_id = ${members.accountId} and b.personal_user_id = ${members.userId})`,
      ),
    );
  return found?.at ?? null;
}

/** Who has an address of the account already, or waits for an answer there. */
export async function livingPlaceAt(reader: Reader, accountId: string, email: string): Promise<Member | undefined> {
  const [found] = await reader
    .select()
    .from(members)
    .where(
      and(
        eq(members.accountId, accountId),
        eq(members.email, email),
        sql`${members.status} not in ('removed', 'declined', 'revoked', 'expired')`,
      ),
    );
  return found;
}
