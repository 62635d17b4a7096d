import { type Request, type Response, Router } from "express";
import { allow } from "../access/guard.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { nothingForm, removalForm } from "./forms.ts";
import { removalOf, restoreDays } from "./queries.ts";
import { removeMailbox } from "./remove.ts";
import { restoreDeleted } from "./restore.ts";

/** Deleting a mailbox, and taking that back. Mounted at /admin/mailboxes. */
export const mailboxRemovals = Router();

mailboxRemovals.get("/:mailboxId/removal", allow("mailboxes.delete"), (req, res) =>
  show(req, res, req.params.mailboxId, blankForm({ name: "", access: "keep", target: "" })),
);

mailboxRemovals.post("/:mailboxId/removal", allow("mailboxes.delete"), async (req, res) => {
  const form = readForm(removalForm, req.body);
  const mailbox = await attempt(form, (values) => removeMailbox(req.actor, req.params.mailboxId, values));
  if (!mailbox) return show(req, res.status(form.status ?? 422), req.params.mailboxId, form);
  flash(req, t("“{name}” is deleted. It can be restored for {days} days.", { name: mailbox.name, days: restoreDays }));
  res.redirect(303, "/admin/mailboxes?show=deleted");
});

mailboxRemovals.post("/:mailboxId/removal/restoration", allow("mailboxes.delete"), async (req, res) => {
  const form = readForm(nothingForm, req.body);
  const mailbox = await attempt(form, () => restoreDeleted(req.actor, req.params.mailboxId));
  if (!mailbox) return show(req, res.status(form.status ?? 409), req.params.mailboxId, form);
  flash(req, t("“{name}” is restored. Whoever had access to it has it again.", { name: mailbox.name }));
  res.redirect(303, `/admin/mailboxes/${mailbox.id}`);
});

/** The one page of a deletion: before it what it means, afterwards until when it can be taken back. */
async function show({ actor }: Pick<Request, "actor">, res: Response, mailboxId: string, form: Form<unknown>) {
  const removal = await removalOf(actor, mailboxId);
  const { name } = removal.mailbox;
  return page(res, removal.mailbox.deletedAt ? "mailbox-removals/deleted" : "mailbox-removals/removal", {
    title: removal.mailbox.deletedAt ? t("“{name}” is deleted", { name }) : t("Delete “{name}”?", { name }),
    restoreDays,
    form,
    ...removal,
  });
}
