import type { FetchMessageObject, ImapFlow, MessageAddressObject } from "imapflow";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { ImapError } from "../imap/error.ts";
import { partsOf } from "../message-view/parts.ts";
import { isUid, type ListQuery, type Place, tidy } from "./forms.ts";

/** A message as a line of its folder. */
export interface Line {
  uid: number;
  from: string;
  subject: string;
  at: Date | undefined;
  unread: boolean;
  attachments: boolean;
}

/** One page of the open folder, newest first, with the places of the pages beside it. Nothing is marked as read by it. */
export async function messagesIn(client: ImapFlow, query: ListQuery, size = 50) {
  const page = query.q ? await searched(client, query, size) : await all(client, query, size);
  const wanted = { uid: true, envelope: true, flags: true, bodyStructure: true, internalDate: true } as const;
  const found: FetchMessageObject[] = [];
  if (page.range)
    for await (const each of client.fetch(page.range, wanted, { uid: page.uids }))
      if (found.push(each) > size + mostUnasked) throw new ImapError("failed");
  // A server may say more than it was asked, of messages that there are not.
  const lines = found
    .filter(({ uid }) => isUid(uid))
    .map(lineOf)
    .sort((a, b) => b.uid - a.uid)
    .slice(0, size);
  return {
    lines,
    newer: page.newer ? lines[0]?.uid : undefined,
    older: page.older ? lines.at(-1)?.uid : undefined,
  };
}

/** So many rows beyond a page a server may send: it tells of others that changed meanwhile. More is a flood (T73). */
const mostUnasked = 5000;

interface Page {
  range: string;
  uids: boolean;
  newer: boolean;
  older: boolean;
}

/** Messages stand in the folder in the order of their UIDs, so a page of all of them is a range of places. */
async function all(client: ImapFlow, { before, after }: Place, size: number): Promise<Page> {
  const exists = client.mailbox ? client.mailbox.exists : 0;
  const last = after
    ? Math.min(exists, (await upTo(client, after)) + size)
    : before
      ? await upTo(client, before - 1)
      : exists;
  const first = Math.max(1, last - size + 1);
  const range = last > 0 ? `${first}:${last}` : "";
  return { range, uids: false, newer: last < exists, older: first > 1 };
}

/** How many messages have this UID or a smaller one. */
async function upTo(client: ImapFlow, uid: number): Promise<number> {
  const there = uid > 0 && (await client.fetchOne(String(uid), { uid: true }, { uid: true }));
  if (there && there.uid === uid) return there.seq;
  if (uid < 1) return 0;
  const found = await client.search({ uid: `1:${uid}` }, { uid: true, returnOptions: ["COUNT"] });
  return Array.isArray(found) ? found.length : found ? (found.count ?? 0) : 0;
}

/** The server looks through headers and texts; it answers with all that it found, of which this is one page. */
async function searched(client: ImapFlow, { q, before, after }: ListQuery, size: number): Promise<Page> {
  const found = await client.search({ text: q }, { uid: true });
  if (!found) throw new Conflict(t("The mail server cannot search this folder for that."));
  const newest = found.toSorted((a, b) => b - a);
  const start = before
    ? newest.findIndex((uid) => uid < before)
    : after
      ? Math.max(0, newest.findLastIndex((uid) => uid > after) - size + 1)
      : 0;
  const uids = start < 0 ? [] : newest.slice(start, start + size);
  return { range: uids.join(","), uids: true, newer: start > 0, older: start >= 0 && start + size < newest.length };
}

function lineOf({ uid, envelope, flags, bodyStructure, internalDate }: FetchMessageObject): Line {
  return {
    uid,
    from: tidy(envelope?.from?.map(nameOf).join(", "), 200),
    subject: tidy(envelope?.subject, 300),
    at: dateOf(internalDate) ?? dateOf(envelope?.date),
    unread: !flags?.has("\\Seen"),
    attachments: partsOf(bodyStructure).attachments.length > 0,
  };
}

const nameOf = ({ name, address }: MessageAddressObject) => name || address || "";

/** A date that a calendar holds; messages say all sorts of things. */
export function dateOf(value: Date | string | undefined): Date | undefined {
  const date = value ? new Date(value) : undefined;
  return date && Math.abs(date.getTime()) < 8e15 && date.getFullYear() > 1900 && date.getFullYear() < 3000
    ? date
    : undefined;
}
