import { type Request, type Response, Router } from "express";
import { allow } from "../access/guard.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { deliveryOf } from "../mailbox-aliases/queries.ts";
import { addForward } from "./add.ts";
import { changeForward } from "./change.ts";
import { endForward } from "./end.ts";
import { forwardChangeForm, forwardForm } from "./forms.ts";
import { deliveryPage } from "./page.ts";
import { findForward } from "./queries.ts";

/** Where else the mail of one mailbox goes. Mounted at /admin/mailboxes. */
export const mailboxForwards = Router();

mailboxForwards.get("/:mailboxId/delivery", allow("mailboxes.view", "mailboxes.edit", "mailbox.manage"), (req, res) =>
  deliveryPage(req, res, req.params.mailboxId),
);

mailboxForwards.post("/:mailboxId/forwards", allow("mailbox.manage", "mailboxes.edit"), async (req, res) => {
  const form = readForm(forwardForm, req.body);
  const made = await attempt(form, (values) => addForward(req.actor, req.params.mailboxId, values));
  if (!made) return deliveryPage(req, res.status(422), req.params.mailboxId, { forward: form });
  flash(req, t("Mail is forwarded to {address}.", { address: made.forward.address }));
  res.redirect(303, `/admin/mailboxes/${made.mailbox.id}/delivery`);
});

const one = "/:mailboxId/forwards/:forwardId";

mailboxForwards.get(one, allow("mailbox.manage", "mailboxes.edit"), (req, res) => forwardPage(req, res));

mailboxForwards.post(one, allow("mailbox.manage", "mailboxes.edit"), async (req, res) => {
  const form = readForm(forwardChangeForm, req.body);
  const { mailboxId, forwardId } = req.params;
  const saved = await attempt(form, (values) => changeForward(req.actor, mailboxId, forwardId, values));
  if (!saved) return forwardPage(req, res.status(form.status ?? 422), form);
  flash(req, t("The forwarding to {address} is saved.", { address: saved.forward.address }));
  res.redirect(303, `/admin/mailboxes/${saved.mailbox.id}/delivery`);
});

mailboxForwards.post(`${one}/ending`, allow("mailbox.manage", "mailboxes.edit"), async (req, res) => {
  const { mailbox, forward } = await endForward(req.actor, req.params.mailboxId, req.params.forwardId);
  flash(req, t("Nothing more is forwarded to {address}.", { address: forward.address }));
  res.redirect(303, `/admin/mailboxes/${mailbox.id}/delivery`);
});

async function forwardPage(
  req: Pick<Request<{ mailboxId: string; forwardId: string }>, "actor" | "params">,
  res: Response,
  refused?: Form<unknown>,
) {
  const { mailbox } = await deliveryOf(req.actor, req.params.mailboxId);
  const { forward, from, until } = await findForward(req.actor, mailbox, req.params.forwardId);
  return page(res, "mailbox-delivery/forward", {
    title: t("Forwarding to {address}", { address: forward.address }),
    mailbox,
    forward,
    form: refused ?? blankForm({ keepCopy: forward.keepCopy ? "on" : "", from, until }),
  });
}
