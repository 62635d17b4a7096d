import { type Request, type Response, Router } from "express";
import { allow } from "../access/guard.ts";
import { scopeSections } from "../api-clients/forms.ts";
import { assertLives, assertMaker, type Client, clientFor } from "../api-clients/queries.ts";
import { config } from "../config.ts";
import { confirmed } from "../confirmations/confirmed.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { createToken } from "./create.ts";
import { endToken } from "./end.ts";
import { lives, tokenForm } from "./forms.ts";
import { tokenFor } from "./queries.ts";

/** Refresh tokens of a client, at /admin/api-clients. */
export const apiTokens = Router();

apiTokens.get("/:id/tokens/new", allow("api_clients.manage"), confirmed(), async (req, res) => {
  const client = await ownClient(req, req.params.id);
  return newPage(req, res, client, blankForm({ label: "", days: "90", scopes: client.scopes }));
});

apiTokens.post("/:id/tokens", allow("api_clients.manage"), confirmed(), async (req, res) => {
  const form = readForm(tokenForm, req.body);
  const made = await attempt(form, (values) => createToken(req.actor, req.params.id, values));
  if (!made) return newPage(req, res.status(422), await ownClient(req, req.params.id), form);
  const title = t("A refresh token of “{client}”", { client: made.client.name });
  return page(res, "api-tokens/shown", { title, ...made, baseUrl: config.BASE_URL });
});

apiTokens.get("/tokens/:refreshId/revocation", allow("api_clients.manage"), async (req, res) => {
  const found = await tokenFor(req.actor.accountId, req.params.refreshId);
  const title = t("Revoke “{token}”?", { token: found.token.label || `…${found.token.hint}` });
  return page(res, "api-tokens/revocation", { title, ...found });
});

apiTokens.post("/tokens/:refreshId/revocation", allow("api_clients.manage"), async (req, res) => {
  const { token, client } = await endToken(req.actor, req.params.refreshId);
  flash(req, t("“{token}” is revoked.", { token: token.label || `…${token.hint}` }));
  res.redirect(303, `/admin/api-clients/${client.id}`);
});

async function ownClient(req: Pick<Request, "actor">, id: string): Promise<Client> {
  const { client } = await clientFor(req.actor.accountId, id);
  assertLives(client);
  assertMaker(req.actor, client);
  return client;
}

const newPage = (req: Pick<Request, "actor">, res: Response, client: Client, form: Form<unknown>) =>
  page(res, "api-tokens/new", {
    title: t("New refresh token"),
    client,
    form,
    days: lives.map((days) => [days, t("{days, plural, one {# day} other {# days}}", { days: Number(days) })]),
    sections: scopeSections(req.actor, form.typed.scopes, client.scopes),
  });
