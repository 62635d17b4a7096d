import { and, desc, eq, isNull, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { issueToken, lifeInMinutes, linkTo, secretOf } from "../access/tokens.ts";
import { recordEvent } from "../audit/record.ts";
import { managedUser } from "../corporate/queries.ts";
import { db, type Tx } from "../db/client.ts";
import { tokens } from "../db/schema.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { type Member, subjectOf } from "../members/queries.ts";
import { waitingMember } from "./resend.ts";

/**
 * The link behind **Create password**, for when the mail goes into the very mailbox that the password opens (A58). It is the
 * mailed one while that lives. Logged. Never of somebody who existed before.
 */
export function copyPasswordLink(
  actor: Actor,
  memberId: string,
): Promise<{ member: Member; link: string; until: Date }> {
  return db.transaction(async (tx) => {
    const member = await waitingMember(tx, actor, memberId);
    await assertMadeHere(tx, member);
    if (!(await openToken(tx, member))) await newToken(tx, member);
    const token = (await openToken(tx, member))!;
    await recordEvent(tx, actor, "user.password_link_copied", subjectOf(member));
    return { member, link: linkTo(`/reset/${secretOf(token)}`), until: token.expiresAt };
  });
}

/** Somebody may have no password and yet be older than their place here: created elsewhere, let go, and taken in. */
async function assertMadeHere(tx: Tx, member: Member) {
  const user = await managedUser(tx, member);
  if (user?.corporateSince && user.corporateSince > user.createdAt)
    throw new Conflict(t("Only a user who was created here and has no password yet needs this."));
}

const newToken = (tx: Tx, { email, userId }: Member) =>
  issueToken(tx, { purpose: "first_sign_in", email, userId, minutes: lifeInMinutes.first_sign_in });

async function openToken(tx: Tx, member: Member) {
  const [token] = await tx
    .select()
    .from(tokens)
    .where(
      and(
        eq(tokens.userId, member.userId!),
        eq(tokens.purpose, "first_sign_in"),
        eq(tokens.email, member.email),
        isNull(tokens.spentAt),
        isNull(tokens.replacedAt),
        sql`${tokens.expiresAt} > now()`,
      ),
    )
    .orderBy(desc(tokens.createdAt))
    .limit(1);
  return token;
}
