import { eq } from "drizzle-orm";
import { linkTo, secretOf } from "../access/tokens.ts";
import { db } from "../db/client.ts";
import { tokens, users } from "../db/schema.ts";
import { t } from "../i18n/t.ts";
import type { Compose } from "../mail/deliver.ts";
import { greet, readBy } from "../mail/render.ts";

const userBy = async (id: string) => (await db.select().from(users).where(eq(users.id, id)))[0];

/** Subject of the mail: a release token. Goes to the private address. Data: `account`. */
export const releaseProofLetter: Compose = async (mail) => {
  const [token] = await db.select().from(tokens).where(eq(tokens.id, mail.subjectId));
  if (!token?.userId || token.spentAt || token.replacedAt) return undefined;
  const user = await userBy(token.userId);
  if (!user) return undefined;
  const { account = "" } = mail.data;
  return {
    to: token.email,
    ...readBy(user),
    subject: () => t("Make your profile your own"),
    body: () => ({
      greeting: greet(user),
      paragraphs: [
        t("{account} does not manage your profile any longer once you confirm this address.", { account }),
        t("From then on you sign in with it. All that you may do anywhere stays. The button works once, for 24 hours."),
      ],
      button: { words: t("Confirm the address"), href: linkTo(`/release/${secretOf(token)}`) },
      footnote: t("If you do not know what this is about, do nothing: without the button nothing happens."),
    }),
  };
};

/** Subject of the mail: the user. Goes to the address that is left behind. Data: `from`, `to`, `account`. */
export const releaseNoticeLetter: Compose = async (mail) => {
  const user = await userBy(mail.subjectId);
  const { from = "", to = "", account = "" } = mail.data;
  if (!user || user.email !== from) return undefined;
  return {
    to: from,
    ...readBy(user),
    subject: () => t("Your profile is about to leave {account}", { account }),
    body: () => ({
      greeting: greet(user),
      paragraphs: [
        t(
          "Your profile becomes your own, with the address {to}, as soon as the link that was mailed there is confirmed.",
          {
            to,
          },
        ),
        t("If you did not expect this, tell the administrators of {account} at once.", { account }),
      ],
    }),
  };
};
