import { Router } from "express";
import { allow } from "../access/guard.ts";
import { nameOf } from "../access/load-actor.ts";
import { rebaseChanges } from "../changes/rebase.ts";
import { unlessStale } from "../grants/save.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, readForm } from "../http/form.ts";
import { fragment, page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { copyLink } from "../invite-mails/copy-link.ts";
import { backToList } from "../members/back.ts";
import { rebaseForm } from "../rights/forms.ts";
import { showConflict } from "../rights/page.ts";
import { draftInvite } from "./draft.ts";
import { inviteForm } from "./forms.ts";
import { memberHere, waitingAt } from "./queries.ts";
import { resendInvite } from "./resend.ts";
import { revokeInvite } from "./revoke.ts";
import { sendInvite } from "./send.ts";

/** The inviter's side, at /admin/users. */
export const invites = Router();

const editPage = (id: string) => `/admin/users/${id}/account`;

invites.get("/new", allow("invites.send"), (req, res) => {
  const form = blankForm({ email: String(req.query.email ?? "") });
  return page(res, "invites/new", { title: t("Invite user"), form, waiting: undefined });
});

invites.post("/new", allow("invites.send"), async (req, res) => {
  const form = readForm(inviteForm, req.body);
  const member = await attempt(form, ({ until, ...who }) =>
    draftInvite(req.actor, { ...who, guestUntil: until ? new Date(until) : null }),
  );
  if (!member) {
    const waiting = form.values.email ? await waitingAt(req.actor.accountId, form.values.email) : undefined;
    return page(res.status(422), "invites/new", { title: t("Invite user"), form, waiting });
  }
  if (!member.created)
    flash(req, t("There is a draft for {email} already. Here it is, as it was.", { email: member.email }));
  res.redirect(303, editPage(member.id));
});

invites.post("/:id/invitation", allow("invites.send"), async (req, res) => {
  // Sent by the page that shows a conflict: on the state that it showed.
  const seen = readForm(rebaseForm, req.body);
  if (seen.ok) await rebaseChanges(req.actor, req.params.id, seen.values.version);
  const member = await unlessStale(sendInvite(req.actor, req.params.id));
  if (member === "conflict") return showConflict(req.actor, req.params.id, res.status(409), true);

  flash(req, t("The invitation is on its way to {email}.", { email: member.email }));
  res.redirect(303, backToList(req));
});

invites.post("/:id/resend", allow("invites.send"), async (req, res) => {
  const member = await resendInvite(req.actor, req.params.id);
  flash(
    req,
    t("A new invitation is on its way to {email}. The earlier link does not work any more.", { email: member.email }),
  );
  res.redirect(303, backToList(req, editPage(member.id)));
});

invites.get("/:id/revocation", allow("invites.revoke"), async (req, res) => {
  const member = await memberHere(req.actor.accountId, req.params.id);
  const locals = { title: t("Revoke invitation"), member, name: nameOf(member), back: backToList(req) };
  if (req.get("HX-Request")) return fragment(res, "invites/_revocation", locals);
  return page(res, "invites/revocation", locals);
});

invites.post("/:id/revocation", allow("invites.revoke"), async (req, res) => {
  const member = await revokeInvite(req.actor, req.params.id);
  flash(req, t("The invitation of {email} is revoked. Its link does not work any more.", { email: member.email }));
  res.redirect(303, backToList(req));
});

invites.post("/:id/link", allow("invites.send"), async (req, res) => {
  const { member, link } = await copyLink(req.actor, req.params.id);
  return page(res, "invites/link", { title: t("Copy link"), member, name: nameOf(member), link });
});
