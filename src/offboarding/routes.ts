import { type Request, type Response, Router } from "express";
import { allow } from "../access/guard.ts";
import { confirmed } from "../confirmations/confirmed.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { formatDateTime } from "../i18n/format.ts";
import { t } from "../i18n/t.ts";
import { memberFor } from "../members/queries.ts";
import { choicesForm, confirmedForm } from "./forms.ts";
import { foresee, offboardConfirmed } from "./offboard.ts";
import { openForm } from "./page.ts";
import { readWish } from "./wish.ts";

/** Letting somebody go with all that hangs on them: choose, look at what will happen, confirm. Mounted at /admin/users. */
export const offboarding = Router();

type Asked = Request<{ id: string }>;

/** The form; a field that was refused stands beside its message. */
async function showForm(req: Asked, res: Response, form?: Form<unknown>) {
  const opened = await openForm(req.actor, req.params.id, form);
  // Another plan than the one that was read: what is saved next is on top of that.
  const version = form?.errors.version ? String(opened.planned?.version ?? "") : opened.typed.version;
  const typed = { ...opened.typed, version: version ?? "" };
  const shown = { ...(form ?? blankForm()), typed };
  return page(res, "offboarding/form", { title: t("Offboard {name}", { name: opened.name }), ...opened, form: shown });
}

/** What will happen, and the field that confirms it. */
async function showPreview(req: Asked, res: Response, form: Form<unknown>, dueAt: Date | null, problem: string) {
  const opened = await openForm(req.actor, req.params.id, form);
  const title = t("Offboard {name}", { name: opened.name });
  return page(res, "offboarding/preview", { title, ...opened, form, dueAt, problem });
}

offboarding.get("/:id/offboarding", allow("users.delete"), confirmed(), (req, res) => showForm(req, res));

/** A look ahead: nothing is changed. It is posted, because hundreds of choices do not fit into an address. */
offboarding.post("/:id/offboarding/preview", allow("users.delete"), async (req, res) => {
  const form = readForm(choicesForm, req.body);
  if (form.ok && form.values.step !== "") return showForm(req, res, form);
  const wish = await attempt(form, (typed) => readWish(req.actor, typed));
  const problem = wish && (await attempt(form, () => foresee(req.actor, req.params.id, wish)));
  if (!wish || problem === undefined) return showForm(req, res.status(form.status ?? 422), form);
  return showPreview(req, res, form, wish.dueAt, problem);
});

/** Where somebody comes back to who was asked who they are, or who loads the page anew. */
offboarding.get("/:id/offboarding/preview", allow("users.delete"), async (req, res) => {
  const member = await memberFor(req.actor.accountId, req.params.id);
  res.redirect(303, `/admin/users/${member.id}/offboarding`);
});

offboarding.post("/:id/offboarding", allow("users.delete"), confirmed(), async (req, res) => {
  const form = readForm(confirmedForm, req.body);
  const row = await attempt(form, (typed) => offboardConfirmed(req.actor, req.params.id, typed));
  if (!row) {
    const { confirmation, ...others } = form.errors;
    res.status(form.status ?? 422);
    if (!confirmation || Object.keys(others).length > 0) return showForm(req, res, form);
    const { dueAt } = await readWish(req.actor, form.values);
    return showPreview(req, res, form, dueAt, "");
  }
  flash(
    req,
    row.status === "done"
      ? t("It is done. Below is the receipt.")
      : t("It is planned for {time}.", { time: formatDateTime(row.dueAt) }),
  );
  res.redirect(303, `/admin/offboardings/${row.id}`);
});
