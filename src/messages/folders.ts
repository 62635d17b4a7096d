import type { ImapFlow, ListResponse } from "imapflow";
import { t } from "../i18n/t.ts";
import { isFolder } from "./forms.ts";

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
  const shown = listed
    .filter(({ flags, path }) => !flags.has("\\Noselect") && isFolder(path))
    .sort((a, b) => placeOf(a) - placeOf(b) || a.path.localeCompare(b.path))
    .slice(0, most);
  const paths = new Set(shown.map(({ path }) => path));
  return shown.map((folder) => {
    const above = folder.parent.map((_, at, all) => all.slice(0, at + 1).join(folder.delimiter));
    const depth = above.filter((path) => paths.has(path)).length;
    // What lies in a folder that holds no messages is called after it, too.
    const hidden = folder.parent.filter((_, at) => !paths.has(above[at]!));
    const name = [...hidden, nameOf(folder)].join(" / ").slice(0, 200);
    return { path: folder.path, name, depth: Math.min(depth, 4), unread: folder.status?.unseen ?? 0 };
  });
}

const useOf = ({ path, specialUse = "" }: ListResponse) => (path.toUpperCase() === "INBOX" ? "\\Inbox" : specialUse);
const placeOf = (folder: ListResponse) => {
  const at = order.indexOf(useOf(folder));
  return at < 0 ? order.length : at;
};
const nameOf = (folder: ListResponse) => marked[useOf(folder)]?.() ?? folder.name;
