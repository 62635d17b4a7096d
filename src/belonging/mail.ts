import { and, eq, inArray, isNull } from "drizzle-orm";
import { linkInto } from "../access/tokens.ts";
import { db } from "../db/client.ts";
import { accounts, members, users } from "../db/schema.ts";
import { t } from "../i18n/t.ts";
import type { Compose } from "../mail/deliver.ts";
import { greet, readBy } from "../mail/render.ts";

/**
 * What everyone who is taken in is told (T29), and the plan shows before: what changes, what does not, and by whom. Subject:
 * the user. Data: `domain`. None for whoever is not that account's any more when its turn comes.
 */
export const takenInLetter: Compose = async ({ subjectId, accountId, data }) => {
  const [found] = await db
    .select({ user: users, account: accounts })
    .from(users)
    .innerJoin(accounts, and(eq(accounts.id, users.corporateAccountId), isNull(accounts.deletedAt)))
    .where(and(eq(users.id, subjectId), isNull(users.disabledAt)));
  if (found?.account.id !== accountId || !found) return undefined;
  const { user, account } = found;
  const names = { account: account.name, domain: data.domain ?? "" };
  return {
    to: user.email,
    toName: `${user.firstName} ${user.lastName}`.trim(),
    ...readBy(user),
    subject: () => takenInSubject(names),
    body: () => ({
      greeting: greet(user),
      paragraphs: takenInWords(names),
      button: { words: t("Open Muster"), href: linkInto(account.id, "/profile") },
      footnote: takenInFootnote(names),
    }),
  };
};

interface Names {
  account: string;
  domain: string;
}

/** The letter's subject, in the reader's language. */
export const takenInSubject = ({ account }: Names): string => t("Your profile belongs to {account} now", { account });

/** The letter's paragraphs, in the reader's language. */
export const takenInWords = (names: Names): string[] => [
  t("{account} has proven that it runs {domain}. Your address is in that domain, so {account} manages your profile.", {
    ...names,
  }),
  t(
    "You keep everything that you have: your password, your accounts, your mailboxes, and every right in every account. Nobody can see or set your password.",
  ),
  t(
    "What changes: its administrators can edit your profile, give you rights in {account}, and sign you out everywhere. If they delete you there, your profile is switched off. Only they can change your address. You cannot create accounts or delete your profile yourself.",
    { account: names.account },
  ),
];

/** What to do if it comes as a surprise. */
export const takenInFootnote = ({ account }: Names): string =>
  t(
    "If you use this address privately, ask an administrator of {account} to release your profile to a private address.",
    {
      account,
    },
  );

/**
 * To whoever had been told that they were taken in, when that was undone (X2). Subject: the user. Data: `domain`. None for
 * somebody who is corporate again when its turn comes.
 */
export const letGoLetter: Compose = async ({ subjectId, accountId, data }) => {
  const [user] = await db.select().from(users).where(eq(users.id, subjectId));
  const [account] = await db.select().from(accounts).where(eq(accounts.id, accountId!));
  if (!user || user.disabledAt || user.corporateAccountId || !account) return undefined;
  const names = { account: account.name, domain: data.domain ?? "" };
  const stays = inArray(members.status, ["active", "waiting", "blocked"]);
  const here = and(eq(members.accountId, account.id), eq(members.userId, user.id), stays);
  const [place] = await db.select({ id: members.id }).from(members).where(here).limit(1);
  return {
    to: user.email,
    toName: `${user.firstName} ${user.lastName}`.trim(),
    ...readBy(user),
    subject: () => t("Your profile is your own again"),
    body: () => ({
      greeting: greet(user),
      paragraphs: [
        t("{account} has undone the activation of {domain}, so it does not manage your profile any more.", names),
        place
          ? t("You stay in {account} with what you hold there.", names)
          : t("You are not in {account} any more.", names),
        t("Everything that you had elsewhere was yours all the time, and is. There is nothing for you to do."),
      ],
    }),
  };
};
