import type { WorkbookLimits } from "../xlsx/limits.ts";
import { Unreadable } from "../xlsx/unreadable.ts";
import type { Package } from "../xlsx-parts/inflate.ts";
import { namespaces, readXml } from "../xlsx-parts/xml.ts";
import type { ZipEntry } from "../xlsx-parts/zip.ts";
import { unescaped } from "./values.ts";

/**
 * Text that may be in pieces, each with its own font: the pieces one after the other. What says how to pronounce it (`rPh`)
 * is not part of it. Used for the shared strings and for those inside a cell: `open` and `close` get the names below them.
 */
export class RichText {
  parts = "";
  #said = 0;
  #inside = false;
  #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  begin(): void {
    this.parts = "";
    this.#said = 0;
    this.#inside = false;
  }

  open(name: string): void {
    if (name === "rPh") this.#said += 1;
    this.#inside = name === "t" && this.#said === 0;
  }

  text(text: string): void {
    if (!this.#inside) return;
    this.parts += text;
    if (this.parts.length > this.#most) throw new Unreadable("long_text", { limit: this.#most });
  }

  close(name: string): void {
    if (name === "rPh") this.#said -= 1;
    this.#inside = false;
  }
}

/** The strings of a workbook, outside the heap: as many bytes as they have in the file, whatever the engine makes of them. */
export class StringTable {
  #bytes = Buffer.allocUnsafeSlow(1024 * 1024);
  #ends = new Uint32Array(64 * 1024);
  #used = 0;
  #limit: number;
  count = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(text: string): void {
    const most = text.length * 3;
    if (this.#used + most > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 1.5, this.#used + most) | 0);
      this.#bytes.copy(larger, 0, 0, this.#used);
      this.#bytes = larger;
    }
    if (this.count === this.#ends.length) {
      const larger = new Uint32Array(this.#ends.length * 2);
      larger.set(this.#ends);
      this.#ends = larger;
    }
    this.#used += this.#bytes.write(text, this.#used);
    this.#ends[this.count++] = this.#used;
    if (this.#used + this.count * 4 > this.#limit)
      throw new Unreadable("too_many_strings", { limit: this.#limit / 1024 / 1024 });
  }

  at(index: number): string | undefined {
    if (!(index >= 0 && index < this.count)) return undefined;
    return this.#bytes.toString("utf8", index === 0 ? 0 : this.#ends[index - 1], this.#ends[index]);
  }
}

/** All shared strings, wherever their part stands in the zip. A workbook may have none. */
export async function readStrings(zip: Package, entry: ZipEntry | undefined, limits: WorkbookLimits) {
  const table = new StringTable(limits.stringBytes);
  if (!entry) return table;
  const rich = new RichText(limits.cellCharacters);
  await readXml(zip, entry, namespaces.main, limits, {
    open(name, _, depth) {
      if (depth === 1 ? name !== "sst" : depth === 2 && name !== "si" && name !== "extLst")
        throw new Unreadable("malformed", { part: entry.name });
      if (depth === 2) rich.begin();
      else if (depth > 2) rich.open(name);
    },
    text: (text) => rich.text(text),
    close(name, depth) {
      if (depth > 2) rich.close(name);
      else if (name === "si") table.add(unescaped(rich.parts));
    },
  });
  return table;
}
