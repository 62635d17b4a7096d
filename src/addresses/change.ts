import { and, eq, isNull, ne, notInArray, sql } from "drizzle-orm";
import { spendToken } from "../access/tokens.ts";
import { recordEvent } from "../audit/record.ts";
import { closedWords, domainRule } from "../belonging/rule.ts";
import { db, type Tx } from "../db/client.ts";
import { isDuplicate } from "../db/errors.ts";
import { members, users } from "../db/schema.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { queueMail } from "../mail/outbox.ts";
import { assertOwnPassword } from "../passwords/assert-own.ts";
import { dropLinks } from "../passwords/drop-links.ts";
import { managedWords } from "./ask.ts";
import { findAddressChange } from "./queries.ts";

/**
 * Makes the address that the link proved the user's own, in their profile and in every account. It signs nobody in and
 * touches no session (T20). 409 where the address is taken, without saying whose it is; where its domain was activated
 * meanwhile; and where their own organisation manages them by now (T32). Where an administrator chose the address, the person
 * confirms with their password: that mail may be the administrator's to read, and the profile opens other accounts (T54).
 */
export async function changeAddress(
  secret: string,
  { confirmation }: { confirmation: string },
  request: { requestId?: string; ip?: string },
) {
  const asked = await findAddressChange(secret);
  if (asked?.sure) await assertOwnPassword({ userId: asked.user.id }, confirmation, "confirmation");
  try {
    return await db.transaction((tx) => change(tx, secret, request));
  } catch (error) {
    if (isDuplicate(error, "users_email_unique")) throw taken();
    if (isDuplicate(error, "members_account_email")) throw invitedTwice();
    throw error;
  }
}

const taken = () => new Conflict(t("This address cannot be used for your profile. Your old address stays."));
const invitedTwice = () =>
  new Conflict(
    t(
      "An account that you belong to has invited this address as well. Ask its administrators to revoke that invitation first.",
    ),
  );

async function change(tx: Tx, secret: string, request: { requestId?: string; ip?: string }) {
  const found = await findAddressChange(secret, tx);
  const token = found && (await spendToken(tx, found.token.id));
  if (!token) throw new Conflict(t("This link does not work any more. Ask for a new one."));
  const { user } = found;
  const email = token.email;

  const rule = await domainRule(tx, email, { hold: true });
  const manager = await managerWhoAsked(tx, user.id, token.createdAt);
  if (rule.kind === "closed") throw new Conflict(closedWords(rule));
  if (rule.kind === "open" && rule.accountId !== manager) throw new Conflict(managedWords());
  if (rule.kind === "free" && manager) throw managedNow();
  await dropLinks(tx, user);
  const [changed] = await tx
    .update(users)
    .set({ email, emailProvenAt: sql`now()`, version: sql`${users.version} + 1` })
    .where(and(eq(users.id, user.id), sql`${users.corporateAccountId} is not distinct from ${manager}::uuid`))
    .returning({ id: users.id });
  if (!changed) throw managedNow();
  await tx.update(members).set({ email }).where(eq(members.userId, user.id));
  await adoptInvitations(tx, user.id, email);

  const author = { userId: user.id, accountId: user.accountId, label: email, ...request };
  const difference = { before: { email: user.email }, after: { email } };
  await recordEvent(tx, author, "user.address_changed", { type: "user", id: user.id, label: email }, difference);
  await queueMail(tx, { kind: "address_changed", subjectId: user.id, data: { from: user.email, to: email } });
  return { email };
}

const managedNow = () =>
  new Conflict(t("Your organisation manages your address by now. Ask one of its administrators."));

/**
 * The account that manages the profile, when the change was asked for since then: so by one of its administrators (T32).
 * What the person asked for before they were taken in counts no longer.
 */
async function managerWhoAsked(tx: Tx, userId: string, askedAt: Date): Promise<string | null> {
  const [user] = await tx
    .select({ accountId: users.corporateAccountId, since: users.corporateSince })
    .from(users)
    .where(eq(users.id, userId));
  return user?.accountId && (!user.since || user.since <= askedAt) ? user.accountId : null;
}

/** What waits for the new address is on the Invites tab from now on (D4), except where the person is in already. */
async function adoptInvitations(tx: Tx, userId: string, email: string) {
  const own = tx
    .select({ id: members.accountId })
    .from(members)
    .where(and(eq(members.userId, userId), ne(members.status, "removed")));
  await tx
    .update(members)
    .set({ userId })
    .where(
      and(
        eq(members.email, email),
        eq(members.status, "invited"),
        isNull(members.userId),
        notInArray(members.accountId, own),
      ),
    );
}
