import { appendFileSync, closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { Page } from "playwright-core";
import { inject } from "vitest";

/**
 * What axe has looked at in this run, in whichever file: kinds of elements, one a line. A look costs 200 to 300 ms of a
 * processor, and most pages that a story comes to hold nothing that the crawl, or the same story in the other mode, has not
 * shown. What was found good is noted, so where something is wrong everybody who comes to it fails.
 */
const known = new Set<string>();
let read = 0;

function catchUp(): void {
  const file = openSync(inject("looked"), "a+");
  try {
    const bytes = Buffer.alloc(fstatSync(file).size - read);
    readSync(file, bytes, 0, bytes.length, read);
    // The last line may be only half written.
    const whole = bytes.subarray(0, bytes.lastIndexOf(10) + 1);
    read += whole.length;
    for (const kind of whole.toString().split("\n")) if (kind) known.add(kind);
  } finally {
    closeSync(file);
  }
}

/** Those of these kinds that nobody has looked at; `noted` says under which name it would be known. */
export function unknown(kinds: string[], noted: (kind: string) => string): string[] {
  catchUp();
  return kinds.filter((kind) => !known.has(noted(kind)));
}

export function noteLooked(kinds: string[]): void {
  for (const kind of kinds) known.add(kind);
  if (kinds.length > 0) appendFileSync(inject("looked"), `${kinds.join("\n")}\n`);
}

/**
 * The kinds of elements that stand on the page: all that a rule of axe can see of one but for its words. Tag, classes and
 * attributes, what it is called by, whether it is seen, and the same of everything it stands in, which decides its colours;
 * and the page's headings and landmarks in their order.
 */
export const kindsOn = (page: Page): Promise<string[]> => page.evaluate(lookAtKinds, undefined);

/**
 * In the page: the kinds of its elements; or, of these kinds, the first element of each, kept where `axeFindings` takes them
 * from. What stands in an element of an unknown kind is unknown as well, and is looked at with it.
 */
export function lookAtKinds(wanted: string[] | undefined): string[] {
  const hash = (text: string, seed: number): number => {
    let [a, b] = [0xdeadbeef ^ seed, 0x41c6ce57 ^ seed];
    for (let at = 0; at < text.length; at++) {
      a = Math.imul(a ^ text.charCodeAt(at), 2654435761);
      b = Math.imul(b ^ text.charCodeAt(at), 1597334677);
    }
    a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
    b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
    return 4294967296 * (2097151 & b) + (a >>> 0);
  };
  /** Of these attributes the value matters; of all others only whether there is one, and whether it leads to something. */
  const told =
    /^(type|role|lang|dir|tabindex|scope|autocomplete|style|disabled|open|hidden|aria-(?!label|desc|contr|owns).*)$/;
  const leads = /^(for|list|form|aria-(labelledby|describedby|controls|owns|errormessage|details|activedescendant))$/;
  const attribute = ({ name, value }: Attr): string => {
    if (told.test(name)) return `${name}=${value}`;
    if (leads.test(name)) return `${name}>${value.split(" ").map((id) => document.getElementById(id)?.tagName)}`;
    return value.trim() ? name : `${name}=`;
  };
  const kinds = new Set<string>();
  const chosen: (Element | "page")[] = [];
  const missing = new Set(wanted);
  const note = (kind: number, what: Element | "page", known = true) => {
    const name = kind.toString(36);
    kinds.add(name);
    // The first of its kind is enough here as well, wherever it stands in one that is looked at.
    const isNew = missing.delete(name);
    if (isNew && known) chosen.push(what);
    return isNew;
  };
  const outline: string[] = [document.title.trim() ? "titled" : "untitled"];
  const walk = (node: Element, above: number, known: boolean) => {
    const { labels } = node as HTMLInputElement;
    const own = [
      node.tagName,
      [...node.classList].sort().join("."),
      [...node.attributes]
        .filter(({ name }) => name !== "class")
        .map(attribute)
        .sort()
        .join(" "),
      [...node.childNodes].some((each) => each.nodeType === 3 && each.textContent?.trim()) ? "words" : "",
      node.textContent?.trim() ? "text" : "",
      labels ? `labels ${labels.length}` : "",
      node.checkVisibility() ? "" : "unseen",
      node.matches(":checked, :indeterminate, :target") ? "chosen" : "",
    ].join("|");
    const kind = hash(own, above);
    const isNew = note(kind, node, known);
    if (/^H\d$|^(MAIN|NAV|ASIDE|HEADER|FOOTER|FORM|SECTION)$/.test(node.tagName)) outline.push(own);
    // What a drawing is made of says nothing to anybody.
    if (node.tagName !== "svg") for (const child of node.children) walk(child, kind | 0, known && !isNew);
  };
  walk(document.body, hash(document.documentElement.lang + document.documentElement.className, 0) | 0, true);
  note(hash(outline.join("\n"), 1), "page");
  Object.assign(globalThis, { toLookAt: chosen });
  return [...kinds];
}
