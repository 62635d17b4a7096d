import { and, eq, inArray } from "drizzle-orm";
import type { Subject } from "../audit/record.ts";
import { db, type Reader } from "../db/client.ts";
import { instanceSettings, members } from "../db/schema.ts";
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

/** How many days an invitation is open: the instance's setting (D17). */
export async function invitationDays(reader: Reader): Promise<number> {
  const [settings] = await reader.select({ days: instanceSettings.invitationDays }).from(instanceSettings);
  return settings?.days ?? 7;
}

/** The member as the audit log names it. */
export const subjectOf = (member: Pick<Member, "id" | "email">): Subject => ({
  type: "member",
  id: member.id,
  label: member.email,
});
