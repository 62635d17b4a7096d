import { isPermission } from "../access/permissions.ts";
import { t } from "../i18n/t.ts";
import { joinList, levelWords, sheets } from "./sheets.ts";
import type { Targets } from "./targets.ts";
import type { WorkbookWriter } from "./writer.ts";

/**
 * Writes the sheets that every workbook begins with: what roles and permissions there are (A59, A60). A role is known by its
 * name, which is one in every language; a permission by its code, so its name can be the one that its reader knows.
 */
export async function writeCatalogue(book: WorkbookWriter, { roles, permissions }: Targets): Promise<void> {
  await book.sheet("roles", sheets.roles.name);
  for (const { name, key, level } of roles) await book.row([name, key, levelWords[level]]);
  await book.sheet("permissions", sheets.permissions.name);
  for (const { name, code, level } of permissions) await book.row([t(name), code, levelWords[level]]);
}

/** How a name of a role or a code is compared: blanks around it, letter case and how its signs are composed do not matter. */
export const fold = (text: string): string => text.trim().normalize("NFC").toLowerCase();

/**
 * The two cells of a row for what is held there: keys of roles and codes of permissions, as `import_rights` has them. A role
 * without words has ended: it stands in neither.
 */
export function rightsCells(items: readonly string[], words: ReadonlyMap<string, string>): [string, string] {
  return [joinList(items.flatMap((key) => words.get(key) ?? []).sort()), joinList(items.filter(isPermission).sort())];
}

/**
 * How each role of the account stands in a cell, by its key: by its name, or by its id where a list cannot hold the name, or
 * where it could be taken for another one of its level.
 */
export function roleWords({ roles }: Pick<Targets, "roles">): Map<string, string> {
  const called = new Map<string, Set<string>>();
  for (const { key, name, level } of roles) {
    for (const word of [key, name]) {
      const place = `${level} ${fold(word)}`;
      called.set(place, (called.get(place) ?? new Set()).add(key));
    }
  }
  const clear = ({ name, level }: Targets["roles"][number]) =>
    !name.includes(",") && name === name.trim() && called.get(`${level} ${fold(name)}`)?.size === 1;
  return new Map(roles.map((role) => [role.key, clear(role) ? role.name : role.key]));
}
