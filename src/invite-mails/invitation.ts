import { eq } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import { nameOf } from "../access/load-actor.ts";
import { linkTo, secretOf } from "../access/tokens.ts";
import { db } from "../db/client.ts";
import { accounts, members, tokens, users } from "../db/schema.ts";
import { formatDateTime } from "../i18n/format.ts";
import { t } from "../i18n/t.ts";
import type { Compose } from "../mail/deliver.ts";
import type { Letter } from "../mail/render.ts";
import { type Offer, offerLines, offersFor } from "../offers/offer.ts";

const inviters = alias(users, "inviters");
const invitees = alias(users, "invitees");

/** Everything that an invitation's mail says, read at the moment of sending. */
async function facts(tokenId: string) {
  const [found] = await db
    .select({ token: tokens, member: members, account: accounts, inviter: inviters, invitee: invitees })
    .from(tokens)
    .innerJoin(members, eq(members.id, tokens.memberId))
    .innerJoin(accounts, eq(accounts.id, members.accountId))
    .leftJoin(inviters, eq(inviters.id, members.invitedBy))
    .leftJoin(invitees, eq(invitees.email, members.email))
    .where(eq(tokens.id, tokenId));
  const dead =
    !found || found.token.spentAt || found.token.replacedAt || found.account.deletedAt || found.account.suspendedAt;
  if (dead || found.member.status !== "invited") return undefined;
  return { ...found, offer: (await offersFor(db, [found.member.id])).get(found.member.id) ?? [] };
}

type Facts = NonNullable<Awaited<ReturnType<typeof facts>>>;

/** The inviter's name and address, so that the invitee can tell who it is; an account speaks where nobody does. */
const inviterName = ({ inviter, account }: Facts) => (inviter ? nameOf(inviter) : account.name);

/** Goes to the stored address only (T16), in the invitee's language, or the inviter's where nobody knows it yet. */
function letterTo(found: Facts, parts: Pick<Letter, "subject" | "body">): Letter {
  const { member, invitee, inviter } = found;
  return {
    to: member.email,
    toName: invitee ? nameOf(invitee) : `${member.firstName} ${member.lastName}`.trim(),
    locale: (invitee ?? inviter)?.locale ?? "en",
    timeZone: (invitee ?? inviter)?.timeZone ?? "UTC",
    ...parts,
  };
}

const greeting = ({ invitee, member }: Facts) => {
  const name = invitee?.firstName || member.firstName;
  return name ? t("Hello {name},", { name }) : t("Hello,");
};

const rightsAndEnd = (found: Facts): [string, string][] => [
  [t("Invited by"), found.inviter ? `${nameOf(found.inviter)} (${found.inviter.email})` : found.account.name],
  ...nothingOr(found.offer),
  [t("Valid until"), formatDateTime(found.token.expiresAt)],
];

const nothingOr = (offer: Offer): [string, string][] =>
  offer.length > 0 ? offerLines(offer) : [[t("Account"), t("No rights yet; they can be given later")]];

const quote = ({ member, inviter, account }: Facts) =>
  member.message ? { from: inviter ? nameOf(inviter) : account.name, text: member.message } : undefined;

const link = ({ token }: Facts) => linkTo(`/invitations/${secretOf(token)}`);

const whatToDo = ({ invitee }: Facts): string =>
  invitee
    ? t("Sign in to accept or decline. Nothing changes before you do.")
    : t("To accept, fill in a short form: your name and a password. You get a mailbox of your own, too.");

const notForYou = () => t("If you do not know what this is about, you need not do anything.");

/** The invitation, for people with a profile (A19) and without one (A24). Subject: the token. */
export const invitationMail: Compose = async ({ subjectId }) => {
  const found = await facts(subjectId);
  return (
    found &&
    letterTo(found, {
      subject: () =>
        t("{inviter} invites you to {account}", { inviter: inviterName(found), account: found.account.name }),
      body: () => ({
        greeting: greeting(found),
        paragraphs: [
          t("You are invited to work in the account {account} on Muster.", { account: found.account.name }),
          whatToDo(found),
        ],
        quote: quote(found),
        facts: rightsAndEnd(found),
        button: { words: found.invitee ? t("See the invitation") : t("Accept and register"), href: link(found) },
        footnote: notForYou(),
      }),
    })
  );
};

/** Two days before the end, once (D17). Subject: the token of the invitation. */
export const reminderMail: Compose = async ({ subjectId }) => {
  const found = await facts(subjectId);
  return (
    found &&
    letterTo(found, {
      subject: () => t("Your invitation to {account} ends soon", { account: found.account.name }),
      body: () => ({
        greeting: greeting(found),
        paragraphs: [
          t("{inviter} invited you to the account {account} on Muster, and the invitation is still open.", {
            inviter: inviterName(found),
            account: found.account.name,
          }),
          whatToDo(found),
        ],
        facts: rightsAndEnd(found),
        button: { words: found.invitee ? t("See the invitation") : t("Accept and register"), href: link(found) },
        footnote: notForYou(),
      }),
    })
  );
};
