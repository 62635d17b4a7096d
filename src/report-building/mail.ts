import { eq } from "drizzle-orm";
import { linkInto } from "../access/tokens.ts";
import { db } from "../db/client.ts";
import { reports } from "../db/schema.ts";
import { formatDateTime, formatNumber } from "../i18n/format.ts";
import { t } from "../i18n/t.ts";
import type { Compose } from "../mail/deliver.ts";
import { greet } from "../mail/render.ts";
import { toldBy } from "../mail/told.ts";
import { formatWords } from "../reports/words.ts";

/**
 * To whoever ordered a report, when it is ready (A71). Subject: the report. The button leads to its page, which asks for
 * the sign-in and the right: the mail itself opens nothing (T88).
 */
export const reportReadyLetter: Compose = async (mail) => {
  const told = await toldBy(mail);
  const [report] = await db.select().from(reports).where(eq(reports.id, mail.subjectId));
  if (!told || report?.status !== "done") return undefined;
  const { user, account, address } = told;
  return {
    ...address,
    subject: () => t("Your report on the users of {account} is ready", { account: account.name }),
    body: () => ({
      greeting: greet(user),
      paragraphs: [t("The report that you asked for is ready to be downloaded.")],
      facts: [
        [t("Format"), formatWords()[report.format].name],
        [t("Users"), formatNumber(report.total - report.leftOut)],
        [t("Kept until"), formatDateTime(report.expiresAt!)],
      ],
      button: { words: t("Download"), href: linkInto(account.id, `/admin/reports/${report.id}`) },
      footnote: t("You are asked to sign in, and you still need the right to generate reports then."),
    }),
  };
};
