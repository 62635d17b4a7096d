import { and, eq, isNull, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { later } from "../db/later.ts";
import { accounts, notifications, users } from "../db/schema.ts";
import { holdEach } from "../mail/held.ts";
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

/** The same to each of very many about one kind of thing in one account: their mails go out at a set rate (R26). */
export async function notifyMany(
  tx: Tx,
  { accountId, kind, mail }: Pick<News, "kind" | "mail"> & { accountId: string },
  all: Required<Pick<News, "userId" | "subjectId" | "data">>[],
): Promise<void> {
  if (all.length === 0) return;
  const [account] = await tx.select({ name: accounts.name }).from(accounts).where(eq(accounts.id, accountId));
  const userIds = all.map(({ userId }) => userId);
  const rows = await tx
    .select({ id: users.id, choice: sql<{ bell: boolean; mail: boolean } | null>`${users.notifications} -> ${kind}` })
    .from(users)
    .where(and(sql`${users.id} = any(${sql.param(userIds)}::uuid[])`, isNull(users.disabledAt)));
  const choices = new Map(rows.map(({ id, choice }) => [id, choice ?? { bell: true, mail: true }]));
  const told = all.map((news) => ({ ...news, data: { account: account?.name ?? "", ...news.data } }));

  const bells = told.filter(({ userId }) => choices.get(userId)?.bell);
  if (bells.length > 0) {
    const column = (of: (bell: (typeof bells)[number]) => unknown) => sql.param(bells.map(of));
    later(tx, (tx) =>
      tx.execute(sql`
        insert into notifications (account_id, kind, user_id, subject_id, data)
        select ${accountId}::uuid, ${kind}, b.user_id, b.subject_id, b.data
        from unnest(${column(({ userId }) => userId)}::uuid[], ${column(({ subjectId }) => subjectId)}::uuid[],
          ${column(({ data }) => data)}::jsonb[]) b (user_id, subject_id, data)`),
    );
  }
  const mailed = told.filter(({ userId }) => choices.get(userId)?.mail);
  const orders = mailed.map(({ subjectId, userId, data }) => ({ subjectId, data: { ...data, userId } }));
  if (orders.length > 0) holdEach(tx, { kind: mail, accountId }, orders);
}
