import type { ImapFlow, ListResponse } from "imapflow";
import { t } from "../i18n/t.ts";

/** A folder as the page lists it. */
export interface Folder {
  path: string;
  name: string;
  /** How many folders it lies within. */
  depth: number;
  /** Messages that nobody has read, where the server says so at once. */
  unread: number;
}

/** What servers mark is called by our words, in this order; the rest keep their names and come after. */
const marked: Record<string, () => string> = {
  "\\Inbox": () => t("Inbox"),
  "\\Drafts": () => t("Drafts"),
  "\\Sent": () => t("Sent"),
  "\\Archive": () => t("Archived"),
  "\\Junk": () => t("Junk"),
  "\\Trash": () => t("Trash"),
};
const order = Object.keys(marked);

/** So many folders are shown. */
const most = 300;

/** The folders of a mailbox that hold messages, the marked ones first. */
export async function foldersOf(client: ImapFlow): Promise<Folder[]> {
  // Asking a server folder by folder would take as many turns as there are folders.
  const counts = client.capabilities.has("LIST-STATUS");
  const listed = await client.list(counts ? { statusQuery: { unseen: true } } : {});
  return listed
    .filter(({ flags }) => !flags.has("\\Noselect"))
    .sort((a, b) => placeOf(a) - placeOf(b) || a.path.localeCompare(b.path))
    .slice(0, most)
    .map((folder) => ({
      path: folder.path,
      name: nameOf(folder),
      depth: Math.min(folder.parent.length, 4),
      unread: folder.status?.unseen ?? 0,
    }));
}

const useOf = ({ path, specialUse = "" }: ListResponse) => (path.toUpperCase() === "INBOX" ? "\\Inbox" : specialUse);
const placeOf = (folder: ListResponse) => {
  const at = order.indexOf(useOf(folder));
  return at < 0 ? order.length : at;
};
const nameOf = (folder: ListResponse) => marked[useOf(folder)]?.() ?? folder.name.slice(0, 200);
