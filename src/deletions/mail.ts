import { eq } from "drizzle-orm";
import { linkTo } from "../access/tokens.ts";
import { db } from "../db/client.ts";
import { accounts, users } from "../db/schema.ts";
import { formatDateTime } from "../i18n/format.ts";
import { t } from "../i18n/t.ts";
import type { Compose } from "../mail/deliver.ts";
import { greet, readBy } from "../mail/render.ts";

const restoreTime = 30 * 24 * 3600 * 1000;

/** To each Owner of a deleted account: they alone can restore it. Subject: the account. Data: `userId`, `by`. None once it is restored. */
export const accountDeletedLetter: Compose = async ({ accountId, data }) => {
  const { userId = "", by = "" } = data;
  const [user] = await db.select().from(users).where(eq(users.id, userId));
  const [account] = await db.select().from(accounts).where(eq(accounts.id, accountId!));
  if (!user || user.disabledAt || !account?.deletedAt) return undefined;
  const { name, deletedAt } = account;
  return {
    to: user.email,
    ...readBy(user),
    subject: () => t("{name} is deleted", { name }),
    body: () => ({
      greeting: greet(user),
      paragraphs: [
        t("{by} has deleted the account. Nobody reaches it and its mailboxes any more.", { by }),
        t("Nothing is erased yet. As an Owner you can restore the account for 30 days, on the page of your accounts."),
      ],
      facts: [
        [t("Account"), name],
        [t("When"), formatDateTime(deletedAt)],
        [t("Can be restored until"), formatDateTime(new Date(+deletedAt + restoreTime))],
      ],
      button: { words: t("Open your accounts"), href: linkTo("/accounts") },
    }),
  };
};
