import type { FetchMessageObject, ImapFlow, MessageAddressObject } from "imapflow";
import { NotFound } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { asksForMore } from "../message-view/content.ts";
import { type Parts, partsOf } from "../message-view/parts.ts";
import { tidy } from "./forms.ts";
import { dateOf } from "./list.ts";

/** A message but for its content. */
export interface Message {
  uid: number;
  subject: string;
  messageId: string;
  from: Mailer[];
  to: Mailer[];
  cc: Mailer[];
  replyTo: Mailer[];
  at: Date | undefined;
  bytes: number;
  /** All of its headers in their order, decoded; the first 64 KB of them. */
  headers: [name: string, value: string][];
  parts: Parts;
}

interface Mailer {
  name: string;
  address: string;
}

const headerBytes = 65_536;

/** One message of the open folder, without its content and without marking it as read. Not there: 404. */
export async function messageAt(client: ImapFlow, uid: number): Promise<Message> {
  const wanted = { uid: true, envelope: true, bodyStructure: true, internalDate: true, size: true } as const;
  const section = { key: "header", start: 0, maxLength: headerBytes };
  const found = await client.fetchOne(String(uid), { ...wanted, bodyParts: [section] }, { uid: true });
  if (!found || found.uid !== uid) throw new NotFound(t("This message is not in the folder, or not any more."));
  return { ...aboutOf(found), headers: await headersIn(found.headers), parts: partsOf(found.bodyStructure) };
}

/** The same, with whether its text asks for anything from other servers. */
export async function messageWithQuestion(client: ImapFlow, uid: number) {
  const message = await messageAt(client, uid);
  return { message, asks: await asksForMore(client, uid, message.parts) };
}

function aboutOf({ uid, envelope, internalDate, size }: FetchMessageObject) {
  return {
    uid,
    subject: tidy(envelope?.subject, 1000),
    messageId: tidy(envelope?.messageId, 300),
    from: mailersOf(envelope?.from),
    to: mailersOf(envelope?.to),
    cc: mailersOf(envelope?.cc),
    replyTo: mailersOf(envelope?.replyTo),
    at: dateOf(envelope?.date) ?? dateOf(internalDate),
    bytes: size ?? 0,
  };
}

const mailersOf = (all: MessageAddressObject[] = []): Mailer[] =>
  all.slice(0, 100).map(({ name, address }) => ({ name: tidy(name, 300), address: tidy(address, 320) }));

async function headersIn(bytes: Buffer | undefined): Promise<[string, string][]> {
  const { decodeWords } = await import("postal-mime");
  // A server may send more than it was asked for.
  const text = Buffer.isBuffer(bytes) ? bytes.subarray(0, headerBytes).toString("latin1") : "";
  const lines = text.replaceAll(/\r?\n[ \t]+/g, " ").split(/\r?\n/);
  return lines.slice(0, 300).flatMap((line): [string, string][] => {
    const at = line.indexOf(":");
    if (at < 1) return [];
    // Headers that were written in UTF-8 without saying so.
    const value = Buffer.from(line.slice(at + 1).trim(), "latin1").toString("utf8");
    return [[line.slice(0, at).trim().slice(0, 100), decodeWords(value).slice(0, 4000)]];
  });
}
