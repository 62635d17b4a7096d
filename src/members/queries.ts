import { and, eq } from "drizzle-orm";
import type { Subject } from "../audit/record.ts";
import { db, type Reader, type Tx } from "../db/client.ts";
import { members } from "../db/schema.ts";
import { NotFound } from "../http/errors.ts";
import { uuidOr404 } from "../http/ids.ts";

export type Member = typeof members.$inferSelect;

const ofAccount = (accountId: string, id: string) =>
  and(eq(members.accountId, accountId), eq(members.id, uuidOr404(id)));

/** A member of the account in whatever status. Absent, a neighbour's or no id at all: 404 (T49). */
export async function findMember(reader: Reader, accountId: string, id: string): Promise<Member> {
  const [member] = await reader.select().from(members).where(ofAccount(accountId, id));
  if (!member) throw new NotFound();
  return member;
}

/** What must still be so of a locked row before a verb changes it; it throws where it is not. */
export type Precondition = (tx: Tx, member: Member) => Promise<void>;

/** The same for a verb that will change the row: nobody else changes it until the transaction ends. */
export async function lockMember(tx: Tx, accountId: string, id: string): Promise<Member> {
  const [member] = await tx.select().from(members).where(ofAccount(accountId, id)).for("update");
  if (!member) throw new NotFound();
  return member;
}

/** The same for a page. */
export const memberFor = (accountId: string, id: string): Promise<Member> => findMember(db, accountId, id);

const restoreTime = 30 * 24 * 3600 * 1000;

/**
 * Whether a removal can still be taken back (D13). `statusBefore` is what they return to; who left by themselves has none
 * and returns by an invitation only. This decides what is offered: the verb looks again.
 */
export const isRestorable = (
  { status, statusBefore, endedAt }: Pick<Member, "status" | "statusBefore"> & { endedAt: Date | string | null },
  now = Date.now(),
): boolean => status === "removed" && statusBefore !== null && +new Date(endedAt ?? 0) > now - restoreTime;

/** The member as the audit log names it. */
export const subjectOf = (member: Pick<Member, "id" | "email">): Subject => ({
  type: "member",
  id: member.id,
  label: member.email,
});
