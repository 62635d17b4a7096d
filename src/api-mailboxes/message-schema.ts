import { z } from "zod";
import { instantOrNull, time } from "../api/values.ts";
import { fileName } from "../http/attachment.ts";
import type { Texts } from "../message-view/content.ts";
import { bytesOf, mayRun, type Part } from "../message-view/parts.ts";
import type { Folder } from "../messages/folders.ts";
import type { Line } from "../messages/list.ts";
import type { Message } from "../messages/message.ts";

export const folderSchema = z
  .object({
    path: z.string().meta({ description: "What `folder` takes.", example: "INBOX" }),
    name: z.string().meta({ example: "Inbox" }),
    unread: z.int().meta({ description: "Where the mail server says so at once; else 0." }),
  })
  .meta({ id: "Folder" });

export const folderAnswer = ({ path, name, unread }: Folder): z.input<typeof folderSchema> => ({ path, name, unread });

const uid = () => z.int().meta({ description: "Its number in the folder.", example: 17 });

export const lineSchema = z
  .object({
    uid: uid(),
    from: z.string(),
    subject: z.string(),
    at: time("When it came.").nullable(),
    unread: z.boolean().meta({ description: "Reading it here does not change that." }),
    attachments: z.boolean(),
  })
  .meta({ id: "MessageLine", description: "A message as a line of its folder." });

/** A line of a folder as it is answered. */
export const lineAnswer = ({ uid, from, subject, at, unread, attachments }: Line): z.input<typeof lineSchema> => ({
  ...{ uid, from, subject, unread, attachments },
  at: instantOrNull(at ?? null),
});

const people = () => z.array(z.object({ name: z.string(), address: z.string() }));

export const messageSchema = z
  .object({
    ...{ uid: uid(), folder: z.string(), messageId: z.string(), subject: z.string() },
    ...{ from: people(), replyTo: people(), to: people(), cc: people() },
    at: time("When it was written, as it says.").nullable(),
    bytes: z.int(),
    headers: z
      .array(z.object({ name: z.string(), value: z.string() }))
      .meta({ description: "In their order, decoded; at most 300, of the first 64 kB." }),
    text: z.string().nullable().meta({ description: "As it was written; null: it has none." }),
    html: z.string().nullable().meta({
      description:
        "Cleaned as for the console: nothing in it runs or is loaded from elsewhere, and pictures are left out.",
    }),
    cut: z.boolean().meta({ description: "A text is longer than what is answered, 200,000 bytes of each." }),
    attachments: z.array(
      z.object({
        part: z.string().meta({ description: "Its number in the message.", example: "2" }),
        name: z.string().meta({ description: "Under which it would be saved." }),
        type: z.string().meta({ description: "As its sender says." }),
        bytes: z.int().meta({ description: "About so many." }),
        mayRun: z.boolean().meta({ description: "Whether it may run a program when it is opened." }),
      }),
    ),
  })
  .meta({ id: "Message", description: "What a message says. Its attachments are named, and saved in the console." });

const fileOf = (part: Part) => ({
  ...{ part: part.number, name: part.name ? fileName(part.name) : "", type: part.type },
  ...{ bytes: bytesOf(part), mayRun: mayRun(part) },
});

/** A message as it is answered. */
export const messageAnswer = (folder: string, message: Message, texts: Texts): z.input<typeof messageSchema> => ({
  ...{ uid: message.uid, folder, messageId: message.messageId, subject: message.subject },
  ...{ from: message.from, replyTo: message.replyTo, to: message.to, cc: message.cc },
  ...{ at: instantOrNull(message.at ?? null), bytes: message.bytes },
  headers: message.headers.map(([name, value]) => ({ name, value })),
  ...{ text: texts.plain, html: texts.html, cut: texts.cut },
  attachments: message.parts.attachments.map(fileOf),
});
