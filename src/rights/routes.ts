import { Router } from "express";
import { allow } from "../access/guard.ts";
import { cancelChanges } from "../changes/cancel.ts";
import { endGrant } from "../changes/end-grant.ts";
import { rebaseChanges } from "../changes/rebase.ts";
import { undoChange } from "../changes/undo-change.ts";
import { withoutMailboxSince } from "../corporate/queries.ts";
import { firstPasswordOf } from "../first-passwords/queries.ts";
import { saveRights } from "../grants/save.ts";
import { flash } from "../http/flash.ts";
import { readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { backToList } from "../members/back.ts";
import { addsUp } from "./adds-up.ts";
import { cancelForm, lineForm, mailboxFilter, rebaseForm } from "./forms.ts";
import { mailboxRows } from "./mailboxes.ts";
import { openEditPage, pathOf, placeOf, showConflict } from "./page.ts";

/**
 * The edit page of a user. Whoever sees users sees it, and whoever invites sees those who have not answered yet. What
 * changes something asks in its verb who may, because that depends on the user: with `invites.send` one edits those who
 * have not answered yet, with `users.edit` everybody.
 */
export const rights = Router();

rights.get("/:id/account", allow("users.view", "invites.send"), async (req, res) => {
  const edit = await openEditPage(req.actor, req.params.id);
  const [place, first] = await Promise.all([placeOf(req.actor, undefined), firstPasswordOf(edit.member)]);
  const sum = addsUp(edit.lines, null);
  return page(res, "rights/account", { title: edit.name, ...edit, tab: "account", place, first, ...sum });
});

rights.get("/:id/mailboxes", allow("users.view", "invites.send"), async (req, res) => {
  const edit = await openEditPage(req.actor, req.params.id);
  const { q } = readForm(mailboxFilter, req.query).values;
  const [rows, withoutSince] = await Promise.all([
    mailboxRows(req.actor.accountId, edit.lines, q),
    edit.member.noRoomAt ? withoutMailboxSince(edit.member) : null,
  ]);
  return page(res, "rights/mailboxes", { title: edit.name, ...edit, tab: "mailboxes", q, ...rows, withoutSince });
});

rights.get("/:id/mailboxes/:mailboxId", allow("users.view", "invites.send"), async (req, res) => {
  const edit = await openEditPage(req.actor, req.params.id);
  const place = await placeOf(req.actor, req.params.mailboxId);
  const sum = addsUp(edit.lines, place.mailboxId);
  return page(res, "rights/mailbox", { title: edit.name, ...edit, tab: "mailboxes", place, ...sum });
});

rights.post("/:id/ending", allow("users.view", "invites.send"), async (req, res) => {
  const { line, mailbox } = readForm(lineForm, req.body).values;
  await endGrant(req.actor, req.params.id, line);
  res.redirect(303, pathOf(req.params.id, mailbox));
});

rights.post("/:id/undo", allow("users.view", "invites.send"), async (req, res) => {
  const { line, mailbox } = readForm(lineForm, req.body).values;
  await undoChange(req.actor, req.params.id, line);
  res.redirect(303, pathOf(req.params.id, mailbox));
});

rights.post("/:id/rights", allow("users.view", "invites.send"), async (req, res) => {
  const saved = await saveRights(req.actor, req.params.id);
  if (saved === "conflict") return showConflict(req.actor, req.params.id, res.status(409));

  const told = saved.member.status === "active" && saved.member.userId !== req.actor.userId;
  if (saved.changes === 0) flash(req, t("There was nothing to save."));
  else if (told) flash(req, t("Saved. The user is told what changed."));
  else flash(req, t("Saved."));
  res.redirect(303, pathOf(req.params.id, null));
});

rights.post("/:id/cancellation", allow("users.view", "invites.send"), async (req, res) => {
  const { stay } = readForm(cancelForm, req.body).values;
  await cancelChanges(req.actor, req.params.id);
  flash(req, t("Your changes were dropped. Nothing was saved."));
  res.redirect(303, stay ? pathOf(req.params.id, null) : backToList(req));
});

rights.get("/:id/conflict", allow("users.view", "invites.send"), (req, res) =>
  showConflict(req.actor, req.params.id, res),
);

rights.post("/:id/rebase", allow("users.view", "invites.send"), async (req, res) => {
  const form = readForm(rebaseForm, req.body);
  if (form.ok) await rebaseChanges(req.actor, req.params.id, form.values.version);
  const saved = await saveRights(req.actor, req.params.id);
  if (saved === "conflict") return showConflict(req.actor, req.params.id, res.status(409));

  flash(req, t("Saved on top of the other changes."));
  res.redirect(303, pathOf(req.params.id, null));
});
