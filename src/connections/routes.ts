import { type Request, type Response, Router } from "express";
import { allow } from "../access/guard.ts";
import { kindWords } from "../connectors/kinds.ts";
import { type Connector, choosable, connectorFor } from "../connectors/queries.ts";
import { flash } from "../http/flash.ts";
import { attempt, blankForm, type Form, readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { connectionOf } from "../imap-mailboxes/queries.ts";
import { completeConnection } from "./complete.ts";
import { answerForm, newConnectionForm, readAddress, readAnswer, reconnectForm } from "./forms.ts";
import { assertBegunIn, keepBegun, openAuthorization } from "./queries.ts";
import { startConnection, startReconnection } from "./start.ts";
import { quotable, refusalWords } from "./words.ts";

/** Mounted at /admin. */
export const connections = Router();

/**
 * Where a provider sends people back to. A GET changes nothing (X6): the page says what is about to be connected, and its
 * button, a form of ours, spends the code. So nobody is made to connect a mailbox by a link.
 */
connections.get(
  "/connectors/callback",
  allow("mailboxes.add", "mailboxes.edit", "mailbox.manage"),
  async (req, res) => {
    const { error, description, ...answer } = readAnswer(req.query);
    assertBegunIn(req.session, answer.state);
    const { authorization, connector } = await openAuthorization(req.actor, answer.state);
    const about = { connector, wanted: authorization.wanted };
    if (error || !answer.code) {
      return failedPage(res.status(422), { ...about, message: refusalWords(error), quote: quotable(description) });
    }
    return page(res, "connections/confirm", {
      title: t("Connect {address}?", { address: authorization.wanted.address }),
      ...about,
      answer,
    });
  },
);

connections.post(
  "/connectors/callback",
  allow("mailboxes.add", "mailboxes.edit", "mailbox.manage"),
  async (req, res) => {
    const form = readForm(answerForm, req.body);
    const state = form.values.state ?? "";
    assertBegunIn(req.session, state);
    const { authorization, connector } = await openAuthorization(req.actor, state);
    const mailbox = await attempt(form, (values) => completeConnection(req.actor, values));
    if (!mailbox) {
      const message = Object.values(form.errors)[0];
      return failedPage(res.status(form.status ?? 422), {
        connector,
        wanted: authorization.wanted,
        message,
        quote: "",
      });
    }
    flash(req, t("{address} is connected. A sign-in over IMAP worked.", { address: mailbox.address }));
    res.redirect(303, `/admin/mailboxes/${mailbox.id}`);
  },
);

connections.get("/connectors/:connectorId/mailboxes/new", allow("mailboxes.add"), async (req, res) =>
  newPage(req, res, req.params.connectorId, blankForm({ name: "", address: readAddress(req.query.address) })),
);

connections.post("/connectors/:connectorId/mailboxes", allow("mailboxes.add"), async (req, res) => {
  const form = readForm(newConnectionForm, req.body);
  const begun = await attempt(form, (values) => startConnection(req.actor, req.params.connectorId, values));
  if (!begun) return newPage(req, res.status(form.status ?? 422), req.params.connectorId, form);
  return onward(req, res, begun);
});

connections.get("/mailboxes/:mailboxId/reconnection", allow("mailboxes.edit", "mailbox.manage"), async (req, res) =>
  againPage(req, res, req.params.mailboxId, blankForm()),
);

connections.post("/mailboxes/:mailboxId/reconnection", allow("mailboxes.edit", "mailbox.manage"), async (req, res) => {
  const form = readForm(reconnectForm, req.body);
  const begun = await attempt(form, (values) => startReconnection(req.actor, req.params.mailboxId, values));
  if (!begun) return againPage(req, res.status(form.status ?? 422), req.params.mailboxId, form);
  return onward(req, res, begun);
});

type Asking = Pick<Request, "actor">;
type Begun = { connector: Connector; url: string; stateHash: string };

/**
 * On to the provider by a header, not by a redirect: our forms may lead nowhere but to ourselves (form-action), and browsers
 * hold redirects to that. The page has the way there as a link, too.
 */
function onward(req: Pick<Request, "session">, res: Response, { connector, url, stateHash }: Begun) {
  keepBegun(req.session, stateHash);
  res.set("Refresh", `0; url=${url}`);
  return page(res, "connections/onward", { title: t("On to {name}", { name: connector.name }), connector, url });
}

async function newPage(req: Asking, res: Response, connectorId: string, form: Form<unknown>) {
  const connector = await connectorFor(req.actor.accountId, connectorId);
  const title = t("Connect a mailbox through {name}", { name: connector.name });
  return page(res, "connections/new", { title, connector, form });
}

async function againPage(req: Asking, res: Response, mailboxId: string, form: Form<unknown>) {
  const { mailbox, source } = await connectionOf(req.actor, mailboxId);
  const choices = await choosable(req.actor.accountId);
  const first = choices.find(({ id }) => id === source?.connectorId) ?? choices[0];
  form.typed.connector ??= first?.id ?? "";
  const title = t("Connect {address} again", { address: mailbox.address });
  return page(res, "connections/again", { title, mailbox, source, choices, kindWords, form });
}

const failedPage = (res: Response, locals: Record<string, unknown>) =>
  page(res, "connections/failed", { title: t("Nothing was connected"), ...locals });
