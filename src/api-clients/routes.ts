import { type Request, type Response, Router } from "express";
import { can } from "../access/actor.ts";
import { allow } from "../access/guard.ts";
import { permissions } from "../access/permissions.ts";
import { tokensOf } from "../api-tokens/queries.ts";
import { config } from "../config.ts";
import { confirmed } from "../confirmations/confirmed.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { changeClient } from "./change.ts";
import { createClient } from "./create.ts";
import { clientForm, newClientForm, readClientQuery, rotationForm, scopeSections, scopeWords } from "./forms.ts";
import { assertLives, assertMaker, type Client, clientFor, listClients } from "./queries.ts";
import { revokeClient } from "./revoke.ts";
import { endOldSecret, rotateSecret } from "./rotate.ts";

type Asking = Pick<Request, "actor">;

/** Mounted at /admin/api-clients. */
export const apiClients = Router();

apiClients.get("/", allow("api_clients.view"), async (req, res) => {
  const query = readClientQuery(req.query);
  const found = await listClients(req.actor.accountId, query, req.query.after);
  return page(res, "api-clients/index", { title: t("API clients"), query, ...found });
});

apiClients.get("/new", allow("api_clients.manage"), confirmed(), (req, res) =>
  newPage(req, res, blankForm({ name: "", scopes: [] })),
);

apiClients.post("/", allow("api_clients.manage"), confirmed(), async (req, res) => {
  const form = readForm(newClientForm, req.body);
  const made = await attempt(form, (values) => createClient(req.actor, values));
  if (!made) return newPage(req, res.status(422), form);
  return secretPage(res, made.client, made.secret, t("“{client}” is ready", { client: made.client.name }));
});

apiClients.get("/:id", allow("api_clients.view"), async (req, res) => {
  const found = await clientFor(req.actor.accountId, req.params.id);
  const mine = found.client.createdBy === req.actor.userId;
  return page(res, "api-clients/client", {
    title: found.client.name,
    ...found,
    tokens: await tokensOf(found.client),
    sections: scopeWords(found.client.scopes),
    permissions,
    mayChange: mine && !found.client.endedAt && can(req.actor, "api_clients.manage"),
    mayRevoke: !found.client.endedAt && can(req.actor, "api_clients.manage"),
  });
});

apiClients.get("/:id/settings", allow("api_clients.manage"), async (req, res) => {
  const client = await ownClient(req, req.params.id);
  const typed = { name: client.name, scopes: client.scopes, version: String(client.version) };
  return settingsPage(req, res, client, blankForm(typed));
});

apiClients.post("/:id/settings", allow("api_clients.manage"), async (req, res) => {
  const form = readForm(clientForm, req.body);
  const client = await attempt(form, (values) => changeClient(req.actor, req.params.id, values));
  if (!client) return settingsPage(req, res.status(form.status ?? 422), await ownClient(req, req.params.id), form);
  flash(req, t("“{client}” is saved.", { client: client.name }));
  res.redirect(303, `/admin/api-clients/${client.id}`);
});

apiClients.get("/:id/secret", allow("api_clients.manage"), confirmed(), async (req, res) => {
  const client = await ownClient(req, req.params.id);
  return rotationPage(res, client, blankForm({ old: "day", version: String(client.version) }));
});

apiClients.post("/:id/secret", allow("api_clients.manage"), confirmed(), async (req, res) => {
  const form = readForm(rotationForm, req.body);
  const rotated = await attempt(form, (values) => rotateSecret(req.actor, req.params.id, values));
  if (!rotated) return rotationPage(res.status(form.status ?? 422), await ownClient(req, req.params.id), form);
  return secretPage(
    res,
    rotated.client,
    rotated.secret,
    t("The new secret of “{client}”", { client: rotated.client.name }),
  );
});

apiClients.post("/:id/old-secret", allow("api_clients.manage"), async (req, res) => {
  const client = await endOldSecret(req.actor, req.params.id);
  flash(req, t("The old secret has ended. Only the new one works."));
  res.redirect(303, `/admin/api-clients/${client.id}`);
});

apiClients.get("/:id/revocation", allow("api_clients.manage"), async (req, res) => {
  const { client } = await clientFor(req.actor.accountId, req.params.id);
  assertLives(client);
  const title = t("Revoke “{client}”?", { client: client.name });
  return page(res, "api-clients/revocation", { title, client, tokens: await tokensOf(client) });
});

apiClients.post("/:id/revocation", allow("api_clients.manage"), async (req, res) => {
  const client = await revokeClient(req.actor, req.params.id);
  flash(req, t("“{client}” is revoked. Nothing of it works any more.", { client: client.name }));
  res.redirect(303, "/admin/api-clients");
});

/** A client of the visitor's own that can still be changed. */
async function ownClient(req: Asking, id: string): Promise<Client> {
  const { client } = await clientFor(req.actor.accountId, id);
  assertLives(client);
  assertMaker(req.actor, client);
  return client;
}

const newPage = (req: Asking, res: Response, form: Form<unknown>) =>
  page(res, "api-clients/new", {
    title: t("New API client"),
    form,
    sections: scopeSections(req.actor, form.typed.scopes),
  });

const settingsPage = (req: Asking, res: Response, client: Client, form: Form<unknown>) =>
  page(res, "api-clients/settings", {
    title: t("Edit “{client}”", { client: client.name }),
    client,
    form,
    sections: scopeSections(req.actor, form.typed.scopes),
  });

const rotationPage = (res: Response, client: Client, form: Form<unknown>) =>
  page(res, "api-clients/rotation", {
    title: t("A new secret for “{client}”?", { client: client.name }),
    client,
    form,
  });

/** The one page that ever shows a secret: the answer itself, so nothing keeps it. */
const secretPage = (res: Response, client: Client, secret: string, title: string) =>
  page(res, "api-clients/secret", {
    title,
    client,
    secret,
    baseUrl: config.BASE_URL,
    minutes: config.ACCESS_TOKEN_MINUTES,
  });
