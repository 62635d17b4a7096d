import { isSystemRole, systemRoles } from "../access/permissions.ts";
import { joinList, levelWords, sheets, wordKey } from "./sheets.ts";
import type { Targets } from "./targets.ts";
import type { WorkbookWriter } from "./writer.ts";

/** Writes the sheets that every workbook begins with: what roles and permissions there are (A59, A60). */
export async function writeCatalogue(book: WorkbookWriter, { roles, permissions }: Targets): Promise<void> {
  await book.sheet("roles", sheets.roles.name);
  for (const { name, key, level } of roles) await book.row([name, key, levelWords[level]]);
  await book.sheet("permissions", sheets.permissions.name);
  for (const { name, code, level } of permissions) await book.row([name, code, levelWords[level]]);
}

const systemWords = new Set(Object.entries(systemRoles).flatMap(([key, { title }]) => [wordKey(key), wordKey(title)]));

/** How a role stands in a cell: by its name, or by its id where the name could be taken for something else. */
export const roleWord = ({ key, name }: { key: string; name: string }): string =>
  !isSystemRole(key) && (name.includes(",") || name !== name.trim() || systemWords.has(wordKey(name))) ? key : name;

/** The two cells of a row for what is held there: keys of roles and codes of permissions, as `import_rights` has them. */
export function rightsCells(items: readonly string[], words: ReadonlyMap<string, string>): [string, string] {
  const isCode = (item: string) => item.includes(".");
  return [
    joinList(items.filter((item) => !isCode(item)).map((key) => words.get(key) ?? key)),
    joinList(items.filter(isCode)),
  ];
}

/** How each role of the account is called in a cell, by its key. */
export const roleWords = ({ roles }: Targets): Map<string, string> =>
  new Map(roles.map((role) => [role.key, roleWord(role)]));
