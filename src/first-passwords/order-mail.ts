import { sql } from "drizzle-orm";
import { issueFirstTokens, issueToken, lifeInMinutes } from "../access/tokens.ts";
import type { Tx } from "../db/client.ts";
import { later } from "../db/later.ts";
import { holdEach } from "../mail/held.ts";
import { queueMail } from "../mail/outbox.ts";
import type { Member } from "../members/queries.ts";

/**
 * Orders the mail with the button **Create password** for a corporate user who has none (A58): valid for 72 hours, and the
 * only one that works (D17).
 */
export async function orderPasswordMail(tx: Tx, member: Member): Promise<void> {
  const minutes = lifeInMinutes.first_sign_in;
  const token = await issueToken(tx, { purpose: "first_sign_in", email: member.email, userId: member.userId, minutes });
  const mailId = await queueMail(tx, { kind: "first_sign_in", subjectId: token.id, accountId: member.accountId });
  // The list of an import follows the newest mail to whom it created.
  const followed = sql`update import_people set mail_id = ${mailId} where member_id = ${member.id} and mail_id is not null`;
  later(tx, (tx) => tx.execute(followed));
}

/**
 * The same for very many who were created this moment (R26): their mails go out at a set rate, and each link lives its 72 hours
 * and `spread` minutes, which is how long the last of them waits. Returns the ids of the mails, in the order of the people.
 */
export function orderPasswordMails(
  tx: Tx,
  accountId: string,
  people: { userId: string; email: string }[],
  spread: number,
): string[] {
  const tokens = issueFirstTokens(tx, "first_sign_in", people, lifeInMinutes.first_sign_in + spread);
  return holdEach(
    tx,
    { kind: "first_sign_in", accountId },
    tokens.map((subjectId) => ({ subjectId })),
  );
}
