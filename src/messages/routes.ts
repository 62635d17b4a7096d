import { type Request, type Response, Router } from "express";
import { allow } from "../access/guard.ts";
import { fileName } from "../http/attachment.ts";
import { Conflict } from "../http/errors.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import type { Mailbox } from "../mailboxes/queries.ts";
import { sendFrame } from "../message-view/frame.ts";
import { bytesOf, mayRun, type Part } from "../message-view/parts.ts";
import { viewOf } from "../message-view/ticket.ts";
import { sizeWords } from "../reports/words.ts";
import { sendAttachment } from "./download.ts";
import { folderIn, linksOf, partOr404, readListQuery, uidOr404 } from "./forms.ts";
import { contentFor, openFolder, openMessage } from "./open.ts";
import { reached, readableMailbox } from "./reach.ts";

/** The folders and messages of one mailbox, read only, at /admin/mailboxes. */
export const messages = Router();

messages.get("/:mailboxId/messages", allow("messages.read"), async (req, res) => {
  const mailbox = await readableMailbox(req.actor, req.params.mailboxId);
  const query = readListQuery(req.query);
  const answer = await reached(openFolder(req.actor, mailbox, query));
  const links = linksOf(mailbox.id);
  if (!answer.found) return unreachable(res, mailbox, answer.failure);
  const { folders, newer, older, lines } = answer.found;
  return page(res, "messages/index", {
    title: mailbox.name,
    ...{ mailbox, query, folders, lines, links },
    here: folders.find(({ path }) => path === query.folder)?.name ?? query.folder,
    newerLink: newer && links.list({ ...query, before: undefined, after: newer }),
    olderLink: older && links.list({ ...query, after: undefined, before: older }),
  });
});

messages.get("/:mailboxId/messages/:uid", allow("messages.read"), (req, res) => messagePage(req, res, false));

messages.post("/:mailboxId/messages/:uid/remote-content", allow("messages.read"), (req, res) =>
  messagePage(req, res, true),
);

messages.get("/:mailboxId/messages/:uid/body", allow("messages.read"), async (req, res) => {
  const mailbox = await readableMailbox(req.actor, req.params.mailboxId);
  const at = { mailboxId: mailbox.id, folder: folderIn(req.query), uid: uidOr404(req.params.uid) };
  const view = viewOf(req.actor, at, req.query.ticket);
  if (!view) throw new Conflict(t("What a message says is shown on its page only. Open the message again."));
  const answer = await reached(contentFor(req.actor, mailbox, view));
  if (!answer.found) throw new Conflict(answer.failure);
  return sendFrame(res, answer.found);
});

messages.get("/:mailboxId/messages/:uid/attachments/:part", allow("messages.read"), async (req, res) => {
  const mailbox = await readableMailbox(req.actor, req.params.mailboxId);
  const wanted = { folder: folderIn(req.query), uid: uidOr404(req.params.uid), part: partOr404(req.params.part) };
  const answer = await reached(sendAttachment(req.actor, mailbox, wanted, res));
  if ("failure" in answer) throw new Conflict(answer.failure);
});

async function messagePage(req: Request<{ mailboxId: string; uid: string }>, res: Response, remote: boolean) {
  const mailbox = await readableMailbox(req.actor, req.params.mailboxId);
  const at = { folder: folderIn(req.query), uid: uidOr404(req.params.uid) };
  const answer = await reached(openMessage(req.actor, mailbox, at, remote));
  if (!answer.found) return unreachable(res.status(409), mailbox, answer.failure);
  const { message, asks, ticket } = answer.found;
  const links = linksOf(mailbox.id);
  return page(res, "messages/message", {
    title: message.subject || t("(no subject)"),
    ...{ mailbox, message, remote, links, asks: asks && !remote, folder: at.folder },
    back: links.list({ folder: at.folder, q: readListQuery(req.query).q }),
    body: links.body(at.folder, at.uid, ticket),
    files: message.parts.attachments.map((part) => fileOf(part, links.attachment(at.folder, at.uid, part.number))),
    size: sizeWords(message.bytes),
  });
}

/** Under the name that it is saved by: one whose letters change direction would look like another kind of file. */
const fileOf = (part: Part, href: string) => ({
  name: part.name ? fileName(part.name) : t("attachment"),
  type: part.type,
  size: sizeWords(bytesOf(part)),
  risky: mayRun(part),
  href,
});

/** The mail server cannot be asked: why, and what now. */
const unreachable = (res: Response, mailbox: Mailbox, failure: string) =>
  page(res, "messages/unreachable", { title: mailbox.name, mailbox, failure });
