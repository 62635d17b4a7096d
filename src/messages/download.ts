import { pipeline } from "node:stream/promises";
import type { Response } from "express";
import type { Actor } from "../access/actor.ts";
import { attachment } from "../http/attachment.ts";
import { NotFound } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import type { Mailbox } from "../mailboxes/queries.ts";
import { bytesOf } from "../message-view/parts.ts";
import { tidy } from "./forms.ts";
import { messageAt } from "./message.ts";
import { inFolder } from "./reach.ts";
import { recordView } from "./record.ts";

/** A slow reader keeps a connection to the mail server for so long at most. */
const within = 5 * 60_000;

interface Wanted {
  folder: string;
  uid: number;
  /** The part's number in the message. */
  part: string;
}

/**
 * Sends one attachment as a file that is saved and never shown (T89), as its server hands it out: memory stays the same,
 * however large it is. Written to the log before its first byte leaves (X12). Whoever stops reading is no error.
 */
export async function sendAttachment(actor: Actor, mailbox: Mailbox, wanted: Wanted, res: Response): Promise<void> {
  const { folder, uid } = wanted;
  await inFolder(
    actor,
    mailbox,
    folder,
    async (client, goOn) => {
      const message = await messageAt(client, uid);
      const { text, html, pictures, attachments } = message.parts;
      const all = [...attachments, ...pictures.values(), ...[text, html].filter((part) => part !== undefined)];
      const part = all.find(({ number }) => number === wanted.part);
      if (!part) throw new NotFound(t("This message has no such attachment."));

      const name = part.name || t("attachment");
      await recordView(actor, mailbox, "mailbox.attachment_downloaded", {
        ...{ folder, uid, messageId: message.messageId },
        ...{ file: tidy(name, 200), bytes: bytesOf(part) },
      });
      const { content } = await client.download(String(uid), part.number, { uid: true, decodeText: false });
      // Never by the type that its sender gave it: a browser saves it and guesses nothing.
      res.set(attachment(name, "application/octet-stream"));
      if (!content) {
        res.end();
        return;
      }
      const passed = async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          goOn();
          yield chunk;
        }
      };
      await pipeline(content, passed, res).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
      });
    },
    { within },
  );
}
