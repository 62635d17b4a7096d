import { type Response, Router } from "express";
import { allow } from "../access/guard.ts";
import type { ConnectorKind } from "../db/connectors.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { addConnector } from "./add.ts";
import { deleteConnector } from "./delete.ts";
import { editConnector } from "./edit.ts";
import { deletionForm, editConnectorForm, newConnectorForm, readConnectorQuery, readKind } from "./forms.ts";
import { kindChoices, kindWords, providerOf, redirectUrl, startOf, tenantIn } from "./kinds.ts";
import { type Connector, connectorFor, countConnectors, listConnectors, mailboxesOf, placeOf } from "./queries.ts";

/** Mounted at /admin/connectors. */
export const connectors = Router();

connectors.get("/", allow("connectors.view"), async (req, res) => {
  const { accountId } = req.actor;
  const query = readConnectorQuery(req.query);
  const found = await listConnectors(accountId, query, await placeOf(accountId, req.query.place));
  const all = await countConnectors(accountId);
  return page(res, "connectors/index", { title: t("Connectors"), query, all, kindWords, ...found });
});

connectors.get("/new", allow("connectors.add"), (req, res) => {
  const kind = readKind(req.query.kind);
  if (kind) return newPage(res, kind, blankForm(startOf(kind)));
  return page(res, "connectors/kinds", { title: t("Add a connector"), kinds: kindChoices() });
});

connectors.post("/", allow("connectors.add"), async (req, res) => {
  const form = readForm(newConnectorForm, req.body);
  const connector = await attempt(form, (values) => addConnector(req.actor, values));
  if (!connector) return newPage(res.status(422), readKind(form.typed.kind) ?? "generic", form);
  flash(req, t("“{name}” was added. Enter its redirect URL at the provider next.", { name: connector.name }));
  res.redirect(303, `/admin/connectors/${connector.id}`);
});

connectors.get("/:connectorId", allow("connectors.view"), async (req, res) => {
  const connector = await connectorFor(req.actor.accountId, req.params.connectorId);
  const { name: title } = connector;
  const users = await mailboxesOf(connector);
  return page(res, "connectors/connector", { title, connector, redirectUrl, kindWords, tenantIn, ...users });
});

connectors.get("/:connectorId/edit", allow("connectors.edit"), async (req, res) => {
  const connector = await connectorFor(req.actor.accountId, req.params.connectorId);
  return editPage(res, connector, blankForm(typedOf(connector)));
});

connectors.post("/:connectorId", allow("connectors.edit"), async (req, res) => {
  const form = readForm(editConnectorForm, req.body);
  const connector = await attempt(form, (values) => editConnector(req.actor, req.params.connectorId, values));
  if (!connector) {
    const now = await connectorFor(req.actor.accountId, req.params.connectorId);
    return editPage(res.status(form.status ?? 422), now, form);
  }
  flash(req, t("“{name}” was saved.", { name: connector.name }));
  res.redirect(303, `/admin/connectors/${connector.id}`);
});

connectors.get("/:connectorId/deletion", allow("connectors.delete"), async (req, res) => {
  const connector = await connectorFor(req.actor.accountId, req.params.connectorId);
  return deletionPage(res, connector, blankForm({ version: String(connector.version) }));
});

connectors.post("/:connectorId/deletion", allow("connectors.delete"), async (req, res) => {
  const form = readForm(deletionForm, req.body);
  const done = await attempt(form, (values) => deleteConnector(req.actor, req.params.connectorId, values));
  if (!done) {
    const now = await connectorFor(req.actor.accountId, req.params.connectorId);
    return deletionPage(res.status(form.status ?? 422), now, form);
  }
  flash(req, t("“{name}” was deleted.", { name: done.connector.name }));
  res.redirect(303, "/admin/connectors");
});

/** A connector as its form shows it: of addresses that the issuer gave, only the issuer; never its secret. */
const typedOf = (connector: Connector): Record<string, string> => ({
  name: connector.name,
  clientId: connector.clientId,
  tenant: tenantIn(connector.authorizeUrl),
  scopes: connector.scopes.join(" "),
  issuer: connector.issuer ?? "",
  authorizeUrl: connector.issuer ? "" : connector.authorizeUrl,
  tokenUrl: connector.issuer ? "" : connector.tokenUrl,
  imapHost: connector.imapHost,
  imapPort: String(connector.imapPort),
  imapSecurity: connector.imapSecurity,
  version: String(connector.version),
});

const newPage = (res: Response, kind: ConnectorKind, form: Form<unknown>) => {
  const title = kind === "generic" ? t("Add a connector") : t("Add a connector for {kind}", { kind: kindWords(kind) });
  return page(res, "connectors/new", { title, kind, form, redirectUrl, provider: providerOf(kind, "") });
};

const editPage = async (res: Response, connector: Connector, form: Form<unknown>) =>
  page(res, "connectors/edit", {
    title: t("Edit {name}", { name: connector.name }),
    ...{ connector, form, redirectUrl, kind: connector.kind },
    ...(await mailboxesOf(connector, 1)),
  });

const deletionPage = async (res: Response, connector: Connector, form: Form<unknown>) =>
  page(res, "connectors/deletion", {
    title: t("Delete {name}?", { name: connector.name }),
    ...{ connector, form },
    ...(await mailboxesOf(connector)),
  });
