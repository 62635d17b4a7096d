import { type Request, type Response, Router } from "express";
import { allow } from "../access/guard.ts";
import { nameOf } from "../access/load-actor.ts";
import { Invalid } from "../http/errors.ts";
import { flash } from "../http/flash.ts";
import { type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { backToList } from "../members/back.ts";
import { actions } from "./actions.ts";
import { mostAtOnce, type Selection, selectionForm } from "./forms.ts";
import { offersFor, selectedMembers } from "./queries.ts";
import { allowedAction, runSelection } from "./run.ts";

/** What is done with several users at once, at /admin/users/bulk. Each action asks for its own right. */
export const selection = Router();

async function ask(req: Request, res: Response, form: Form<Selection>) {
  const action = allowedAction(req.actor, form.values.action);
  const [chosen, offers] = await Promise.all([
    selectedMembers(req.actor.accountId, form.values.members),
    offersFor(req.actor, action, form.values.find),
  ]);
  return page(res, "selection/ask", {
    title: action.words(),
    action,
    question: action.question(chosen.length),
    chosen: chosen.map((member) => ({ ...member, name: nameOf(member) })),
    ...offers,
    back: backToList(req),
    form,
  });
}

/** Whether the page that asks still has to be shown, and what is missing on it. */
function missing({ values, errors }: Form<Selection>): boolean {
  const { asks } = actions[values.action];
  if (!asks) return false;
  if (values.search) return true;
  if (values.confirmed && asks !== "sure" && !values.role) errors.role = t("Choose a role.");
  if (values.confirmed && asks === "mailbox" && !values.mailbox) errors.mailbox = t("Choose a mailbox.");
  return !values.confirmed || Object.keys(errors).length > 0;
}

selection.post("/", allow("users.view"), async (req, res) => {
  const form = readForm(selectionForm, req.body);
  if (form.errors.members) throw new Invalid("members", t("At most {max} users at once.", { max: mostAtOnce }));
  if (!form.ok) throw new Invalid("action", t("Choose what to do with the selected users."));
  allowedAction(req.actor, form.values.action);
  if (form.values.members.length === 0) {
    flash(req, t("Nobody was selected. Tick the boxes in front of the users first."), "failed");
    return res.redirect(303, backToList(req));
  }
  if (missing(form)) return ask(req, Object.keys(form.errors).length > 0 ? res.status(422) : res, form);

  req.session.verdict = { ...(await runSelection(req.actor, form.values)), back: backToList(req) };
  return res.redirect(303, "/admin/users/bulk");
});

selection.get("/", allow("users.view"), (req, res) => {
  const { verdict } = req.session;
  if (verdict?.accountId !== req.actor.accountId) return res.redirect(303, "/admin/users");
  const refused = verdict.lines.filter(({ reason }) => reason);
  return page(res, "selection/verdict", {
    title: actions[verdict.action].words(),
    back: verdict.back,
    refused,
    done: verdict.lines.filter(({ reason, unchanged }) => !reason && !unchanged),
    unchanged: verdict.lines.filter((line) => line.unchanged),
  });
});
