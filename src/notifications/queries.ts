import { and, desc, eq, sql } from "drizzle-orm";
import { db } from "../db/client.ts";
import { accounts, notifications, users } from "../db/schema.ts";
import { notificationKinds } from "./kinds.ts";

const pageSize = 30;

const olderThan = (id: string) => sql`(${notifications.createdAt}, ${notifications.id}) <
  (select n.created_at, n.id from notifications n where n.id = ${id} and n.user_id = ${notifications.userId})`;

/** The newest bells of somebody, or those before a given one; `older` is the id before which the next page begins. */
export async function bellsOf(userId: string, before?: string) {
  const rows = await db
    .select({ bell: notifications, account: accounts.name })
    .from(notifications)
    .leftJoin(accounts, eq(accounts.id, notifications.accountId))
    .where(and(eq(notifications.userId, userId), before ? olderThan(before) : undefined))
    .orderBy(desc(notifications.createdAt), desc(notifications.id))
    .limit(pageSize + 1);
  const bells = rows.slice(0, pageSize).map(({ bell, account }) => ({ ...bell, account: account ?? "" }));
  return { bells, older: rows.length > pageSize ? bells.at(-1)!.id : undefined };
}

/** What somebody wants to be told, kind by kind; what they never chose is on. */
export async function choicesOf(userId: string) {
  const [user] = await db.select({ chosen: users.notifications }).from(users).where(eq(users.id, userId));
  return Object.fromEntries(notificationKinds.map((kind) => [kind, user?.chosen[kind] ?? { bell: true, mail: true }]));
}
