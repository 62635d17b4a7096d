import { Router } from "express";
import { signedIn } from "../access/guard.ts";
import { nameOf } from "../access/load-actor.ts";
import { personOf } from "../access/person.ts";
import { flash } from "../http/flash.ts";
import { fragment, page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { offerLines } from "../offers/offer.ts";
import { acceptInvitation } from "./accept.ts";
import { declineInvitation } from "./decline.ts";
import { leaveAccount, whyStay } from "./leave.ts";
import { invitationsFor, type Listed, membershipOf, membershipsOf } from "./queries.ts";

/** The Invites tab of the profile, at /profile/invites (A20). */
export const ownInvites = Router();

const shown = ({ member, account, inviter, offer }: Listed) => ({
  member,
  account,
  inviter: inviter ? nameOf(inviter) : "",
  inviterEmail: inviter?.email ?? "",
  lines: offerLines(offer),
  leaves: !member.corporate && !isOwn(account, offer),
});

/** One's own personal account: there is nobody to leave it to, so leaving is not offered. */
const isOwn = (account: Listed["account"], offer: Listed["offer"]): boolean =>
  account.kind === "personal" &&
  offer.some(
    ({ mailbox, rights }) => mailbox === null && rights.some(({ title, roleId }) => title === "Owner" && !roleId),
  );

ownInvites.get("/", signedIn(), async (req, res) => {
  const person = personOf(req);
  const [waiting, joined] = await Promise.all([invitationsFor(person.email), membershipsOf(person.userId)]);
  return page(res, "invitations/index", {
    title: t("Invites"),
    waiting: waiting.map(shown),
    joined: joined.map(shown),
  });
});

ownInvites.post("/:id/acceptance", signedIn(), async (req, res) => {
  const { accountName, dropped } = await acceptInvitation(personOf(req), req.params.id);
  flash(req, t("You are in {account} now.", { account: accountName }));
  if (dropped > 0) {
    flash(req, t("Some of what was offered could not be given any more. {account} is told.", { account: accountName }));
  }
  res.redirect(303, "/profile/invites");
});

ownInvites.post("/:id/decline", signedIn(), async (req, res) => {
  const { accountName } = await declineInvitation(personOf(req), req.params.id);
  flash(req, t("You declined the invitation to {account}.", { account: accountName }));
  res.redirect(303, "/profile/invites");
});

ownInvites.get("/:id/leaving", signedIn(), async (req, res) => {
  const place = await membershipOf(personOf(req).userId, req.params.id);
  const stays = await whyStay(place.member);
  const locals = { title: t("Leave {account}", { account: place.account.name }), stays, ...shown(place) };
  if (req.get("HX-Request")) return fragment(res, "invitations/_leaving", locals);
  return page(res, "invitations/leaving", locals);
});

ownInvites.post("/:id/leaving", signedIn(), async (req, res) => {
  const { accountName } = await leaveAccount(personOf(req), req.params.id);
  flash(req, t("You left {account}.", { account: accountName }));
  res.redirect(303, "/profile/invites");
});
