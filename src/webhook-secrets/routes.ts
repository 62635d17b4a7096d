import { Router } from "express";
import { z } from "zod";
import { allow } from "../access/guard.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { type Webhook, webhookFor } from "../webhooks/queries.ts";
import { rotateSecret } from "./rotate.ts";

/** Mounted at /admin/webhooks. */
export const webhookSecrets = Router();

/** For how many hours the old secret signs as well. */
const overlaps = ["0", "24", "168"] as const;
const overlapForm = z.object({ hours: z.enum(overlaps, { error: () => t("Choose how long.") }).transform(Number) });

webhookSecrets.get("/:id/secret", allow("webhooks.edit"), async (req, res) => {
  const webhook = await webhookFor(req.actor.accountId, req.params.id);
  return page(res, "webhook-secrets/renew", renewal(webhook, blankForm({ hours: "24" })));
});

webhookSecrets.post("/:id/secret", allow("webhooks.edit"), async (req, res) => {
  const form = readForm(overlapForm, req.body);
  const renewed = await attempt(form, (values) => rotateSecret(req.actor, req.params.id, values));
  if (!renewed) {
    const webhook = await webhookFor(req.actor.accountId, req.params.id);
    return page(res.status(422), "webhook-secrets/renew", renewal(webhook, form));
  }
  // Shown by the answer itself and kept nowhere: a page to come back to would have to know it.
  return page(res, "webhook-secrets/shown", { title: t("New secret"), ...renewed, added: false });
});

const renewal = (webhook: Webhook, form: Form<unknown>) => ({ title: t("Renew the secret?"), webhook, form });
