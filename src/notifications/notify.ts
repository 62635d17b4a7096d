import { and, eq, isNull, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { later } from "../db/later.ts";
import { accounts, notifications, users } from "../db/schema.ts";
import { type MailKind, queueMail } from "../mail/outbox.ts";
import type { NotificationKind } from "./kinds.ts";

export interface News {
  /** Who is told. */
  userId: string;
  /** The account that it happened in. */
  accountId: string | null;
  kind: NotificationKind;
  /** The row it is about, as the mail's composer expects. */
  subjectId: string;
  /** Words frozen now: names, addresses, titles. Never a secret. */
  data?: Record<string, string>;
  /** The mail that says the same; its composer finds who is told in `data.userId`. */
  mail: MailKind;
}

/** The account's name goes into the words by itself. Tells somebody by bell and by mail, each unless they switched it off for this kind. A disabled user is told nothing. */
export async function notify(tx: Tx, news: News): Promise<void> {
  const { userId, accountId, kind, subjectId } = news;
  const [user] = await tx
    .select({ choices: users.notifications, account: accounts.name })
    .from(users)
    .leftJoin(accounts, eq(accounts.id, sql`${accountId}::uuid`))
    .where(and(eq(users.id, userId), isNull(users.disabledAt)));
  if (!user) return;

  const data = { ...(user.account && { account: user.account }), ...news.data };
  const choice = user.choices[kind] ?? { bell: true, mail: true };
  const bell = { userId, accountId, kind, subjectId, data };
  if (choice.bell) later(tx, (tx) => tx.insert(notifications).values(bell));
  if (choice.mail) await queueMail(tx, { kind: news.mail, subjectId, accountId, data: { ...data, userId } });
}
