import { Router } from "express";
import { allow } from "../access/guard.ts";
import { flash } from "../http/flash.ts";
import { t } from "../i18n/t.ts";
import { enableWebhook } from "./enable.ts";
import { pauseWebhook } from "./pause.ts";

/** Mounted at /admin/webhooks. */
export const webhookStates = Router();

webhookStates.post("/:id/pause", allow("webhooks.edit"), async (req, res) => {
  const webhook = await pauseWebhook(req.actor, req.params.id);
  flash(req, t("The webhook is paused. What happens from now on is not sent."));
  res.redirect(303, `/admin/webhooks/${webhook.id}`);
});

webhookStates.post("/:id/enabling", allow("webhooks.edit"), async (req, res) => {
  const webhook = await enableWebhook(req.actor, req.params.id);
  flash(req, t("The webhook is switched on. What waited for it is sent now."));
  res.redirect(303, `/admin/webhooks/${webhook.id}`);
});
