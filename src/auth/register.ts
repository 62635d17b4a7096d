import { and, eq, isNull, sql } from "drizzle-orm";
import { nameOf } from "../access/load-actor.ts";
import { recordEvent } from "../audit/record.ts";
import type { Tx } from "../db/client.ts";
import { accounts, grants, members, users } from "../db/schema.ts";
import { Conflict } from "../http/errors.ts";
import { type Locale, t } from "../i18n/t.ts";
import { createPersonalMailbox } from "../registration/personal-mailbox.ts";
import { assertGoodPassword, hashPassword } from "./passwords.ts";

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
 * Makes a person: the profile with its proven address, a personal account of which they are the Owner, and a personal
 * mailbox (A26). Invitations that wait for the address are theirs from now on, to be answered on the Invites tab (D4).
 * Throws Invalid("password", …) for a bad password, Conflict where the address is registered by now.
 */
export async function registerUser(tx: Tx, person: NewPerson, request: { requestId?: string; ip?: string } = {}) {
  const { password, ...profile } = person;
  assertGoodPassword(password, [person.email, person.firstName, person.lastName]);

  const [user] = await tx
    .insert(users)
    .values({ ...profile, passwordHash: await hashPassword(password), emailProvenAt: sql`now()` })
    .onConflictDoNothing()
    .returning();
  if (!user) throw new Conflict(t("This address is registered already. Sign in instead."));

  const { account, member } = await createAccountOf(tx, user);
  const mailbox = await createPersonalMailbox(tx, account, user);
  const [settled] = await tx
    .update(users)
    .set({ defaultMailboxId: mailbox.id, lastAccountId: account.id })
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
      after: { account: account.name, mailbox: mailbox.address },
    },
  );
  return { user: settled!, account, member };
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
