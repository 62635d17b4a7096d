import type { WorkbookLimits } from "../xlsx/limits.ts";
import { Unreadable } from "../xlsx/unreadable.ts";
import { type Package, small } from "./inflate.ts";
import { namespaces, readXml } from "./xml.ts";
import type { ZipEntry } from "./zip.ts";

export interface Relation {
  id: string;
  /** The last word of its type: `worksheet`, `sharedStrings`, …; empty for what is none of the format itself. */
  kind: string;
  /** Undefined where what it names is not in the file. */
  entry: ZipEntry | undefined;
}

/** What each part says it is. A package without this list is a plain zip. */
export async function readTypes(zip: Package, limits: WorkbookLimits) {
  const list = zip.entries.get("[content_types].xml");
  if (!list) throw new Unreadable("not_a_workbook");
  const byPart = new Map<string, string>();
  const byEnding = new Map<string, string>();
  await readXml(zip, small(list, limits), namespaces.types, limits, {
    open(name, attributes, depth) {
      if (depth !== 2) return;
      const type = attributes.ContentType ?? "";
      if (name === "Override") byPart.set((attributes.PartName ?? "").replace(/^\//, "").toLowerCase(), type);
      if (name === "Default") byEnding.set((attributes.Extension ?? "").toLowerCase(), type);
      if (byPart.size > limits.entries * 2 || byEnding.size > limits.entries)
        throw new Unreadable("too_many_entries", { limit: limits.entries });
    },
    text() {},
    close() {},
  });
  const macros = [...byPart.values(), ...byEnding.values()].some((type) => /vbaProject|macroEnabled/i.test(type));
  if (macros) throw new Unreadable("macros");
  const of = ({ name }: ZipEntry) => {
    const key = name.toLowerCase();
    return byPart.get(key) ?? byEnding.get(key.slice(key.lastIndexOf(".") + 1)) ?? "";
  };
  return { of };
}

const mainType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml";

/** Refuses what is another kind of document: text, slides, a template, a binary workbook, one with macros. */
export function checkKind(zip: Package, type: string | undefined): void {
  if ([...zip.entries.keys()].some((name) => name.endsWith("vbaproject.bin"))) throw new Unreadable("macros");
  if (type !== mainType) throw new Unreadable("not_a_workbook");
}

const officeTypes =
  /^http:\/\/(?:schemas\.openxmlformats\.org\/officeDocument\/2006|purl\.oclc\.org\/ooxml\/officeDocument)\/relationships\/(\w+)$/;

/** The relations of a part, "" for those of the whole package; what they name is looked up without regard to case. */
export async function readRelations(zip: Package, part: string, limits: WorkbookLimits): Promise<Relation[]> {
  const slash = part.lastIndexOf("/") + 1;
  const folder = part.slice(0, slash);
  const entry = zip.entries.get(`${folder}_rels/${part.slice(slash)}.rels`.toLowerCase());
  const relations: Relation[] = [];
  if (!entry) return relations;
  const ids = new Set<string>();
  await readXml(zip, small(entry, limits), namespaces.relations, limits, {
    open(name, attributes, depth) {
      if (depth !== 2 || name !== "Relationship") return;
      const { Id: id = "", Type: type = "", Target: target = "", TargetMode: mode } = attributes;
      if (ids.has(id)) throw new Unreadable("malformed", { part: entry.name });
      ids.add(id);
      if (ids.size > limits.entries) throw new Unreadable("too_many_entries", { limit: limits.entries });
      const kind = officeTypes.exec(type)?.[1] ?? "";
      relations.push({ id, kind, entry: mode === "External" ? undefined : zip.entries.get(resolve(folder, target)) });
    },
    text() {},
    close() {},
  });
  return relations;
}

/** Where a target leads from the folder of its source. One that leads out of the package leads nowhere. */
function resolve(folder: string, target: string): string {
  const path: string[] = [];
  for (const step of (target.startsWith("/") ? target : `${folder}${target}`).split("/")) {
    if (step === "..") {
      if (path.pop() === undefined) return "";
    } else if (step && step !== ".") path.push(step);
  }
  return path.join("/").toLowerCase();
}
