import { eq } from "drizzle-orm";
import { nameOf } from "../access/load-actor.ts";
import { linkTo } from "../access/tokens.ts";
import { db } from "../db/client.ts";
import { users } from "../db/schema.ts";
import { t } from "../i18n/t.ts";
import type { Compose } from "../mail/deliver.ts";
import { greet, readBy } from "../mail/render.ts";

/** T29: to somebody whose profile nobody manages any more, because their domain was deleted. Subject: the user. */
export const noLongerManagedMail: Compose = async ({ subjectId, data }) => {
  const [user] = await db.select().from(users).where(eq(users.id, subjectId));
  if (!user || user.disabledAt) return undefined;
  const [account, domain] = [data.account!, data.domain!];
  return {
    to: user.email,
    toName: nameOf(user),
    ...readBy(user),
    subject: () => t("{account} does not manage your profile any more", { account }),
    body: () => ({
      greeting: greet(user),
      paragraphs: [
        t(
          "{account} has given up the domain {domain}. Until now it managed your profile; from now on your profile is yours alone.",
          { account, domain },
        ),
        t("You keep everything that you may do, in {account} and elsewhere. You sign in as before.", { account }),
      ],
      button: { words: t("Open your profile"), href: linkTo("/profile") },
    }),
  };
};
