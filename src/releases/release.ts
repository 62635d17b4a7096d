import { and, eq, sql } from "drizzle-orm";
import { spendToken } from "../access/tokens.ts";
import { recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { isDuplicate } from "../db/errors.ts";
import { members, users } from "../db/schema.ts";
import { Conflict, Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { queueMail } from "../mail/outbox.ts";
import { assertOwnPassword } from "../passwords/assert-own.ts";
import { dropLinks } from "../passwords/drop-links.ts";
import { endAllSessions } from "../sessions/end-all.ts";
import { assertPrivate } from "./ask.ts";
import { findRelease } from "./queries.ts";

/**
 * Lets a corporate user go to the private address that the link proved (X2): the profile is their own again, with every
 * right that they hold anywhere; the account that managed it keeps them as an ordinary user, and its mailboxes. All
 * sessions end: they were opened with the old address. The person confirms with their password, where they have one: an
 * administrator who typed an address of their own would else sign in as them, in every account (T54). 409 where the address
 * is taken meanwhile, or another account manages them by now (T28).
 */
export async function releaseUser(
  secret: string,
  { confirmation }: { confirmation: string },
  request: { requestId?: string; ip?: string },
) {
  const asked = await findRelease(secret);
  if (asked?.sure) await assertOwnPassword({ userId: asked.user.id }, confirmation, "confirmation");
  try {
    return await db.transaction((tx) => release(tx, secret, request));
  } catch (error) {
    if (isDuplicate(error, "users_email_unique") || isDuplicate(error, "members_account_email")) throw taken();
    if (error instanceof Invalid) throw new Conflict(error.message);
    throw error;
  }
}

const taken = () => new Conflict(t("This address cannot be used for your profile. Your old address stays."));

async function release(tx: Tx, secret: string, request: { requestId?: string; ip?: string }) {
  const found = await findRelease(secret, tx);
  const token = found && (await spendToken(tx, found.token.id));
  if (!token) throw new Conflict(t("This link does not work any more. Ask for a new one."));
  const { user } = found;
  const accountId = user.corporateAccountId;
  if (!accountId) throw new Conflict(t("Your profile is your own already."));
  // Whoever manages them now did not ask for this.
  if (user.corporateSince && user.corporateSince > token.createdAt)
    throw new Conflict(t("This link does not work any more. Ask for a new one."));
  await assertPrivate(tx, user, token.email);

  await dropLinks(tx, user);
  const own = { corporateAccountId: null, corporateSince: null, corporateRunId: null };
  const [freed] = await tx
    .update(users)
    .set({ ...own, email: token.email, emailProvenAt: sql`now()`, version: sql`${users.version} + 1` })
    .where(and(eq(users.id, user.id), eq(users.corporateAccountId, accountId), eq(users.email, user.email)))
    .returning({ id: users.id });
  if (!freed) throw new Conflict(t("This link does not work any more. Ask for a new one."));
  await tx.update(members).set({ email: token.email }).where(eq(members.userId, user.id));
  await tx
    .update(members)
    .set({ corporate: false })
    .where(and(eq(members.userId, user.id), eq(members.accountId, accountId)));
  await tx
    .update(members)
    .set({ status: "active", joinedAt: sql`now()` })
    .where(and(eq(members.userId, user.id), eq(members.status, "waiting")));
  await endAllSessions(tx, user.id);

  const author = { userId: user.id, accountId, label: token.email, ...request };
  const change = { before: { email: user.email, corporate: true }, after: { email: token.email, corporate: false } };
  await recordEvent(tx, author, "user.released", { type: "user", id: user.id, label: token.email }, change);
  await queueMail(tx, { kind: "address_changed", subjectId: user.id, data: { from: user.email, to: token.email } });
  return { email: token.email };
}
