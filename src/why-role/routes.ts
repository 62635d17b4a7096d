import { Router } from "express";
import { allow } from "../access/guard.ts";
import { page } from "../http/render.ts";
import { openEditPage, placeOf } from "../rights/page.ts";
import { readQuestion } from "../why/forms.ts";
import { mailboxChoices } from "../why/queries.ts";
import { questionForm, whyHref } from "../why/show.ts";
import { standingWords } from "../why/words.ts";
import { whyRole } from "./answer.ts";

/** Why, asked about a role that somebody holds (X3): what it gives them, each right with its ways. It only reads. */
export const roleWhy = Router();

roleWhy.get("/:id/why/roles/:roleId", allow("users.view", "invites.send"), async (req, res) => {
  const { actor } = req;
  const { mailbox } = req.query;
  const [edit, place] = await Promise.all([
    openEditPage(actor, req.params.id),
    placeOf(actor, mailbox ? String(mailbox) : undefined),
  ]);
  const { member } = edit;
  const asked = await readQuestion(actor, { mailbox: place.mailboxId ?? "" });
  const [{ standing, ...answer }, choices] = await Promise.all([
    whyRole(actor, edit, req.params.roleId, place),
    mailboxChoices(actor.accountId, member.id),
  ]);
  return page(res, "why-role/member", {
    title: edit.name,
    ...edit,
    tab: "why",
    ...questionForm(asked, "account"),
    choices,
    ...answer,
    barriers: standingWords(standing),
    hrefOf: (permission: string) => whyHref(member.id, { permission, mailbox: place.mailboxId }),
  });
});
