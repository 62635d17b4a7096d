import { and, desc, eq, isNull, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { type Issued, issueToken, linkTo, secretOf } from "../access/tokens.ts";
import { recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { members, tokens } from "../db/schema.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { lockMember, type Member, subjectOf } from "../members/queries.ts";

/**
 * The link of a waiting invitation, for when mail does not arrive (X7). It is another link than the mailed one: it never
 * proves the address, so who registers through it is sent an address proof first. Copied again it is the same.
 */
export function copyLink(actor: Actor, memberId: string): Promise<{ member: Member; link: string }> {
  return db.transaction(async (tx) => {
    const member = await lockMember(tx, actor.accountId, memberId);
    const minutes = await minutesLeft(tx, member);
    if (member.status !== "invited" || minutes <= 0) {
      throw new Conflict(t("Only an invitation that has been sent and waits for an answer has a link."));
    }
    const token = (await openLink(tx, member)) ?? (await newLink(tx, member, minutes));
    await recordEvent(tx, actor, "invite.link_copied", subjectOf(member));
    return { member, link: linkTo(`/invitations/${secretOf(token)}`) };
  });
}

const newLink = (tx: Tx, { id, email }: Member, minutes: number): Promise<Issued> =>
  issueToken(tx, { purpose: "invitation_link", email, memberId: id, minutes });

async function openLink(tx: Tx, member: Member): Promise<Issued | undefined> {
  const [token] = await tx
    .select()
    .from(tokens)
    .where(
      and(
        eq(tokens.memberId, member.id),
        eq(tokens.purpose, "invitation_link"),
        isNull(tokens.spentAt),
        isNull(tokens.replacedAt),
        sql`${tokens.expiresAt} > now()`,
      ),
    )
    .orderBy(desc(tokens.createdAt))
    .limit(1);
  return token;
}

/** Until the invitation ends, by the database's clock. */
async function minutesLeft(tx: Tx, member: Member): Promise<number> {
  const [row] = await tx
    .select({ minutes: sql<number>`ceil(extract(epoch from ${members.expiresAt} - now()) / 60)::int` })
    .from(members)
    .where(eq(members.id, member.id));
  return row?.minutes ?? 0;
}
