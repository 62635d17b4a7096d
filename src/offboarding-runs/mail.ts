import type { Actor } from "../access/actor.ts";
import { nameOf } from "../access/load-actor.ts";
import { linkInto } from "../access/tokens.ts";
import type { Applied } from "../grants/apply.ts";
import { called, type Giving } from "../grants/giving.ts";
import { rightsNews } from "../grants/mail.ts";
import { t } from "../i18n/t.ts";
import type { Compose, Mail } from "../mail/deliver.ts";
import { greet, type Letter } from "../mail/render.ts";
import { toldBy } from "../mail/told.ts";
import type { Member } from "../members/queries.ts";
import type { News } from "../notifications/notify.ts";
import { reasonWords } from "../offboardings/words.ts";

/** To whoever takes mailboxes or the account over: the bell of changed rights, and a letter that says from whom. */
export const handedOverNews = (actor: Actor, leaver: Member, successor: Member, applied: Applied): News => {
  const news = rightsNews(actor, successor, successor.userId!, applied);
  return { ...news, data: { ...news.data, leaver: nameOf(leaver) }, mail: "mailboxes_handed_over" };
};

type Told = Pick<Giving, "title" | "roleId" | "mailboxName">;
const most = 30;

/** The letter to a successor. Subject: their place. Data: `userId`, `name` (who did it), `leaver`, `started`. */
export const handedOverMail: Compose = async (mail) => {
  const told = await toldBy(mail);
  if (!told) return undefined;
  const { user, account, address } = told;
  const { name = "", leaver = "", started = "[]" } = mail.data;
  return {
    ...address,
    subject: () => t("You take over from {leaver} in {account}", { leaver, account: account.name }),
    body: () => {
      const all = JSON.parse(started) as Told[];
      const rest = all.length - most;
      return {
        greeting: greet(user),
        paragraphs: [
          t("{leaver} leaves {account}. {name} has handed this over to you; it counts from now on.", {
            leaver,
            account: account.name,
            name,
          }),
          ...(rest > 0
            ? [t("And {count, plural, one {# more mailbox} other {# more mailboxes}}.", { count: rest })]
            : []),
        ],
        facts: all
          .slice(0, most)
          .map((giving): [string, string] => [giving.mailboxName ?? account.name, called(giving)]),
        button: { words: t("Open Muster"), href: linkInto(account.id, "/profile/mailboxes") },
        footnote: t("If this surprises you, ask an administrator of {account}.", { account: account.name }),
      };
    },
  };
};

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
