import { Router } from "express";
import { allow } from "../access/guard.ts";
import { flash } from "../http/flash.ts";
import { t } from "../i18n/t.ts";
import { orderMeasurement } from "./order.ts";

/** Mounted at /admin/mailboxes. */
export const storage = Router();

storage.post("/:mailboxId/measurement", allow("mailboxes.edit", "mailbox.manage"), async (req, res) => {
  const mailbox = await orderMeasurement(req.actor, req.params.mailboxId);
  flash(req, t("“{name}” is being measured.", { name: mailbox.name }));
  res.redirect(303, `/admin/mailboxes/${mailbox.id}`);
});
