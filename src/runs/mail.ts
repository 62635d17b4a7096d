import { eq } from "drizzle-orm";
import { linkInto } from "../access/tokens.ts";
import { db } from "../db/client.ts";
import { accounts, activationRuns, users } from "../db/schema.ts";
import { formatNumber } from "../i18n/format.ts";
import { t } from "../i18n/t.ts";
import type { Compose } from "../mail/deliver.ts";
import { greet, readBy } from "../mail/render.ts";
import { comparison } from "./progress.ts";

/** To whoever started a run, when it is over. Subject: the domain. Data: `run`, `domain`, `userId`. */
export const runFinishedLetter: Compose = async ({ subjectId, accountId, data }) => {
  const [user] = await db.select().from(users).where(eq(users.id, data.userId!));
  const [account] = await db.select().from(accounts).where(eq(accounts.id, accountId!));
  const [run] = await db.select().from(activationRuns).where(eq(activationRuns.id, data.run!));
  if (!user || user.disabledAt || !account || account.deletedAt || !run) return undefined;
  const names = { domain: data.domain ?? "", account: account.name };
  return {
    to: user.email,
    ...readBy(user),
    subject: () =>
      run.kind === "undo"
        ? t("The activation of {domain} is undone", names)
        : t("The people of {domain} are in {account} now", names),
    body: () => ({
      greeting: greet(user),
      paragraphs: [
        run.kind === "undo"
          ? t("Everybody whom the activation had taken in is let go, except for what was made since.")
          : t(
              "Everybody who had a proven address in {domain} is taken in. Each of them gets one mail about it.",
              names,
            ),
      ],
      facts: comparison(run).map(({ label, planned, done }): [string, string] => [
        label,
        planned === done
          ? formatNumber(done)
          : t("{done}; the plan said {planned}", { done: formatNumber(done), planned: formatNumber(planned) }),
      ]),
      button: { words: t("See how it went"), href: linkInto(account.id, `/admin/domains/${subjectId}/run`) },
    }),
  };
};
