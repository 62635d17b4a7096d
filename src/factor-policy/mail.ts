import { sql } from "drizzle-orm";
import { hasFactor } from "../access/has-factor.ts";
import { linkTo } from "../access/tokens.ts";
import { db } from "../db/client.ts";
import { users } from "../db/schema.ts";
import { formatDateTime } from "../i18n/format.ts";
import { t } from "../i18n/t.ts";
import type { Compose } from "../mail/deliver.ts";
import { greet, readBy } from "../mail/render.ts";
import { policyOf } from "./queries.ts";

/** Subject of the mail: a user; its account asks for a second factor. Nobody gets it who has one by now. */
export const factorWantedLetter: Compose = async (mail) => {
  const lacks = sql`${users.id} = ${mail.subjectId} and ${users.disabledAt} is null and not ${hasFactor(sql`users.id`)}`;
  const [user] = await db.select().from(users).where(lacks);
  const account = await policyOf(mail.accountId!);
  const from = account?.secondFactorFrom;
  if (!user || !from || account.deletedAt) return undefined;

  return {
    to: user.email,
    ...readBy(user),
    subject: () => t("{account} asks for a second factor", { account: account.name }),
    body: () => ({
      greeting: greet(user),
      paragraphs: [
        t(
          "From {when} on, you reach {account} only with a second factor beside your password: an authenticator app or a passkey.",
          {
            when: formatDateTime(from),
            account: account.name,
          },
        ),
        t("Setting one up takes two minutes."),
      ],
      button: { words: t("Set up a second factor"), href: linkTo("/profile/security") },
      footnote: t("Your other accounts stay as they are."),
    }),
  };
};
