import { z } from "zod";
import { endpoint } from "../api/endpoint.ts";
import { byId } from "../api/values.ts";
import { Conflict } from "../http/errors.ts";
import { folderIn, readListQuery, uidOr404 } from "../messages/forms.ts";
import { openFolders, openList, readMessage } from "../messages/open.ts";
import { reached, readableMailbox } from "../messages/reach.ts";
import { folderAnswer, folderSchema, lineAnswer, lineSchema, messageAnswer, messageSchema } from "./message-schema.ts";

const tag = "Messages";

const folder = z.string().max(500).default("INBOX").meta({ description: "A folder’s `path`.", example: "INBOX" });

/** What the mail server was asked for; 409 where it cannot be reached, in words that say why. */
async function found<T>(asking: Promise<T>): Promise<T> {
  const answer = await reached(asking);
  if ("failure" in answer) throw new Conflict(answer.failure);
  return answer.found;
}

/** The folders and messages of one mailbox, read only (M12). Whoever looks stands in its log, which its owner sees (X12). */
export const messages = [
  endpoint({
    method: "GET",
    path: "/mailboxes/:id/folders",
    tag,
    summary: "The folders of a mailbox",
    description: "At most 300. That somebody looked in is written to the log, once an hour for each program.",
    permission: "messages.read",
    params: byId,
    answer: z.object({ data: z.array(folderSchema) }).meta({ id: "Folders" }),
    handle: async (actor, { params }) => {
      const mailbox = await readableMailbox(actor, params.id);
      return { body: { data: (await found(openFolders(actor, mailbox))).map(folderAnswer) } };
    },
  }),
  endpoint({
    method: "GET",
    path: "/mailboxes/:id/messages",
    tag,
    summary: "The messages of a folder",
    description:
      "Newest first; nothing is marked as read. That somebody looked in is written to the log, once an hour for each program.",
    permission: "messages.read",
    params: byId,
    query: z.object({
      folder,
      q: z.string().max(200).default("").meta({ description: "Looked for by the mail server, in headers and texts." }),
    }),
    answer: lineSchema,
    list: true,
    handle: async (actor, { params, query: { limit, cursor, ...asked } }) => {
      const mailbox = await readableMailbox(actor, params.id);
      const query = readListQuery({ ...asked, before: cursor });
      const { lines, older } = await found(openList(actor, mailbox, query, limit));
      return { rows: lines.map(lineAnswer), next: older ? String(older) : undefined };
    },
  }),
  endpoint({
    method: "GET",
    path: "/mailboxes/:id/messages/:uid",
    tag,
    summary: "What a message says",
    description:
      "Headers, texts, and what is attached; it is not marked as read. Each view is written to the log of the mailbox before it is answered; its owner sees it there.",
    permission: "messages.read",
    params: byId.extend({ uid: z.string().regex(/^[1-9]\d{0,9}$/) }),
    query: z.object({ folder }),
    answer: messageSchema,
    handle: async (actor, { params, query }) => {
      const mailbox = await readableMailbox(actor, params.id);
      const at = { folder: folderIn(query), uid: uidOr404(params.uid) };
      const { message, texts } = await found(readMessage(actor, mailbox, at));
      return { body: messageAnswer(at.folder, message, texts) };
    },
  }),
];
