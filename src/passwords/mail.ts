import { and, eq, isNull } from "drizzle-orm";
import { linkTo, secretOf } from "../access/tokens.ts";
import { db } from "../db/client.ts";
import { accounts, tokens, users } from "../db/schema.ts";
import { formatDateTime } from "../i18n/format.ts";
import { t } from "../i18n/t.ts";
import type { Compose } from "../mail/deliver.ts";
import { greet, readBy } from "../mail/render.ts";
import { deviceWords } from "../sessions/device-words.ts";

/** Subject of the mail: a reset token. It goes to the address on record, and to nobody where that is not registered (T16). */
export const resetLetter: Compose = async (mail) => {
  const [token] = await db.select().from(tokens).where(eq(tokens.id, mail.subjectId));
  if (!token || token.spentAt || token.replacedAt) return undefined;
  const [user] = await db
    .select()
    .from(users)
    .where(and(eq(users.email, token.email), isNull(users.disabledAt)));
  if (!user) return undefined;

  return {
    to: user.email,
    ...readBy(user),
    subject: () => t("Choose a new password"),
    body: () => ({
      greeting: greet(user),
      paragraphs: [t("Somebody, hopefully you, asked for a new password. The button works once, for 60 minutes.")],
      button: { words: t("Choose a new password"), href: linkTo(`/reset/${secretOf(token)}`) },
      footnote: t("If it was not you, do nothing: your password stays as it is."),
    }),
  };
};

/** Subject of the mail: the token of a first sign-in; its account is the one that somebody was made a user of. */
export const firstSignInLetter: Compose = async (mail) => {
  const [found] = await db
    .select({ token: tokens, user: users })
    .from(tokens)
    .innerJoin(users, and(eq(users.id, tokens.userId), eq(users.email, tokens.email), isNull(users.disabledAt)))
    .where(and(eq(tokens.id, mail.subjectId), isNull(tokens.spentAt), isNull(tokens.replacedAt)));
  const [account] = await db.select().from(accounts).where(eq(accounts.id, mail.accountId!));
  if (!found || !account || account.deletedAt) return undefined;
  const { token, user } = found;

  return {
    to: user.email,
    ...readBy(user),
    subject: () => t("Create your password for {account}", { account: account.name }),
    body: () => ({
      greeting: greet(user),
      paragraphs: [
        t("You are a user of the account {account} now. Create a password, then sign in with this address.", {
          account: account.name,
        }),
        t("The button works once, for 72 hours."),
      ],
      button: { words: t("Create password"), href: linkTo(`/reset/${secretOf(token)}`) },
      footnote: t("If you do not know what this is about, you need not do anything."),
    }),
  };
};

/**
 * Subject of the mail: the user. Data: `ip`, `first` where they had none before, and `userAgent` of a browser whose language
 * may be another than theirs, or `device`, in words.
 */
export const passwordChangedLetter: Compose = async (mail) => {
  const [user] = await db.select().from(users).where(eq(users.id, mail.subjectId));
  if (!user) return undefined;

  const { first, userAgent, device = "" } = mail.data;
  return {
    to: user.email,
    ...readBy(user),
    subject: () => (first ? t("Your password was created") : t("Your password was changed")),
    body: () => ({
      greeting: greet(user),
      paragraphs: [
        first
          ? t(
              "Somebody, hopefully you, has created the password for your profile. You sign in with it and this address.",
            )
          : t("Your password was changed, and you were signed out everywhere else."),
      ],
      facts: [
        [t("When"), formatDateTime(mail.createdAt)],
        [t("Device"), userAgent === undefined ? device : deviceWords(userAgent)],
        [t("Network address"), mail.data.ip ?? ""],
      ],
      button: { words: t("It was not me"), href: linkTo("/forgot") },
      footnote: t("If it was you, there is nothing to do."),
    }),
  };
};
