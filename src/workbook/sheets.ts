import type { Level } from "../access/permissions.ts";

/** Counts up when a file of an older one could be misunderstood. It stands on the sheet "Read me", behind the words "Template version". */
export const templateVersion = "1";
export const versionLabel = "Template version";

/** The one definition of what a workbook of Muster holds (A59–A67). Readers go by the headers, never by where they stand. */
export const sheets = {
  roles: { name: "Roles", headers: ["Role Name", "Role ID", "Role Type"], widths: [34, 40, 14] },
  permissions: { name: "Permissions", headers: ["Name", "Code", "Type"], widths: [44, 28, 14] },
  users: {
    name: "Users",
    headers: ["First Name", "Last Name", "Email", "Create personal mailbox"],
    widths: [22, 22, 38, 26],
  },
  account: { name: "Account", headers: ["Email", "Roles", "Permissions"], widths: [38, 44, 60] },
  mailbox: { name: "Mailbox", headers: ["Email", "Roles", "Permissions"], widths: [38, 44, 60] },
  /** All problems of a workbook that is handed back (X4). */
  problems: {
    name: "Problems",
    headers: ["Sheet", "Cell", "Value", "Problem", "What to do", "Consequence"],
    widths: [24, 10, 30, 70, 70, 34],
  },
  notes: { name: "Read me", headers: ["About", "What to know"], widths: [26, 100] },
} as const;

export type SheetKind = keyof typeof sheets;

/** The columns that a workbook gets when it is handed back (X4). They are read over when it is uploaded again. */
export const resultHeaders = ["Result", "Problem"] as const;

/** How a level is called in the column "Role Type" and "Type". */
export const levelWords: Record<Level, string> = { account: "Account", mailbox: "Mailbox" };

/** A sheet of mailboxes beyond these does not fit: a workbook holds 300 sheets. */
export const mostMailboxSheets = 290;
/** What fits on a workbook of ours is one that can be uploaded. */
export const cellLimits = { name: 100, address: 254, cell: 1_000, list: 8_000 } as const;

/** How sheets and headers are compared: letter case, and how many blanks there are, do not matter. */
export const wordKey = (text: string): string => text.replace(/\s+/g, "").toLowerCase();

const kinds = new Map<string, SheetKind>(
  (Object.keys(sheets) as SheetKind[])
    .filter((kind) => kind !== "mailbox")
    .map((kind) => [wordKey(sheets[kind].name), kind]),
);

/** Which of the named sheets this one is; a mailbox's is known by its first cell only. */
export const kindOfName = (name: string): SheetKind | undefined => kinds.get(wordKey(name));

/** What stands in A1 of an Account or mailbox sheet (A65, A67). The id counts, the name is for people. */
export const titleOf = (name: string, id: string): string => `${name.replace(/\s+/g, " ").trim()} - ${id}`;

/** The id at the end of a title, in lower case. */
export const idInTitle = (title: string): string | undefined =>
  /(?:^|[\s\-–—])([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\s*$/i.exec(title)?.[1]?.toLowerCase();

const most = 31;
const cut = (text: string, length: number) =>
  text
    .slice(0, length)
    .toWellFormed()
    .replace(/\uFFFD$/, "")
    .trim();

/**
 * What a mailbox's sheet is called: its name in 31 characters that a sheet may have, unlike every other sheet's. `taken`
 * remembers what is in use.
 */
export function sheetNameFor(name: string, taken: Set<string>): string {
  const legal = name
    .toWellFormed()
    .replace(/[[\]:*?/\\\u0000-\u001f\u007f\ufffe\uffff]/g, " ")
    .replace(/\s+/g, " ")
    .replace(/^[' ]+/, "");
  const base = cut(legal, most).replace(/[' ]+$/, "") || sheets.mailbox.name;
  for (let number = 1; ; number++) {
    const suffix = number === 1 ? "" : ` (${number})`;
    const candidate = cut(base, most - suffix.length) + suffix;
    const key = wordKey(candidate.normalize("NFKC"));
    // Excel keeps "History" for itself.
    if (kinds.has(key) || key === "history" || taken.has(key)) continue;
    taken.add(key);
    return candidate;
  }
}

/** A, B, … Z, AA, …: `index` counts from 0. */
export function columnLetter(index: number): string {
  const rest = String.fromCharCode(65 + (index % 26));
  return index < 26 ? rest : columnLetter(Math.floor(index / 26) - 1) + rest;
}

/** A cell of several roles or permissions. */
export const joinList = (items: readonly string[]): string => items.join(", ");

/** What a cell of several holds: each once, without the blanks around it. */
export const splitList = (text: string): string[] => [
  ...new Set(
    text
      .split(",")
      .map((item) => item.trim())
      .filter(Boolean),
  ),
];
