import { type Response, Router } from "express";
import type { Actor } from "../access/actor.ts";
import { allow } from "../access/guard.ts";
import { blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { choicesFor } from "./choices.ts";
import { listForm, rightsIn } from "./forms.ts";
import { inviteMany, type Verdict } from "./invite-many.ts";
import { mostLines } from "./read-lines.ts";

/** Many at once, at /admin/users/many. */
export const inviteLists = Router();

async function show(actor: Actor, res: Response, form: Form<unknown>, verdicts: Verdict[] = []) {
  const sent = verdicts.filter(({ memberId }) => memberId).length;
  return page(res, "invite-lists/index", {
    title: t("Invite many"),
    form,
    verdicts,
    sent,
    mostLines,
    ...(await choicesFor(actor)),
  });
}

inviteLists.get("/", allow("invites.send"), (req, res) =>
  show(req.actor, res, blankForm({ lines: "", role: "", mailboxes: [], message: "" })),
);

inviteLists.post("/", allow("invites.send"), async (req, res) => {
  const form = readForm(listForm, req.body);
  if (!form.ok) return show(req.actor, res.status(422), form);

  const { lines, message } = form.values;
  const verdicts = await inviteMany(req.actor, { lines, message, rights: rightsIn(form.values) });
  // What did not go stays in the field, to be corrected and sent again.
  form.typed.lines = verdicts.flatMap(({ text, memberId }) => (memberId ? [] : [text])).join("\n");
  const sent = verdicts.some(({ memberId }) => memberId);
  return show(req.actor, sent ? res : res.status(422), form, verdicts);
});
