import { NotFound } from "../http/errors.ts";

/** A page's place: older or newer than a message. */
export interface Place {
  before?: number;
  after?: number;
}

/** What a folder's page is asked for. */
export interface ListQuery extends Place {
  folder: string;
  /** Looked for in the whole of each message; empty: all messages. */
  q: string;
}

const text = (value: unknown, most: number) => (typeof value === "string" ? value.trim().slice(0, most) : "");
const largest = 4_294_967_295;
/** Whether this is a UID (RFC 9051: 1 to 2³²−1). */
export const isUid = (uid: unknown): boolean => Number.isInteger(uid) && Number(uid) >= 1 && Number(uid) <= largest;
/** A UID, else undefined. */
const uidIn = (value: unknown) => {
  const uid = /^[1-9]\d{0,9}$/.test(text(value, 11)) ? Number(value) : 0;
  return isUid(uid) ? uid : undefined;
};

const control = /[\u0000-\u001f\u007f]+/g;

const mostOfPath = 500;

/** Whether a folder of this path can be asked for: servers may name one anything, however long and deep. */
export const isFolder = (path: string): boolean =>
  path.length <= mostOfPath && path.search(control) < 0 && path.isWellFormed();

/** The folder in a query string; without one it is the inbox. A name that no folder can have is not found. */
export function folderIn(query: Record<string, unknown>): string {
  const folder = text(query.folder, mostOfPath) || "INBOX";
  if (!isFolder(folder)) throw new NotFound();
  return folder;
}

/** What a message says of itself as one line that can be written down: no control characters, at most so many others. */
export const tidy = (words: string | undefined, most: number): string =>
  (words ?? "").slice(0, most).replaceAll(control, " ").toWellFormed().trim();

/** Reads what stands in the query string; what is none narrows nothing (T61). */
export function readListQuery(query: Record<string, unknown>): ListQuery {
  const before = uidIn(query.before);
  // No sign that ends a line or a command is ever looked for.
  const q = tidy(text(query.q, 200), 200);
  return { folder: folderIn(query), q, before, after: before ? undefined : uidIn(query.after) };
}

/** The number of a message in a path; anything that cannot be one is not found. */
export function uidOr404(value: string): number {
  const uid = uidIn(value);
  if (!uid) throw new NotFound();
  return uid;
}

/** The number of a part of a message in a path: `1.2`. */
export function partOr404(value: string): string {
  if (!/^[1-9]\d{0,3}(\.[1-9]\d{0,3}){0,30}$/.test(value)) throw new NotFound();
  return value;
}

/** The pages of one mailbox's messages, by what they show. */
export function linksOf(mailboxId: string) {
  const base = `/admin/mailboxes/${mailboxId}/messages`;
  const search = (values: Record<string, string | number | undefined>) =>
    new URLSearchParams(
      Object.entries(values).flatMap(([name, value]) => (value ? [[name, String(value)]] : [])),
    ).toString();
  const message = (uid: number, more = "") => `${base}/${uid}${more}`;
  return {
    list: ({ folder, q, before, after }: Partial<ListQuery>) => `${base}?${search({ folder, q, before, after })}`,
    message: (folder: string, uid: number, q = "") => `${message(uid)}?${search({ folder, q })}`,
    body: (folder: string, uid: number, ticket: string) => `${message(uid, "/body")}?${search({ folder, ticket })}`,
    pictures: (folder: string, uid: number) => `${message(uid, "/remote-content")}?${search({ folder })}`,
    attachment: (folder: string, uid: number, part: string) =>
      `${message(uid, `/attachments/${part}`)}?${search({ folder })}`,
  };
}
