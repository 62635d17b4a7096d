import { type Request, type Response, Router } from "express";
import { allow } from "../access/guard.ts";
import { config } from "../config.ts";
import { confirmed } from "../confirmations/confirmed.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { createPassword } from "./create.ts";
import { passwordForm } from "./forms.ts";
import { listPasswords, nativeMailboxOf } from "./queries.ts";
import { revokePassword } from "./revoke.ts";
import { passwordRights } from "./rights.ts";

/** Passwords for mail programs, of one mailbox. Mounted at /admin/mailboxes. */
export const mailboxPasswords = Router();

mailboxPasswords.get("/:mailboxId/passwords", allow("mailbox.manage", "mailboxes.edit", "folders.manage"), (req, res) =>
  show(req, res, req.params.mailboxId, blankForm({ label: "", whose: "" })),
);

mailboxPasswords.post(
  "/:mailboxId/passwords",
  allow("mailbox.manage", "folders.manage"),
  confirmed(),
  async (req, res) => {
    const form = readForm(passwordForm, req.body);
    const made = await attempt(form, (values) => createPassword(req.actor, req.params.mailboxId, values));
    if (!made) return show(req, res.status(form.status ?? 422), req.params.mailboxId, form);
    // Shown on the page that answers, and never again: no redirect.
    return page(res, "mailbox-passwords/made", {
      title: t("Your new password"),
      ...made,
      host: config.MAIL_SERVER_HOST,
    });
  },
);

mailboxPasswords.post(
  "/:mailboxId/passwords/:passwordId/revocation",
  allow("mailbox.manage", "mailboxes.edit", "folders.manage"),
  async (req, res) => {
    const { mailbox, password } = await revokePassword(req.actor, req.params.mailboxId, req.params.passwordId);
    flash(req, t("“{label}” is revoked. Nobody can sign in with it any more.", { label: password.label }));
    res.redirect(303, `/admin/mailboxes/${mailbox.id}/passwords`);
  },
);

async function show({ actor }: Pick<Request, "actor">, res: Response, mailboxId: string, form: Form<unknown>) {
  const mailbox = await nativeMailboxOf(actor, mailboxId);
  const rights = passwordRights(actor, mailbox);
  form.typed.whose ||= rights.choices[0] ?? "";
  return page(res, "mailbox-passwords/index", {
    title: mailbox.name,
    mailbox,
    passwords: await listPasswords(actor, mailbox),
    rights,
    form,
    host: config.MAIL_SERVER_HOST,
  });
}
