import { Router } from "express";
import { allow } from "../access/guard.ts";
import { flash } from "../http/flash.ts";
import { attempt, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { addressForm, joinedAddress } from "../mail-addresses/form.ts";
import { deliveryPage } from "../mailbox-forwards/page.ts";
import { addAlias } from "./add.ts";
import { deliveryOf, findAlias } from "./queries.ts";
import { removeAlias } from "./remove.ts";

/** More addresses of one mailbox. Mounted at /admin/mailboxes; the page is the one of its delivery. */
export const mailboxAliases = Router();

mailboxAliases.post("/:mailboxId/aliases", allow("mailbox.manage", "mailboxes.edit"), async (req, res) => {
  const form = readForm(addressForm, req.body);
  const made = await attempt(form, (values) =>
    addAlias(req.actor, req.params.mailboxId, { address: joinedAddress(values)! }),
  );
  if (!made) return deliveryPage(req, res.status(422), req.params.mailboxId, { alias: form });
  flash(req, t("Mail to {address} comes into this mailbox now.", { address: made.alias.address }));
  res.redirect(303, `/admin/mailboxes/${made.mailbox.id}/delivery`);
});

const removal = "/:mailboxId/aliases/:aliasId/removal";

mailboxAliases.get(removal, allow("mailbox.manage", "mailboxes.edit"), async (req, res) => {
  const { mailbox } = await deliveryOf(req.actor, req.params.mailboxId);
  const alias = await findAlias(mailbox, req.params.aliasId);
  return page(res, "mailbox-delivery/removal", {
    title: t("Remove {address}?", { address: alias.address }),
    mailbox,
    alias,
  });
});

mailboxAliases.post(removal, allow("mailbox.manage", "mailboxes.edit"), async (req, res) => {
  const { mailbox, alias } = await removeAlias(req.actor, req.params.mailboxId, req.params.aliasId);
  flash(req, t("{address} is removed.", { address: alias.address }));
  res.redirect(303, `/admin/mailboxes/${mailbox.id}/delivery`);
});
