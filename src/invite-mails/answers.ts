import { linkInto } from "../access/tokens.ts";
import { called } from "../grants/giving.ts";
import { t } from "../i18n/t.ts";
import type { Compose, Mail } from "../mail/deliver.ts";
import { greet, type Letter, type LetterBody } from "../mail/render.ts";
import { toldBy } from "../mail/told.ts";
import { type Offer, offerLines } from "../offers/offer.ts";
import type { Dropped } from "../offers/recheck.ts";

type Data = Mail["data"];

/** A letter to whoever is told about an invitation: subject, sentences and facts, from the words kept with the mail. */
const toTheTold =
  (parts: {
    subject: (data: Data) => string;
    body: (data: Data) => Pick<LetterBody, "paragraphs" | "facts">;
  }): Compose =>
  async (mail): Promise<Letter | undefined> => {
    const told = await toldBy(mail);
    if (!told) return undefined;
    const { data, subjectId } = mail;
    const { user, account, address } = told;
    return {
      ...address,
      subject: () => parts.subject(data),
      body: () => ({
        greeting: greet(user),
        ...parts.body(data),
        button: { words: t("Open this user"), href: linkInto(account.id, `/admin/users/${subjectId}/account`) },
      }),
    };
  };

const who = (data: Data): [string, string][] => [
  [t("Name"), data.name === data.email ? t("not given") : data.name!],
  [t("E-mail address"), data.email!],
];

const dropped = (data: Data): Dropped[] => JSON.parse(data.dropped ?? "[]");

const reasons: Record<Dropped["reason"], string> = {
  "role deleted": "the role was deleted",
  "inviter lost it": "the inviter may not give it any more",
};

const droppedLine = (each: Dropped): string => {
  const what = each.mailboxName === null ? called(each) : `${called(each)} (${each.mailboxName})`;
  return `${what}: ${t(reasons[each.reason])}`;
};

/** A22: who came in, with what; and what could not be given any more. Subject: the member. */
export const acceptedMail = toTheTold({
  subject: (data) => t("{name} accepted the invitation to {account}", { name: data.name!, account: data.account! }),
  body: (data) => ({
    paragraphs: [
      t("{name} is in {account} now.", { name: data.name!, account: data.account! }),
      ...(dropped(data).length > 0 ? [t("Not everything that was offered could be given. See the last line.")] : []),
    ],
    facts: [
      ...who(data),
      ...offerLines(JSON.parse(data.offer ?? "[]") as Offer),
      ...(dropped(data).length > 0
        ? [[t("Not given"), dropped(data).map(droppedLine).join("; ")] as [string, string]]
        : []),
    ],
  }),
});

/** A23. Subject: the member. */
export const declinedMail = toTheTold({
  subject: (data) => t("{name} declined the invitation to {account}", { name: data.name!, account: data.account! }),
  body: (data) => ({
    paragraphs: [t("What was offered has ended. You can invite this person again at any time.")],
    facts: [...who(data), ...offerLines(JSON.parse(data.offer ?? "[]") as Offer)],
  }),
});

/** Subject: the member. */
export const expiredMail = toTheTold({
  subject: (data) =>
    t("The invitation of {name} to {account} has expired", { name: data.name!, account: data.account! }),
  body: (data) => ({
    paragraphs: [t("Nobody answered it in time. You can invite this person again at any time.")],
    facts: who(data),
  }),
});

/** X7: the mail server's own words say why. Subject: the member. */
export const bouncedMail = toTheTold({
  subject: (data) => t("The invitation for {email} could not be delivered", { email: data.email! }),
  body: (data) => ({
    paragraphs: [
      t("Check the address. If it is right, copy the link of the invitation and hand it over in another way."),
    ],
    facts: [...who(data), [t("The mail server says"), data.reply || t("nothing")]],
  }),
});
