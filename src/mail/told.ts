import { eq } from "drizzle-orm";
import { nameOf } from "../access/load-actor.ts";
import { db } from "../db/client.ts";
import { accounts, users } from "../db/schema.ts";
import type { Mail } from "./deliver.ts";
import { type Letter, readBy } from "./render.ts";

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
