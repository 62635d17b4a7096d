import { Router } from "express";
import { allow } from "../access/guard.ts";
import { nameOf } from "../access/load-actor.ts";
import { page } from "../http/render.ts";
import { mayEnd } from "../path-endings/may-end.ts";
import { openEditPage } from "../rights/page.ts";
import { mailboxesWith, whyOf } from "./answer.ts";
import { readQuestion } from "./forms.ts";
import { mailboxChoices } from "./queries.ts";
import { questionForm, rightName, showPath, whyHref } from "./show.ts";
import { neverWords, standingWords } from "./words.ts";

/** The tab Why of a user (X3): any permission, any mailbox, any date. It only reads. */
export const why = Router();

why.get("/:id/why", allow("users.view", "invites.send"), async (req, res) => {
  const { actor } = req;
  const [edit, asked] = await Promise.all([openEditPage(actor, req.params.id), readQuestion(actor, req.query)]);
  const { member } = edit;
  const { question, form } = asked;
  const [answer, choices] = await Promise.all([
    question && whyOf(actor.accountId, member.id, question),
    mailboxChoices(actor.accountId, member.id),
  ]);
  const here = whyHref(member.id, form.typed as { permission: string });
  const show = (path: NonNullable<typeof answer>["counting"][number]) => {
    const grant = edit.held.find(({ id }) => id === path.grantId);
    return showPath(actor, path, question!.at, Boolean(grant && mayEnd(actor, member, edit.held, grant)), here);
  };
  const elsewhere = question && !question.mailboxId && !answer?.yes;
  return page(res.status(form.ok ? 200 : 422), "why/member", {
    title: edit.name,
    ...edit,
    tab: "why",
    ...questionForm(asked, "account"),
    choices,
    question,
    right: rightName(form.typed.permission),
    person: nameOf(member),
    yes: answer?.yes,
    barriers: answer ? standingWords(answer.standing) : [],
    never: answer ? neverWords(answer) : "",
    counting: answer?.counting.map(show) ?? [],
    others: answer?.others.map(show) ?? [],
    elsewhere: elsewhere ? await mailboxesWith(actor.accountId, member.id, question) : [],
    hrefAt: (mailbox: string) => whyHref(member.id, { ...(form.typed as { permission: string }), mailbox }),
  });
});
