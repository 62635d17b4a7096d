import type { WorkbookLimits } from "../xlsx/limits.ts";
import { Unreadable } from "../xlsx/unreadable.ts";
import { unescaped } from "../xlsx-sheets/values.ts";
import { type Package, small } from "./inflate.ts";
import { checkKind, type Relation, readRelations, readTypes } from "./relations.ts";
import { type Attributes, namespaces, readXml } from "./xml.ts";
import type { ZipEntry } from "./zip.ts";

/** What the workbook says it holds. */
export interface Book {
  sheets: { name: string; entry: ZipEntry }[];
  strings: ZipEntry | undefined;
  styles: ZipEntry | undefined;
  /** Days are counted from 1904, not from 1900. */
  from1904: boolean;
}

interface Listed {
  name: string;
  relation: string;
}

/**
 * The list of sheets with the part of each, hidden ones too. Refused are: what is no .xlsx by its content types, a sheet
 * without its part or with the part of another (T80), two of one name (T82), and more of them than the limit.
 */
export async function readBook(zip: Package, limits: WorkbookLimits): Promise<Book> {
  const types = await readTypes(zip, limits);
  const mains = (await readRelations(zip, "", limits)).filter(({ kind }) => kind === "officeDocument");
  const entry = mains[0]?.entry;
  checkKind(zip, entry && types.of(entry));
  if (!entry || mains.length > 1) throw new Unreadable("not_a_workbook");

  const relations = await readRelations(zip, entry.name, limits);
  const byId = new Map(relations.map((relation) => [relation.id, relation]));
  const { listed, from1904 } = await readList(zip, entry, limits);
  if (listed.length === 0) throw new Unreadable("no_sheets");

  const sheets = listed.map(({ name, relation }) => ({ name, entry: sheetOf(name, byId.get(relation), types) }));
  if (new Set(listed.map(({ name }) => name.toLowerCase())).size < sheets.length)
    throw new Unreadable("duplicate_sheets");
  if (new Set(sheets.map((sheet) => sheet.entry)).size < sheets.length) throw new Unreadable("sheets_missing");
  const only = (kind: string) => {
    const found = relations.filter((relation) => relation.kind === kind);
    if (found.length > 1 || found.some((relation) => !relation.entry)) throw new Unreadable("damaged");
    return found[0]?.entry;
  };
  const [strings, styles] = [only("sharedStrings"), only("styles")];
  return { sheets, strings, styles, from1904 };
}

function sheetOf(name: string, relation: Relation | undefined, types: { of(entry: ZipEntry): string }): ZipEntry {
  if (!relation?.entry) throw new Unreadable("sheets_missing", { sheet: name });
  if (relation.kind !== "worksheet" || !types.of(relation.entry).endsWith(".spreadsheetml.worksheet+xml"))
    throw new Unreadable("sheet_kind", { sheet: name });
  return relation.entry;
}

async function readList(zip: Package, entry: ZipEntry, limits: WorkbookLimits) {
  const listed: Listed[] = [];
  const path: string[] = [];
  const relationPrefixes = new Set<string>();
  let from1904 = false;
  let [names, builtIn] = [0, 0];

  const idOf = (attributes: Attributes) => {
    learn(attributes);
    for (const prefix of relationPrefixes) {
      const id = attributes[`${prefix}:id`];
      if (id !== undefined) return id;
    }
    return "";
  };
  const learn = (attributes: Attributes) => {
    for (const [key, value] of Object.entries(attributes))
      if (key.startsWith("xmlns:") && /\/officeDocument\/(2006\/)?relationships$/.test(value))
        relationPrefixes.add(key.slice(6));
  };
  await readXml(zip, small(entry, limits), namespaces.main, limits, {
    open(name, attributes, depth) {
      if (depth === 1) {
        if (name !== "workbook") throw new Unreadable("malformed", { part: entry.name });
        learn(attributes);
      }
      path.length = depth - 1;
      path.push(name);
      const where = path.join("/");
      if (where === "workbook/workbookPr") from1904 = /^(1|true|on)$/.test(attributes.date1904 ?? "");
      else if (where === "workbook/definedNames/definedName") {
        if (attributes.name?.startsWith("_xlnm.")) builtIn += 1;
        else names += 1;
        if (names > limits.definedNames || builtIn > limits.sheets * 4)
          throw new Unreadable("defined_names", { limit: limits.definedNames });
      } else if (depth === 3 && path[1] === "sheets") {
        if (name !== "sheet") throw new Unreadable("malformed", { part: entry.name });
        if (listed.length === limits.sheets) throw new Unreadable("too_many_sheets", { limit: limits.sheets });
        const title = unescaped(attributes.name ?? "");
        if (!title || title.length > 255) throw new Unreadable("malformed", { part: entry.name });
        listed.push({ name: title, relation: idOf(attributes) });
      }
    },
    text() {},
    close() {},
  });
  return { listed, from1904 };
}
