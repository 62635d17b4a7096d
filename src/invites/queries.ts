import { and, eq, inArray, sql } from "drizzle-orm";
import { db } from "../db/client.ts";
import { members } from "../db/schema.ts";
import { findMember, type Member } from "../members/queries.ts";

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
