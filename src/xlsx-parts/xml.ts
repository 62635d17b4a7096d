import { SaxesParser } from "saxes";
import type { WorkbookLimits } from "../xlsx/limits.ts";
import { Unreadable } from "../xlsx/unreadable.ts";
import { type Package, unpacked } from "./inflate.ts";
import type { ZipEntry } from "./zip.ts";

export type Attributes = Record<string, string>;

/** What is told of a part. Names are without a prefix where they belong to the namespace asked for, else as `:prefix:name`. */
export interface XmlReader {
  open(name: string, attributes: Attributes, depth: number): void;
  text(text: string): void;
  close(name: string, depth: number): void;
  /** After every few kilobytes. */
  pause?(): Promise<void> | undefined;
}

/** The same part has one namespace in the usual form of the format and another in its strict form. */
export const namespaces = {
  main: ["http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main"],
  types: ["http://schemas.openxmlformats.org/package/2006/content-types"],
  relations: ["http://schemas.openxmlformats.org/package/2006/relationships"],
};

/** What the elements of a part are called without the prefix of its namespace. */
class Names {
  #namespace: readonly string[];
  #malformed: () => Unreadable;
  #prefixes = new Set<string>();
  #known = new Map<string, string>();

  constructor(namespace: readonly string[], malformed: () => Unreadable) {
    this.#namespace = namespace;
    this.#malformed = malformed;
  }

  /** Only the first element may say what belongs to the namespace; a later one may say the same again. */
  declare(attributes: Attributes, depth: number): void {
    for (const key in attributes) {
      if (!key.startsWith("xmlns") || (key.length > 5 && key[5] !== ":")) continue;
      const prefix = key.slice(6);
      const own = this.#namespace.includes(attributes[key]!);
      if (depth === 0 && own) this.#prefixes.add(prefix);
      else if (own !== this.#prefixes.has(prefix)) throw this.#malformed();
    }
  }

  of(name: string): string {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const colon = name.indexOf(":");
    const own = this.#prefixes.has(colon < 0 ? "" : name.slice(0, colon));
    const short = own ? name.slice(colon + 1) : `:${name}`;
    if (this.#known.size < 1_000) this.#known.set(name, short);
    return short;
  }
}

const sliceCharacters = 8 * 1024;

/**
 * Reads one part from beginning to end at constant memory. Refused are: a DOCTYPE (T78), anything but UTF-8, XML that is not
 * well-formed or ends too early, a namespace that changes its prefix inside the part, and text without end.
 */
export async function readXml(
  zip: Package,
  entry: ZipEntry,
  namespace: readonly string[],
  limits: WorkbookLimits,
  reader: XmlReader,
): Promise<void> {
  const part = entry.name;
  const malformed = () => new Unreadable("malformed", { part });
  const parser = new SaxesParser({ position: false });
  const names = new Names(namespace, malformed);
  let depth = 0;
  /** Characters since the parser last told anything: it keeps all of them. */
  let pending = 0;
  let before = "";

  parser.on("error", () => {
    throw malformed();
  });
  parser.on("doctype", () => {
    throw new Unreadable("doctype", { part });
  });
  parser.on("xmldecl", ({ encoding }) => {
    if (encoding && !/^(utf-?8|us-ascii)$/i.test(encoding)) throw new Unreadable("encoding", { part });
  });
  parser.on("opentag", (tag) => {
    pending = 0;
    const attributes = tag.attributes as Attributes;
    names.declare(attributes, depth);
    depth += 1;
    if (depth > limits.depth) throw new Unreadable("too_deep", { part, limit: limits.depth });
    reader.open(names.of(tag.name), attributes, depth);
  });
  const told = (text: string) => {
    pending = 0;
    reader.text(text);
  };
  parser.on("text", told);
  parser.on("cdata", told);
  parser.on("comment", () => {
    pending = 0;
  });
  parser.on("closetag", (tag) => {
    pending = 0;
    reader.close(names.of(tag.name), depth);
    depth -= 1;
  });

  const check = (text: string) => {
    if ((before + text).includes("<!DOCTYPE")) throw new Unreadable("doctype", { part });
    before = text.slice(-8);
  };
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const decode = (piece?: Buffer) => {
    try {
      return piece ? decoder.decode(piece, { stream: true }) : decoder.decode();
    } catch {
      throw new Unreadable("encoding", { part });
    }
  };
  for await (const piece of unpacked(zip, entry)) {
    const text = decode(piece);
    check(text);
    for (let at = 0; at < text.length; at += sliceCharacters) {
      pending += Math.min(sliceCharacters, text.length - at);
      if (pending > limits.run) throw new Unreadable("long_text", { part });
      parser.write(text.slice(at, at + sliceCharacters));
      await reader.pause?.();
    }
  }
  decode();
  parser.close();
}
