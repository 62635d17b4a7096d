import { eq } from "drizzle-orm";
import { nameOf } from "../access/load-actor.ts";
import { db } from "../db/client.ts";
import { accounts, users } from "../db/schema.ts";
import type { Compose, Mail } from "./deliver.ts";
import { greet, type Letter, type LetterBody, readBy } from "./render.ts";

/**
 * Whom a mail about an account tells (`data.userId`), that account, and how the letter to them is addressed; nothing when
 * one of the two is gone by now.
 */
export async function toldBy({ data, accountId }: Mail) {
  const [user] = await db.select().from(users).where(eq(users.id, data.userId!));
  const [account] = await db.select().from(accounts).where(eq(accounts.id, accountId!));
  if (!user || user.disabledAt || !account || account.deletedAt) return undefined;
  const address: Pick<Letter, "to" | "toName" | "locale" | "timeZone"> = {
    to: user.email,
    toName: nameOf(user),
    ...readBy(user),
  };
  return { user, account, address };
}

/** Something that is said in the reader's language, of a mail and of the account that it is about. */
type Say<T> = (mail: Mail, account: typeof accounts.$inferSelect) => T;

/** How a room composes a letter to whoever is told (`toldBy`) that needs nothing but what the mail itself says. */
export const letterToTold =
  (subject: Say<string>, body: Say<Omit<LetterBody, "greeting">>): Compose =>
  async (mail): Promise<Letter | undefined> => {
    const told = await toldBy(mail);
    if (!told) return undefined;
    const { user, account, address } = told;
    return {
      ...address,
      subject: () => subject(mail, account),
      body: () => ({ greeting: greet(user), ...body(mail, account) }),
    };
  };
