import { eq } from "drizzle-orm";
import { linkTo, secretOf } from "../access/tokens.ts";
import { config } from "../config.ts";
import { db } from "../db/client.ts";
import { tokens, users } from "../db/schema.ts";
import { isLocale, t } from "../i18n/t.ts";
import type { Compose } from "../mail/deliver.ts";
import { greet, type Letter, readBy } from "../mail/render.ts";

const site = () => new URL(config.BASE_URL).host;

/** Subject of the mail: a registration token. Somebody who is registered is told that instead. */
export const registrationLetter: Compose = async (mail) => {
  const [token] = await db.select().from(tokens).where(eq(tokens.id, mail.subjectId));
  if (!token || token.spentAt || token.replacedAt) return undefined;
  const [user] = await db.select().from(users).where(eq(users.email, token.email));
  if (user) return user.disabledAt ? undefined : alreadyRegistered(user);

  return {
    to: token.email,
    locale: isLocale(mail.data.locale) ? mail.data.locale : "en",
    subject: () => t("Confirm your e-mail address"),
    body: () => ({
      paragraphs: [
        t("Somebody, hopefully you, wants to use this address at {site}.", { site: site() }),
        t("The button leads to a short form: your name and a password. It works once, for 24 hours."),
      ],
      button: { words: t("Confirm and continue"), href: linkTo(`/register/${secretOf(token)}`) },
      footnote: t("If it was not you, do nothing: without the button nothing happens."),
    }),
  };
};

const alreadyRegistered = (user: typeof users.$inferSelect): Letter => ({
  to: user.email,
  ...readBy(user),
  subject: () => t("You are registered already"),
  body: () => ({
    greeting: greet(user),
    paragraphs: [
      t(
        "Somebody, hopefully you, tried to register this address at {site}. It is registered already, so simply sign in.",
        {
          site: site(),
        },
      ),
    ],
    button: { words: t("Sign in"), href: linkTo("/sign-in") },
    footnote: t(
      "If you forgot your password, the sign-in page helps. If it was not you, do nothing: nothing has changed.",
    ),
  }),
});
