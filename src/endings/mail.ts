import { linkInto } from "../access/tokens.ts";
import { called } from "../grants/giving.ts";
import { formatLastDay } from "../i18n/days.ts";
import { t } from "../i18n/t.ts";
import type { Compose } from "../mail/deliver.ts";
import { greet } from "../mail/render.ts";
import { toldBy } from "../mail/told.ts";
import { endWords } from "../notifications/end-words.ts";
import { mostListed, type ToldEnd } from "./tell.ts";

const listed = (json: string | undefined) => JSON.parse(json ?? "[]") as ToldEnd[];

/** "Mailbox reader (Press)", or that it is the place itself. */
function thing({ title, roleId, mailboxName }: ToldEnd): string {
  if (title === undefined) return t("the place in the account");
  const words = called({ title, roleId });
  return mailboxName ? `${words} (${mailboxName})` : words;
}

/** A letter to whose place or rights they are: what ends, and whom to ask. */
const toTheirOwner =
  (kind: "own_end.near" | "own_end.reached"): Compose =>
  async (mail) => {
    const told = await toldBy(mail);
    if (!told) return undefined;
    const { user, account, address } = told;
    const words = () => endWords(kind, mail.data, account.name);
    return {
      ...address,
      subject: () => words().replace(/\.$/, ""),
      body: () => ({
        greeting: greet(user),
        paragraphs: [words(), t("If you still need it, ask an administrator of {account}.", { account: account.name })],
        facts: listed(mail.data.ends).map((end) => [thing(end), t("until {day}", { day: formatLastDay(end.until) })]),
        button: { words: t("Open Muster"), href: linkInto(account.id, "/profile/administrators") },
      }),
    };
  };

/** A letter to whoever gave it, or to the administrators. */
const toTheGiver =
  (kind: "end_date.near" | "end_date.reached"): Compose =>
  async (mail) => {
    const told = await toldBy(mail);
    if (!told) return undefined;
    const { user, account, address } = told;
    const { data } = mail;
    const words = () => endWords(kind, data, account.name);
    return {
      ...address,
      subject: () => words().replace(/\.$/, ""),
      body: () => ({
        greeting: greet(user),
        paragraphs: [
          words(),
          data.kept
            ? t(
                "An account needs an Owner, so this one stays, without a date. Make somebody else an Owner, then end it.",
              )
            : kind === "end_date.near"
              ? t("Nothing is to be done if that is right. Else extend it.")
              : t("Who is gone as a guest can be taken back for 30 days."),
          ...(Number(data.count) > mostListed ? [t("The first {count} of them:", { count: mostListed })] : []),
        ],
        facts: listed(data.ends).map((end) => [
          `${end.name}${end.name === end.email ? "" : ` (${end.email})`}`,
          `${thing(end)}, ${t("until {day}", { day: formatLastDay(end.until) })}`,
        ]),
        button: { words: t("Open the end dates"), href: linkInto(account.id, "/admin/end-dates") },
      }),
    };
  };

export const ownEndNearMail = toTheirOwner("own_end.near");
export const ownEndReachedMail = toTheirOwner("own_end.reached");
export const endDateNearMail = toTheGiver("end_date.near");
export const endDateReachedMail = toTheGiver("end_date.reached");
