import type { Reader } from "../db/client.ts";
import type { Giving } from "../grants/giving.ts";
import { currentGrants } from "../grants/queries.ts";
import { t } from "../i18n/t.ts";

/** A role or permission in words: the catalogue's title, or a custom role's own name, which is never translated. */
export interface Right {
  title: string;
  own: boolean;
}

/** What somebody is offered in one place: the account (`mailbox` null) or a mailbox. */
export interface Place {
  mailbox: string | null;
  rights: Right[];
}

/** What an invitation offers, the account first, then mailbox by mailbox. */
export type Offer = Place[];

/** These rights, gathered by place; their order stays. */
export function offerOf(givings: Pick<Giving, "mailboxName" | "title" | "roleId">[]): Offer {
  const places = new Map<string | null, Right[]>();
  for (const { mailboxName, title, roleId } of givings) {
    places.set(mailboxName, [...(places.get(mailboxName) ?? []), { title, own: Boolean(roleId) }]);
  }
  return [...places].map(([mailbox, rights]) => ({ mailbox, rights }));
}

/** What a member is offered, or holds, now. */
export const offerFor = async (reader: Reader, accountId: string, memberId: string): Promise<Offer> =>
  offerOf(await currentGrants(reader, accountId, memberId));

/** One right in the reader's language. */
export const rightName = ({ title, own }: Right): string => (own ? title : t(title));

/** An offer as name and value pairs in the reader's language: ["Account", "Viewer, Press desk"], ["Mailbox Press", …]. */
export const offerLines = (offer: Offer): [string, string][] =>
  offer.map(({ mailbox, rights }) => [
    mailbox === null ? t("Account") : t("Mailbox {name}", { name: mailbox }),
    rights.map(rightName).join(", "),
  ]);
