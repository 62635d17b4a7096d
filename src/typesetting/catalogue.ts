import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { openSlice, type Slice } from "./open-slice.ts";

const require = createRequire(import.meta.url);

/** In the order in which they are asked for a character. Each is cut into files by range, and only those needed are read. */
const families = [
  "noto-sans",
  "noto-sans-arabic",
  "noto-sans-hebrew",
  "noto-sans-thai",
  "noto-sans-bengali",
  "noto-sans-tamil",
  "noto-sans-armenian",
  "noto-sans-georgian",
  "noto-emoji",
  "noto-sans-sc",
  "noto-sans-kr",
] as const;

/** Their characters join, stack or change places: they are laid out by the font's own rules, not one by one. */
const joining = /arabic|hebrew|devanagari|thai|bengali|tamil|emoji/;

export type Weight = 400 | 650;

export interface Part {
  name: string;
  file: string;
  /** Pairs of first and last code point. */
  ranges: [number, number][];
  joins: boolean;
}

function rangesOf(text: string): [number, number][] {
  return text.split(",").map((range) => {
    const [first, last] = range.replace(/^U\+/i, "").split("-");
    return [Number.parseInt(first!, 16), Number.parseInt(last ?? first!, 16)];
  });
}

/** Each family brings Latin along, and some Greek and Cyrillic; those of the first are enough. */
const again = /^(latin|vietnamese|cyrillic|greek)/;

function partsOf(family: string): Part[] {
  const folder = dirname(require.resolve(`@fontsource-variable/${family}/package.json`));
  const ranges: Record<string, string> = JSON.parse(readFileSync(join(folder, "unicode.json"), "utf8"));
  return Object.entries(ranges)
    .map(([key, text]) => ({ subset: key.replace(/[[\]]/g, ""), text }))
    .filter(({ subset }) => family === "noto-sans" || !again.test(subset))
    .map(({ subset, text }) => {
      const name = `${family}-${subset}`;
      const file = join(folder, "files", `${name}-wght-normal.woff2`);
      return { name, file, ranges: rangesOf(text), joins: joining.test(name) };
    })
    .sort((a, b) => Number(b.name === "noto-sans-latin") - Number(a.name === "noto-sans-latin"));
}

let known: Part[] | null = null;
const parts = () => (known ??= families.flatMap(partsOf));

const opened = new Map<string, Slice>();

const alphabets = /^noto-sans-(latin|vietnamese|cyrillic|greek)/;

/** The font of a part, read once in the life of the process. Only alphabets are drawn bold as well: others would fill memory twice. */
export function sliceOf(part: Part, weight: Weight): Slice {
  const key = `${part.name}-${alphabets.test(part.name) ? weight : 400}`;
  let slice = opened.get(key);
  if (!slice) {
    slice = openSlice(part.file, key, Number(key.slice(-3)));
    opened.set(key, slice);
  }
  return slice;
}

const coverers = new Map<string, Part | null>();
const most = 20_000;

/** The first part with a glyph for every character of what is read as one (a letter with its marks, an emoji of several); null when none has. */
export function partFor(cluster: string): Part | null {
  let found = coverers.get(cluster);
  if (found === undefined) {
    const codePoints = Array.from(cluster, (char) => char.codePointAt(0)!);
    found =
      parts().find(
        (part) =>
          codePoints.every((at) => part.ranges.some(([first, last]) => at >= first && at <= last)) &&
          codePoints.every((at) => sliceOf(part, 400).hasGlyphForCodePoint(at)),
      ) ?? null;
    if (coverers.size >= most) coverers.clear();
    coverers.set(cluster, found);
  }
  return found;
}
