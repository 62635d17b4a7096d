import { linkInto } from "../access/tokens.ts";
import { t } from "../i18n/t.ts";
import type { Compose, Mail } from "../mail/deliver.ts";
import { greet, type Letter } from "../mail/render.ts";
import { toldBy } from "../mail/told.ts";
import { reasonWords } from "./run-due.ts";

interface Words {
  subject: (values: Record<string, string>) => string;
  paragraphs: (values: Record<string, string>, data: Mail["data"]) => string[];
}

/** A letter to an administrator about one departure. Subject: the offboarding; `data.userId` is told. */
const toAdministrator =
  ({ subject, paragraphs }: Words): Compose =>
  async (mail): Promise<Letter | undefined> => {
    const told = await toldBy(mail);
    if (!told) return undefined;
    const { user, account, address } = told;
    const { name = "", email = "" } = mail.data;
    const values = { name, account: account.name };
    return {
      ...address,
      subject: () => subject(values),
      body: () => ({
        greeting: greet(user),
        paragraphs: paragraphs(values, mail.data),
        facts: [
          [t("Account"), account.name],
          [t("User"), name === email ? email : `${name} (${email})`],
        ],
        button: { words: t("Open the receipt"), href: linkInto(account.id, `/admin/offboardings/${mail.subjectId}`) },
      }),
    };
  };

export const offboardingDoneMail = toAdministrator({
  subject: (values) => t("{name} has left {account}", values),
  paragraphs: (values, data) => [
    t("{name} has no access to {account} any more. The receipt was drawn up afterwards, from what is stored.", values),
    data.clean === "yes"
      ? t("Nothing was found that is left: no session, no token, no password, no right.")
      : t("Something was found that is left. The receipt marks it in red: please look at it."),
    t("For 30 days the user can be restored."),
  ],
});

export const offboardingFailedMail = toAdministrator({
  subject: (values) => t("{name} was not offboarded from {account}", values),
  paragraphs: (values, data) => [
    t("The offboarding of {name} was planned for now, and was not carried out. Nothing was changed.", values),
    reasonWords(data.reason ?? ""),
    t("Plan it again, or offboard the user now."),
  ],
});
