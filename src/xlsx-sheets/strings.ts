import type { WorkbookLimits } from "../xlsx/limits.ts";
import { Unreadable } from "../xlsx/unreadable.ts";
import type { Package } from "../xlsx-parts/inflate.ts";
import { namespaces, readXml } from "../xlsx-parts/xml.ts";
import type { ZipEntry } from "../xlsx-parts/zip.ts";
import { decoded, sound } from "./values.ts";

/**
 * Text that may be in pieces, each with its own font: the pieces one after the other. What says how to pronounce it (`rPh`)
 * is not part of it. Used for the shared strings and for those inside a cell: `open` and `close` get the names below them.
 */
export class RichText {
  #parts = "";
  #piece = "";
  #said = 0;
  #inside = false;
  #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  begin(): void {
    this.#parts = "";
    this.#said = 0;
    this.#inside = false;
  }

  open(name: string): void {
    if (name === "rPh") this.#said += 1;
    this.#inside = name === "t" && this.#said === 0;
    this.#piece = "";
  }

  text(text: string): void {
    if (!this.#inside) return;
    this.#piece += text;
    if (this.#parts.length + this.#piece.length > this.#most) throw new Unreadable("long_text", { limit: this.#most });
  }

  close(name: string): void {
    if (name === "rPh") this.#said -= 1;
    if (this.#inside) this.#parts += decoded(this.#piece);
    this.#inside = false;
  }

  get whole(): string {
    return sound(this.#parts);
  }
}

/** Larger than the longest string, which stands in one block whole. */
const blockBytes = 1024 * 1024;

/** The strings of a workbook, outside the heap: as many bytes as they have in the file, whatever the engine makes of them. */
export class StringTable {
  #blocks: Buffer[] = [];
  /** Where each ends, counted over all blocks. */
  #ends = new Uint32Array(64 * 1024);
  #used = 0;
  #count = 0;
  #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(text: string): void {
    if ((this.#used % blockBytes) + text.length * 3 > blockBytes)
      this.#used = Math.ceil(this.#used / blockBytes) * blockBytes;
    if (this.#used + this.#count * 4 > this.#limit)
      throw new Unreadable("too_many_strings", { limit: this.#limit / 1024 / 1024 });
    const block = Math.floor(this.#used / blockBytes);
    this.#blocks[block] ??= Buffer.allocUnsafeSlow(blockBytes);
    this.#used += this.#blocks[block].write(text, this.#used % blockBytes);
    if (this.#count === this.#ends.length) {
      const larger = new Uint32Array(this.#ends.length * 2);
      larger.set(this.#ends);
      this.#ends = larger;
    }
    this.#ends[this.#count++] = this.#used;
  }

  at(index: number): string | undefined {
    const end = this.#ends[index];
    if (end === undefined || index >= this.#count) return undefined;
    const before = index === 0 ? 0 : this.#ends[index - 1]!;
    if (end === before) return "";
    const base = Math.floor((end - 1) / blockBytes) * blockBytes;
    return this.#blocks[base / blockBytes]!.toString("utf8", Math.max(before, base) - base, end - base);
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
      else if (name === "si") table.add(rich.whole);
    },
  });
  return table;
}
