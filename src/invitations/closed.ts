import type { Response } from "express";
import { nameOf } from "../access/load-actor.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import type { Invitation, Standing } from "./queries.ts";

const words: Record<Exclude<Standing, "open">, [title: string, message: string]> = {
  accepted: [
    "This invitation is accepted",
    "It was used already. Sign in with {email}, and you find everything that was offered in {account}.",
  ],
  declined: ["This invitation was declined", "If that was a mistake, ask {inviter} to invite {email} again."],
  revoked: ["This invitation was revoked", "It does not work any more. If you expected it, ask {inviter}."],
  expired: ["This invitation has expired", "Ask {inviter} to send it again to {email}."],
  suspended: [
    "{account} is suspended at the moment",
    "Nobody can come in until whoever runs this installation restores it. Nothing is lost: ask {inviter}, or open this link again later.",
  ],
  replaced: ["There is a newer invitation", "This link was replaced. Use the one in the latest mail to {email}."],
};

/**
 * The page for an invitation that is not open any more: what happened, and what to do next. Accepted is good news (X6); who is
 * signed in as the invited (`own`) need not do so again.
 */
export function closedPage(res: Response, { member, account, inviter, standing }: Invitation, own = false) {
  const [title, usual] = words[standing === "open" ? "replaced" : standing];
  const message =
    own && standing === "accepted" ? "It was used already. The Invites tab shows what you hold in {account}." : usual;
  const values = { email: member.email, account: account.name, inviter: inviter ? nameOf(inviter) : account.name };
  return page(res.status(standing === "accepted" ? 200 : 409), "invitations/closed", {
    title: t(title, values),
    layout: "plain",
    message: t(message, values),
    accepted: standing === "accepted",
    own,
    email: member.email,
  });
}
