import { eq, sql } from "drizzle-orm";
import { issueToken, lifeInMinutes, linkTo, secretOf } from "../access/tokens.ts";
import { recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { accounts, grants, members, users } from "../db/schema.ts";
import { queueMail } from "../mail/outbox.ts";

export interface FirstAccount {
  /** Canonical. */
  email: string;
  firstName: string;
  lastName: string;
  accountName: string;
  instanceAdmin: boolean;
}

/**
 * Makes a company account and its owner from the command line, and the link behind which the owner chooses a password
 * (once, within 72 hours). It is mailed, and returned for the operator to hand over: mail may not be set up yet. For an
 * address that is registered already, only the account and the flag are new, and there is no link.
 */
export function createFirstAccount(wanted: FirstAccount) {
  return db.transaction(async (tx) => {
    const { user, isNew } = await findOrMakeUser(tx, wanted);
    const [account] = await tx.insert(accounts).values({ name: wanted.accountName, kind: "company" }).returning();
    const accountId = account!.id;
    const { email, firstName, lastName } = user;
    const [member] = await tx
      .insert(members)
      .values({ accountId, userId: user.id, email, firstName, lastName, status: "active", joinedAt: sql`now()` })
      .returning();
    await tx.insert(grants).values({ accountId, memberId: member!.id, systemRole: "owner", source: "system" });
    await tx
      .update(users)
      .set({ lastAccountId: accountId, ...(wanted.instanceAdmin ? { instanceAdmin: true } : {}) })
      .where(eq(users.id, user.id));

    const author = { userId: null, accountId, label: "Command line" };
    const after = { name: account!.name, owner: email, instanceAdmin: wanted.instanceAdmin };
    await recordEvent(
      tx,
      author,
      "account.created",
      { type: "account", id: accountId, label: account!.name },
      { after },
    );
    return { account: account!, user, link: isNew ? await makeLink(tx, user, accountId) : undefined };
  });
}

async function findOrMakeUser(tx: Tx, { email, firstName, lastName }: FirstAccount) {
  const [made] = await tx.insert(users).values({ email, firstName, lastName }).onConflictDoNothing().returning();
  if (made) return { user: made, isNew: true };
  const [found] = await tx.select().from(users).where(eq(users.email, email));
  return { user: found!, isNew: found!.passwordHash === null };
}

async function makeLink(tx: Tx, user: { id: string; email: string }, accountId: string): Promise<string> {
  const minutes = lifeInMinutes.first_sign_in;
  const token = await issueToken(tx, { purpose: "first_sign_in", email: user.email, userId: user.id, minutes });
  await queueMail(tx, { kind: "first_sign_in", subjectId: token.id, accountId });
  return linkTo(`/reset/${secretOf(token)}`);
}
