import { and, desc, eq, inArray, sql } from "drizzle-orm";
import { db } from "../db/client.ts";
import { members } from "../db/schema.ts";
import { isUuid } from "../http/ids.ts";
import { findMember, type Member } from "../members/queries.ts";

export type InviteStatus = "draft" | "invited" | "declined" | "revoked" | "expired";

/** One page of the account's invitations of a status, newest first, behind the one `after`; and whether there are more. */
export async function listInvites(accountId: string, status: InviteStatus, after: string | undefined, size: number) {
  const from = isUuid(after)
    ? sql`(${members.createdAt}, ${members.id}) < (select b.created_at, b.id from members b
        where b.id = ${after} and b.account_id = ${accountId})`
    : undefined;
  const found = await db
    .select()
    .from(members)
    .where(and(eq(members.accountId, accountId), eq(members.status, status), from))
    .orderBy(desc(members.createdAt), desc(members.id))
    .limit(size + 1);
  return { rows: found.slice(0, size), more: found.length > size };
}

/** The invitation or draft that waits for an answer at this address. */
export async function waitingAt(accountId: string, email: string): Promise<Member | undefined> {
  const [member] = await db
    .select()
    .from(members)
    .where(
      and(eq(members.accountId, accountId), eq(members.email, email), inArray(members.status, ["draft", "invited"])),
    );
  return member;
}

/** A member of the actor's account, for a page about their invitation. */
export const memberHere = (accountId: string, id: string): Promise<Member> => findMember(db, accountId, id);

/** How many days an invitation is open: the instance's setting (D17), as a part of a statement. */
export const invitationDays = sql`select coalesce(max(invitation_days), 7) from instance_settings`;
