import { and, eq, isNull } from "drizzle-orm";
import { linkTo } from "../access/tokens.ts";
import { db } from "../db/client.ts";
import { users } from "../db/schema.ts";
import { formatDateTime } from "../i18n/format.ts";
import { t } from "../i18n/t.ts";
import type { Compose } from "../mail/deliver.ts";
import { greet, readBy } from "../mail/render.ts";
import { letterToTold, toldBy } from "../mail/told.ts";
import { deviceWords } from "../sessions/device-words.ts";
import { countryWords } from "./words.ts";

/** Subject of the mail: the user. Data: `ip`, `country`, `userAgent`. */
export const newDeviceLetter: Compose = async (mail) => {
  const [user] = await db
    .select()
    .from(users)
    .where(and(eq(users.id, mail.subjectId), isNull(users.disabledAt)));
  if (!user) return undefined;
  const { ip = "", country = "", userAgent } = mail.data;

  return {
    to: user.email,
    ...readBy(user),
    subject: () => t("New sign-in on a device that you had not used before"),
    body: () => {
      const facts: [string, string][] = [
        [t("When"), formatDateTime(mail.createdAt)],
        [t("Device"), deviceWords(userAgent)],
        [t("Network address"), ip],
      ];
      if (country) facts.push([t("Place, as far as the address tells"), countryWords(country)]);
      return {
        greeting: greet(user),
        paragraphs: [
          t("Somebody signed in as you, on a device that you had not used before."),
          t("If it was not you: choose a new password at once, which ends all other sessions."),
        ],
        facts,
        button: { words: t("Look at my sign-ins"), href: linkTo("/profile/security/sign-ins") },
        footnote: t("If it was you, there is nothing to do."),
      };
    },
  };
};

/** An administrator ended sessions of somebody whose profile the account manages. Data: `userId`, `by`, `device` (empty: all). */
export const sessionsEndedLetter: Compose = async (mail) => {
  const told = await toldBy(mail);
  if (!told) return undefined;
  const { user, account, address } = told;
  const { by = "", device } = mail.data;
  const values = { by, account: account.name };

  return {
    ...address,
    subject: () => t("An administrator signed you out"),
    body: () => ({
      greeting: greet(user),
      paragraphs: [
        device
          ? t("{by}, an administrator of {account}, ended one of your sessions.", values)
          : t("{by}, an administrator of {account}, ended all your sessions.", values),
        t("Your password is as it was: you can sign in again."),
      ],
      facts: [
        [t("When"), formatDateTime(mail.createdAt)] as [string, string],
        ...(device ? [[t("Device"), deviceWords(device)] as [string, string]] : []),
      ],
      button: { words: t("Look at my sign-ins"), href: linkTo("/profile/security/sign-ins") },
    }),
  };
};

/** An administrator ended the trust in devices of somebody whose profile the account manages. Data as above. */
export const deviceTrustEndedLetter = letterToTold(
  () => t("Signing in asks for your second factor again"),
  (mail, account) => {
    const { by = "", device } = mail.data;
    const values = { by, account: account.name };
    return {
      paragraphs: [
        device
          ? t("{by}, an administrator of {account}, ended the trust in one of your devices.", values)
          : t("{by}, an administrator of {account}, ended the trust in all your devices.", values),
        t("Nobody is signed out. The next sign-in there asks for your second factor, as everywhere else."),
      ],
      facts: [
        [t("When"), formatDateTime(mail.createdAt)] as [string, string],
        ...(device ? [[t("Device"), deviceWords(device)] as [string, string]] : []),
      ],
      button: { words: t("Look at your security page"), href: linkTo("/profile/security") },
    };
  },
);
