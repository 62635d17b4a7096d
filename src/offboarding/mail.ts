import type { Actor } from "../access/actor.ts";
import { nameOf } from "../access/load-actor.ts";
import { linkInto } from "../access/tokens.ts";
import type { Applied } from "../grants/apply.ts";
import { called, type Giving } from "../grants/giving.ts";
import { rightsNews } from "../grants/mail.ts";
import { t } from "../i18n/t.ts";
import type { Compose } from "../mail/deliver.ts";
import { greet } from "../mail/render.ts";
import { toldBy } from "../mail/told.ts";
import type { Member } from "../members/queries.ts";
import type { News } from "../notifications/notify.ts";

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
