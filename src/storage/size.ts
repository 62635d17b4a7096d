import type { ImapFlow } from "imapflow";

export interface Size {
  bytes: number;
  limitBytes: number | null;
  messages: number | null;
  source: "quota" | "sum";
  /** Not everything could be added up: there is at least so much. */
  partial: boolean;
}

/** The most that is added up: beyond that, what is known so far has to do. */
const mostFolders = 300;
const mostMessages = 100_000;

/**
 * How full the mailbox is that a connection is signed in to: what its server says (QUOTA, RFC 9208), else all folders added
 * up (STATUS=SIZE, RFC 8438), else the sizes of the messages, of so many at most.
 */
export async function sizeOf(client: ImapFlow): Promise<Size> {
  const quota = client.capabilities.has("QUOTA") ? await client.getQuota("INBOX").catch(() => false as const) : false;
  const storage = quota ? quota.storage : undefined;
  if (quota && storage?.usage !== undefined) {
    const messages = quota.message?.usage ?? null;
    return { bytes: storage.usage, limitBytes: storage.limit || null, messages, source: "quota", partial: false };
  }
  return addUp(client);
}

async function addUp(client: ImapFlow): Promise<Size> {
  const folders = (await client.list()).filter(({ flags }) => !flags.has("\\Noselect") && !flags.has("\\NonExistent"));
  const sized = client.capabilities.has("STATUS=SIZE") || client.capabilities.has("IMAP4rev2");
  const sum: Size = { bytes: 0, limitBytes: null, messages: 0, source: "sum", partial: folders.length > mostFolders };
  // Where one folder holds every message once more (Gmail's All Mail), that is all there is.
  const all = folders.filter(({ specialUse }) => specialUse === "\\All");
  for (const { path } of all.length ? all : folders.slice(0, mostFolders)) {
    const status = await client.status(path, { messages: true, ...(sized ? { size: true } : {}) });
    // A folder that went away meanwhile holds nothing.
    if (!status) continue;
    const messages = status.messages ?? 0;
    const bytes = sized ? Number(status.size ?? 0) : await sizesIn(client, path, mostMessages - sum.messages!);
    if (!sized && messages > mostMessages - sum.messages!) sum.partial = true;
    sum.bytes += bytes;
    sum.messages! += messages;
  }
  return sum;
}

/** The first so many messages of a folder, opened for reading only. */
async function sizesIn(client: ImapFlow, path: string, most: number): Promise<number> {
  if (most <= 0) return 0;
  const lock = await client.getMailboxLock(path, { readOnly: true });
  try {
    const { exists = 0 } = client.mailbox || {};
    if (!exists) return 0;
    let bytes = 0;
    for await (const { size } of client.fetch(`1:${Math.min(exists, most)}`, { size: true })) bytes += size ?? 0;
    return bytes;
  } finally {
    lock.release();
  }
}
