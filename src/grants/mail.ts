import type { Actor } from "../access/actor.ts";
import { linkInto } from "../access/tokens.ts";
import { formatLastDay } from "../i18n/days.ts";
import { t } from "../i18n/t.ts";
import type { Compose } from "../mail/deliver.ts";
import { greet } from "../mail/render.ts";
import { toldBy } from "../mail/told.ts";
import type { Member } from "../members/queries.ts";
import type { News } from "../notifications/notify.ts";
import type { Applied } from "./apply.ts";
import { called, type Giving } from "./giving.ts";

/** A right in a letter: its title, the id of the role where it is a custom one, and the mailbox's name. */
type Told = Pick<Giving, "title" | "roleId" | "mailboxName" | "endsAt">;

const told = (givings: Told[]) =>
  JSON.stringify(givings.map(({ title, roleId, mailboxName, endsAt }) => ({ title, roleId, mailboxName, endsAt })));

/** The words of a change, frozen: who made it, what started and what ended. */
export const rightsData = (actor: Actor, { started, ended }: { started: Told[]; ended: Told[] }) => ({
  name: actor.name,
  started: told(started),
  ended: told(ended.map((grant) => ({ ...grant, endsAt: null }))),
});

/** What a member is told, by bell and by mail, when somebody changed what they may do: words as of now. */
export const rightsNews = (
  actor: Actor,
  member: Member,
  userId: string,
  { started, ended, redated }: Applied,
): News => ({
  userId,
  accountId: member.accountId,
  kind: "rights.changed",
  subjectId: member.id,
  data: { ...rightsData(actor, { started, ended }), redated: told(redated) },
  mail: "rights_changed",
});

const list = (json: string | undefined) =>
  (JSON.parse(json ?? "[]") as Told[])
    .map((giving) => {
      const words = giving.mailboxName === null ? called(giving) : `${called(giving)} (${giving.mailboxName})`;
      return giving.endsAt ? t("{right} until {day}", { right: words, day: formatLastDay(giving.endsAt) }) : words;
    })
    .join(", ");

/** The letter to somebody whose rights were changed; none when the user or the account is gone by now. */
export const composeRightsChanged: Compose = async (mail) => {
  const told = await toldBy(mail);
  if (!told) return undefined;
  const { data } = mail;
  const { user, account, address } = told;
  return {
    ...address,
    subject: () => t("What you may do in {account} has changed", { account: account.name }),
    body: () => ({
      greeting: greet(user),
      paragraphs: [
        t("{name} changed what you may do in {account}. It counts from now on.", {
          name: data.name!,
          account: account.name,
        }),
      ],
      facts: (
        [
          [t("New"), list(data.started)],
          [t("Ended"), list(data.ended)],
          [t("With another last day"), list(data.redated)],
        ] as [string, string][]
      ).filter(([, words]) => words !== ""),
      button: { words: t("Open Muster"), href: linkInto(account.id, "/") },
      footnote: t("If this surprises you, ask an administrator of {account}.", { account: account.name }),
    }),
  };
};
