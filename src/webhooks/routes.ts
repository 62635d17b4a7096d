import { type Request, type Response, Router } from "express";
import { can } from "../access/actor.ts";
import { allow } from "../access/guard.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { newestDeliveries } from "../webhook-deliveries/queries.ts";
import { statusOf } from "../webhook-deliveries/words.ts";
import { addWebhook } from "./add.ts";
import { changeWebhook } from "./change.ts";
import { eventsOf, newWebhookForm, readWebhookQuery, webhookForm } from "./forms.ts";
import { assertMayTell } from "./may-tell.ts";
import { countWebhooks, listWebhooks, shownUrl, urlFor, type Webhook, webhookFor } from "./queries.ts";
import { removeWebhook } from "./remove.ts";
import { toldGroups } from "./told-events.ts";

/** Mounted at /admin/webhooks. */
export const webhooks = Router();

webhooks.get("/", allow("webhooks.view"), async (req, res) => {
  const query = readWebhookQuery(req.query);
  const { rows, older } = await listWebhooks(req.actor.accountId, query);
  return page(res, "webhooks/index", {
    title: t("Webhooks"),
    query,
    counts: await countWebhooks(req.actor.accountId),
    rows: rows.map((webhook) => ({ webhook, url: urlFor(req.actor, webhook) })),
    older,
    mayTell: can(req.actor, "audit.view"),
  });
});

webhooks.get("/new", allow("webhooks.add"), (req, res) => {
  assertMayTell(req.actor);
  return formPage(res, blankForm({ url: "", about: "", scope: "all", events: [] }));
});

webhooks.post("/", allow("webhooks.add"), async (req, res) => {
  const form = readForm(newWebhookForm, req.body);
  const added = await attempt(form, (values) => addWebhook(req.actor, { ...values, events: eventsOf(values) }));
  if (!added) return formPage(res.status(form.status ?? 422), form);
  // Shown by the answer itself and kept nowhere: a page to come back to would have to know it.
  return page(res.status(201), "webhook-secrets/shown", { title: t("Webhook added"), ...added, added: true });
});

webhooks.get("/:id", allow("webhooks.view"), async (req, res) => {
  const webhook = await webhookFor(req.actor.accountId, req.params.id);
  const deliveries = await newestDeliveries(req.actor.accountId, webhook.id);
  return page(res, "webhooks/webhook", {
    title: webhook.about || shownUrl(webhook.url),
    webhook,
    url: urlFor(req.actor, webhook),
    groups: chosenIn(webhook),
    deliveries: deliveries.map((delivery) => ({ delivery, status: statusOf(delivery, webhook) })),
    mayTell: can(req.actor, "audit.view"),
  });
});

webhooks.get("/:id/edit", allow("webhooks.edit"), async (req, res) => {
  assertMayTell(req.actor);
  const webhook = await webhookFor(req.actor.accountId, req.params.id);
  return formPage(res, blankForm(typedOf(webhook)), webhook);
});

webhooks.post("/:id", allow("webhooks.edit"), async (req, res) => {
  const form = readForm(webhookForm, req.body);
  const input = (values: typeof form.values) => ({ ...values, events: eventsOf(values) });
  const webhook = await attempt(form, (values) => changeWebhook(req.actor, req.params.id, input(values)));
  if (!webhook) {
    const now = await webhookFor(req.actor.accountId, req.params.id);
    return formPage(res.status(form.status ?? 422), form, now);
  }
  flash(req, t("The webhook is saved."));
  res.redirect(303, `/admin/webhooks/${webhook.id}`);
});

webhooks.get("/:id/removal", allow("webhooks.delete"), (req, res) => removalPage(req, res));

webhooks.post("/:id/removal", allow("webhooks.delete"), async (req, res) => {
  const webhook = await removeWebhook(req.actor, req.params.id);
  flash(req, t("The webhook to {url} was deleted.", { url: shownUrl(webhook.url) }));
  res.redirect(303, "/admin/webhooks");
});

/** The form for a new webhook, or for one that is there. */
const formPage = (res: Response, form: Form<unknown>, webhook?: Webhook) =>
  page(res, webhook ? "webhooks/edit" : "webhooks/new", {
    title: webhook ? t("Edit webhook") : t("Add a webhook"),
    webhook,
    form,
    groups: toldGroups(),
  });

const typedOf = ({ url, about, events, version }: Webhook) => {
  const scope = events.length === 0 ? "all" : "selected";
  return { url, about, scope, events: [...events], version: String(version) };
};

/** The events that a webhook chose, in words; empty: all. */
const chosenIn = ({ events }: Webhook) =>
  toldGroups()
    .map((group) => ({ ...group, events: group.events.filter(({ name }) => events.includes(name)) }))
    .filter((group) => group.events.length > 0);

async function removalPage(req: Request<{ id: string }>, res: Response) {
  const webhook = await webhookFor(req.actor.accountId, req.params.id);
  return page(res, "webhooks/removal", { title: t("Delete this webhook?"), webhook, url: shownUrl(webhook.url) });
}
