import { type Request, type Response, Router } from "express";
import { allow } from "../access/guard.ts";
import { choosable } from "../connectors/queries.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import type { Mailbox } from "../mailboxes/queries.ts";
import { choices } from "./choices.ts";
import { connectMailbox } from "./connect.ts";
import { addressForm, connectForm, connectionForm } from "./forms.ts";
import { proposeSettings } from "./providers.ts";
import { connectionOf } from "./queries.ts";
import { reconnectMailbox } from "./reconnect.ts";

/** Mounted at /admin/mailboxes. */
export const imapMailboxes = Router();

imapMailboxes.get("/imap/new", allow("mailboxes.add"), async (req, res) => {
  if (req.query.address === undefined) return addressPage(req, res, blankForm({ address: "" }));
  const asked = readForm(addressForm, { address: String(req.query.address) });
  if (!asked.ok) return addressPage(req, res.status(422), asked);
  const { address } = asked.values;
  const { host, port, security, username } = proposeSettings(address);
  return newPage(req, res, blankForm({ name: "", address, host, port: String(port), security, username }));
});

imapMailboxes.post("/imap", allow("mailboxes.add"), async (req, res) => {
  const form = readForm(connectForm, req.body);
  const mailbox = await attempt(form, (values) => connectMailbox(req.actor, values));
  if (!mailbox) return newPage(req, res.status(form.status ?? 422), form);
  flash(req, t("The mailbox {address} is connected. Nobody has access to it yet.", { address: mailbox.address }));
  res.redirect(303, `/admin/mailboxes/${mailbox.id}`);
});

imapMailboxes.get("/:mailboxId/connection", allow("mailboxes.edit", "mailbox.manage"), async (req, res) => {
  const { mailbox, source } = await connectionOf(req.actor, req.params.mailboxId);
  const way = source ?? { ...proposeSettings(mailbox.address), version: 0 };
  const { host, port, security, username, version } = way;
  return connectionPage(res, mailbox, blankForm({ host, port: `${port}`, security, username, version: `${version}` }));
});

imapMailboxes.post("/:mailboxId/connection", allow("mailboxes.edit", "mailbox.manage"), async (req, res) => {
  const form = readForm(connectionForm, req.body);
  const mailbox = await attempt(form, (values) => reconnectMailbox(req.actor, req.params.mailboxId, values));
  if (!mailbox) {
    const { mailbox: now, source } = await connectionOf(req.actor, req.params.mailboxId);
    return connectionPage(res.status(form.status ?? 422), now, form, source?.version ?? 0);
  }
  flash(req, t("Signing in to “{name}” worked. It is reached like this from now on.", { name: mailbox.name }));
  res.redirect(303, `/admin/mailboxes/${mailbox.id}`);
});

type Asking = Pick<Request, "actor">;

const addressPage = async ({ actor }: Asking, res: Response, form: Form<unknown>) =>
  page(res, "imap-mailboxes/address", {
    title: t("Add IMAP mailbox"),
    form,
    offered: await choosable(actor.accountId),
  });

const newPage = async ({ actor }: Asking, res: Response, form: Form<unknown>) =>
  page(res, "imap-mailboxes/new", {
    title: t("Add IMAP mailbox"),
    form,
    offered: await choosable(actor.accountId),
    ...choices(String(form.typed.address ?? "")),
  });

const connectionPage = (res: Response, mailbox: Mailbox, form: Form<unknown>, version?: number) =>
  page(res, "imap-mailboxes/connection", {
    title: mailbox.name,
    mailbox,
    form,
    version: version ?? Number(form.typed.version),
    ...choices(mailbox.address),
  });
