import { and, eq, inArray, isNull, sql } from "drizzle-orm";
import { system } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { members, tokens } from "../db/schema.ts";
import type { Mail, Report } from "../mail/deliver.ts";
import { type Member, subjectOf } from "../members/queries.ts";
import { tellInviter } from "./tell-inviter.ts";

/**
 * Keeps the state of an invitation's mail with the member (X7). Only the newest invitation counts: the mail of one that
 * was replaced meanwhile says nothing any more. Safe to run twice: a bounce is told once.
 */
export const reportDelivery: Report = async (mail) => {
  if (mail.kind !== "invitation") return;
  await db.transaction(async (tx) => {
    const found = await memberOf(tx, mail.subjectId);
    if (!found || (found.delivery === mail.status && found.deliveryReply === mail.reply)) return;
    const [member] = await tx
      .update(members)
      .set({ delivery: mail.status, deliveryReply: mail.reply })
      .where(eq(members.id, found.id))
      .returning();
    if (lost(mail) && !lostBefore(found)) await tellBounce(tx, member!, mail);
  });
};

const lost = ({ status }: Mail) => status === "bounced" || status === "failed";
const lostBefore = ({ delivery }: Member) => delivery === "bounced" || delivery === "failed";

/** The member whose open invitation this token is, locked. */
async function memberOf(tx: Tx, tokenId: string): Promise<Member | undefined> {
  const [row] = await tx
    .select()
    .from(members)
    .where(
      and(
        eq(members.status, "invited"),
        inArray(
          members.id,
          tx
            .select({ id: sql<string>`${tokens.memberId}` })
            .from(tokens)
            .where(and(eq(tokens.id, tokenId), isNull(tokens.replacedAt))),
        ),
      ),
    )
    .for("update");
  return row;
}

async function tellBounce(tx: Tx, member: Member, mail: Mail) {
  const reply = mail.reply ?? "";
  await recordEvent(tx, system(member.accountId), "invite.bounced", subjectOf(member), {
    after: { delivery: mail.status, reply },
  });
  await tellInviter(tx, member, { kind: "invite.bounced", mail: "invite_bounced", data: { reply } });
}
