import { type Request, type Response, Router } from "express";
import { allow } from "../access/guard.ts";
import { nameOf } from "../access/load-actor.ts";
import { Conflict } from "../http/errors.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { memberHere } from "../invites/queries.ts";
import { changeDraft } from "./change.ts";
import { draftForm } from "./forms.ts";

/** What a draft says, at /admin/users/:id/draft. */
export const drafts = Router();

async function show(req: Request<{ id: string }>, res: Response, refused?: Form<unknown>) {
  const member = await memberHere(req.actor.accountId, req.params.id);
  if (member.status !== "draft") throw new Conflict(t("This is no draft any more, so what it says cannot be changed."));
  const { firstName, lastName, message } = member;
  return page(refused ? res.status(422) : res, "drafts/index", {
    title: t("Name and message"),
    member,
    name: nameOf(member),
    form: refused ?? blankForm({ firstName, lastName, message }),
  });
}

drafts.get("/:id/draft", allow("invites.send"), (req, res) => show(req, res));

drafts.post("/:id/draft", allow("invites.send"), async (req, res) => {
  const form = readForm(draftForm, req.body);
  const draft = await attempt(form, (values) => changeDraft(req.actor, req.params.id, values));
  if (!draft) return show(req, res, form);

  flash(req, t("The draft is changed. Nothing has been sent yet."));
  return res.redirect(303, `/admin/users/${draft.id}/account`);
});
