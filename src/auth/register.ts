import { and, eq, isNull, sql } from "drizzle-orm";
import { nameOf } from "../access/load-actor.ts";
import { recordEvent } from "../audit/record.ts";
import { closedWords, domainRule, type OpenRule } from "../belonging/rule.ts";
import { takeIn } from "../belonging/take-in.ts";
import type { Tx } from "../db/client.ts";
import { accounts, grants, mailboxes, members, nativeAddress, users } from "../db/schema.ts";
import { Conflict } from "../http/errors.ts";
import { type Locale, t } from "../i18n/t.ts";
import { createPersonalMailbox } from "../registration/personal-mailbox.ts";
import { assertGoodPassword, hashPassword, wordsAgainst } from "./passwords.ts";

export interface NewPerson {
  /** Canonical, and proven by whoever calls: by a link that was mailed to it. */
  email: string;
  firstName: string;
  lastName: string;
  password: string;
  locale: Locale;
  timeZone: string;
}

/**
 * Makes a person: the profile with its proven address. Whose address is in an account's active domain becomes its corporate
 * user, without any right, and owns no account (A36, A37, A45); everyone else gets a personal account of which they are the
 * Owner, and a personal mailbox (A26). Invitations that wait for the address are theirs from now on, to be answered on the
 * Invites tab (D4). Returns them with the account they are in, and their place there. Throws Invalid("password", …) for a
 * bad password, Conflict where the address is registered by now or its domain takes in nobody (A41).
 */
export async function registerUser(tx: Tx, person: NewPerson, request: { requestId?: string; ip?: string } = {}) {
  const { password, ...profile } = person;
  assertGoodPassword(password, await wordsAgainst(tx, person));
  const passwordHash = await hashPassword(password);

  const rule = await domainRule(tx, person.email, { hold: true });
  if (rule.kind === "closed") throw new Conflict(closedWords(rule));
  const [user] = await tx
    .insert(users)
    .values({ ...profile, passwordHash, emailProvenAt: sql`now()` })
    .onConflictDoNothing()
    .returning();
  if (!user) throw new Conflict(t("This address is registered already. Sign in instead."));

  const { account, member, mailbox } = await homeOf(tx, user, rule.kind === "open" ? rule : undefined, request);
  const [settled] = await tx
    .update(users)
    .set({ defaultMailboxId: mailbox?.id, lastAccountId: account.id })
    .where(eq(users.id, user.id))
    .returning();
  await tx
    .update(members)
    .set({ userId: user.id })
    .where(and(eq(members.email, user.email), eq(members.status, "invited"), isNull(members.userId)));

  const author = { userId: user.id, accountId: account.id, label: user.email, ...request };
  await recordEvent(
    tx,
    author,
    "user.registered",
    { type: "user", id: user.id, label: user.email },
    {
      after: { account: account.name, mailbox: mailbox?.address },
    },
  );
  return { user: settled!, account, member };
}

/** The account that somebody new is in: the one that their address belongs to, else one of their own. */
async function homeOf(tx: Tx, user: typeof users.$inferSelect, rule: OpenRule | undefined, request: object) {
  if (!rule) {
    const own = await createAccountOf(tx, user);
    return { ...own, mailbox: await createPersonalMailbox(tx, own.account, user) };
  }
  const member = await takeIn(tx, user, rule, "registered", request);
  const [account] = await tx.select().from(accounts).where(eq(accounts.id, rule.accountId));
  const [mailbox] = await tx
    .select()
    .from(mailboxes)
    .where(and(eq(mailboxes.address, user.email), eq(mailboxes.personalUserId, user.id), nativeAddress));
  return { account: account!, member: member!, mailbox };
}

async function createAccountOf(tx: Tx, user: typeof users.$inferSelect) {
  const [account] = await tx
    .insert(accounts)
    .values({ name: nameOf(user), kind: "personal" })
    .returning();
  const [member] = await tx
    .insert(members)
    .values({
      accountId: account!.id,
      userId: user.id,
      email: user.email,
      firstName: user.firstName,
      lastName: user.lastName,
      status: "active",
      joinedAt: sql`now()`,
    })
    .returning();
  await tx.insert(grants).values({
    accountId: account!.id,
    memberId: member!.id,
    systemRole: "owner",
    source: "registration",
    grantedBy: user.id,
  });
  return { account: account!, member: member! };
}
