import { eq } from "drizzle-orm";
import { linkInto } from "../access/tokens.ts";
import { db } from "../db/client.ts";
import { type ImportCounts, imports } from "../db/schema.ts";
import { formatNumber } from "../i18n/format.ts";
import { t } from "../i18n/t.ts";
import type { Compose } from "../mail/deliver.ts";
import { greet } from "../mail/render.ts";
import { toldBy } from "../mail/told.ts";

/** To whoever started an import, when it is over or cannot go on. Subject: the import. Data: `userId`, `status`. */
export const importFinishedLetter: Compose = async (mail) => {
  const told = await toldBy(mail);
  const [row] = await db.select().from(imports).where(eq(imports.id, mail.subjectId));
  if (!told || !row) return undefined;
  const { user, account, address } = told;
  const names = { file: row.fileName, account: account.name };
  return {
    ...address,
    subject: () =>
      mail.data.status === "refused"
        ? t("The import of {file} was refused", names)
        : mail.data.status === "failed"
          ? t("The import of {file} has stopped", names)
          : t("The import of {file} is finished", names),
    body: () => ({
      greeting: greet(user),
      paragraphs: [wordsOf(mail.data.status ?? "", row.results.create ?? 0, names)],
      facts: mail.data.status === "refused" ? undefined : factsOf(row.results),
      button: { words: t("See how it went"), href: linkInto(account.id, `/admin/imports/${row.id}`) },
    }),
  };
};

const factsOf = ({ create = 0, update = 0, same = 0, skip = 0 }: ImportCounts): [string, string][] => [
  [t("Created"), formatNumber(create)],
  [t("Changed"), formatNumber(update)],
  [t("No change"), formatNumber(same)],
  [t("Left out"), formatNumber(skip)],
];

function wordsOf(status: string, created: number, names: { file: string; account: string }): string {
  if (status === "refused")
    return t(
      "You may not do everything any more that {file} asks for in {account}. So nothing was done: nobody was created.",
      names,
    );
  if (status === "failed")
    return t(
      "The import of {file} into {account} could not go on. What is done stays; its page says why, and it can be resumed.",
      names,
    );
  if (created === 0) return t("The workbook {file} is applied to {account}.", names);
  return t(
    "The workbook {file} is applied to {account}. Everybody who was created gets a mail to create a password; with many people that takes a while. The page of the import says how each mail fares.",
    names,
  );
}
