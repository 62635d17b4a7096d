import { eq } from "drizzle-orm";
import { linkTo, secretOf } from "../access/tokens.ts";
import { db } from "../db/client.ts";
import { tokens, users } from "../db/schema.ts";
import { t } from "../i18n/t.ts";
import type { Compose } from "../mail/deliver.ts";
import { greet, readBy } from "../mail/render.ts";

const userBy = async (id: string) => (await db.select().from(users).where(eq(users.id, id)))[0];

/** Subject of the mail: an address token. Goes to the new address; somebody who is registered with it is told so. */
export const addressProofLetter: Compose = async (mail) => {
  const [token] = await db.select().from(tokens).where(eq(tokens.id, mail.subjectId));
  if (!token?.userId || token.spentAt || token.replacedAt) return undefined;
  const user = await userBy(token.userId);
  if (!user) return undefined;

  const [owner] = await db.select().from(users).where(eq(users.email, token.email));
  if (owner) {
    return {
      to: owner.email,
      ...readBy(owner),
      subject: () => t("Somebody wants to use your address"),
      body: () => ({
        greeting: greet(owner),
        paragraphs: [
          t("Somebody asked to use this address for another profile. It is yours already, so nothing has changed."),
        ],
        footnote: t("If that was you: sign in with this address, or give this profile another one first."),
      }),
    };
  }
  return {
    to: token.email,
    ...readBy(user),
    subject: () => t("Confirm your new e-mail address"),
    body: () => ({
      paragraphs: [
        mail.data.by
          ? t(
              "{by}, who administers your profile, gives it this address, to sign in and for all mails. The button works once, for 24 hours.",
              { by: mail.data.by },
            )
          : t(
              "You asked to use this address from now on, to sign in and for all mails. The button works once, for 24 hours.",
            ),
      ],
      button: { words: t("Confirm the address"), href: linkTo(`/address/${secretOf(token)}`) },
      footnote: t("If it was not you, do nothing: without the button nothing happens."),
    }),
  };
};

/** Subject of the mail: the user. Data: `from`, the address that is told, and `to`, the one that was asked for. */
export const addressNoticeLetter: Compose = async (mail) => {
  const user = await userBy(mail.subjectId);
  const { from = "", to = "" } = mail.data;
  if (!user || user.email !== from) return undefined;
  return {
    to: from,
    ...readBy(user),
    subject: () => t("Your e-mail address is about to change"),
    body: () => ({
      greeting: greet(user),
      paragraphs: [
        ...(mail.data.by
          ? [
              t(
                "{by}, who administers your profile, replaces this address by {to}. It counts as soon as the link that was mailed there is confirmed.",
                { by: mail.data.by, to },
              ),
            ]
          : [
              t(
                "You asked to use {to} instead of this address. It counts as soon as the link that was mailed there is confirmed.",
                { to },
              ),
              t("If it was not you, somebody knows your password. Change it: that also stops the new address."),
            ]),
      ],
      button: { words: t("Open the security page"), href: linkTo("/profile/security") },
    }),
  };
};

/** Subject of the mail: the user. Goes to the address that was theirs. */
export const addressChangedLetter: Compose = async (mail) => {
  const user = await userBy(mail.subjectId);
  const { from = "", to = "" } = mail.data;
  if (!user) return undefined;
  return {
    to: from,
    ...readBy(user),
    subject: () => t("Your e-mail address was changed"),
    body: () => ({
      greeting: greet(user),
      paragraphs: [
        t("From now on you sign in with {to}, and mails go there. This is the last one to your old address.", { to }),
        t("If it was not you, tell the administrators of your account at once."),
      ],
    }),
  };
};
