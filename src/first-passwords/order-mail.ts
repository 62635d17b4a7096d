import { issueToken, lifeInMinutes } from "../access/tokens.ts";
import type { Tx } from "../db/client.ts";
import { queueMail } from "../mail/outbox.ts";
import type { Member } from "../members/queries.ts";

/**
 * Orders the mail with the button **Create password** for a corporate user who has none (A58): valid for 72 hours, and the
 * only one that works (D17).
 */
export async function orderPasswordMail(tx: Tx, member: Member): Promise<void> {
  const minutes = lifeInMinutes.first_sign_in;
  const token = await issueToken(tx, { purpose: "first_sign_in", email: member.email, userId: member.userId, minutes });
  await queueMail(tx, { kind: "first_sign_in", subjectId: token.id, accountId: member.accountId });
}
