import { bidi } from "./bidi.ts";
import { type Part, partFor, sliceOf, type Weight } from "./catalogue.ts";
import { type Embedded, Face } from "./face.ts";
import type { Slice } from "./open-slice.ts";
import { boxes, joined, type Run, single } from "./runs.ts";

const clusters = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Text that is ready to draw. Widths, and the place `x` of each piece, are in thousandths of the size. */
export interface Shaped {
  width: number;
  /** In the order of the text, which is that of copying and searching; from right to left, `x` falls. */
  pieces: { face: Face; codes: string; x: number }[];
  /** Set where glyphs do not tell the text: it is cut, or a font has its letters change places. */
  logical?: string;
  /** Holds text from right to left. Readers of PDF turn such glyphs back themselves, and would turn a given text as well. */
  backwards?: boolean;
}

/** Scripts that are written from right to left; without them there is no order to find out. */
const fromRight = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const plain = /^[\x20-\x7e\xa1-\xac\xae-\xff]*$/;
/** Drawn as nothing: controls, and what turns the direction of what follows; a name may not do that to its neighbours. */
const unwanted = /[\p{Cc}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]+/gu;
const invisible = /\u200c|\u200d|[\ufe00-\ufe0f]|[\u{e0000}-\u{e0fff}]/u;
const most = 5000;

/** Turns text into glyphs for one document: the font for each character, joined letters, and both directions. */
export class Shaper {
  readonly #faces = new Map<Slice, Face>();
  readonly #known: Record<Weight, Map<string, Shaped>> = { 400: new Map(), 650: new Map() };
  readonly #embed: (slice: Slice) => Embedded;
  readonly #latin: Part = partFor("a")!;

  constructor(embed: (slice: Slice) => Embedded) {
    this.#embed = embed;
  }

  #face(part: Part, weight: Weight): Face {
    const slice = sliceOf(part, weight);
    let face = this.#faces.get(slice);
    if (!face) {
      face = new Face(slice, this.#embed(slice));
      this.#faces.set(slice, face);
    }
    return face;
  }

  shape(text: string, weight: Weight): Shaped {
    if (plain.test(text)) return one(this.#face(this.#latin, weight), text);

    const known = this.#known[weight].get(text);
    if (known) return known;
    const shaped = this.#order(text.normalize("NFC").replace(unwanted, " "), weight);
    if (this.#known[weight].size >= most) this.#known[weight].clear();
    this.#known[weight].set(text, shaped);
    return shaped;
  }

  #order(text: string, weight: Weight): Shaped {
    const runs = this.#runs(text, weight);
    const drawn = new Map<Run, Shaped["pieces"][number]>();
    let width = 0;
    for (const run of reorder(runs)) {
      const { codes, width: own } = run.missing
        ? boxes(run)
        : run.joins || run.level % 2 === 1
          ? joined(run)
          : single(run);
      drawn.set(run, { face: run.face, codes, x: width });
      width += own;
    }
    const pieces = runs.map((run) => drawn.get(run)!);
    const backwards = runs.some(({ level }) => level % 2 === 1);
    const moved = !backwards && runs.some(({ joins }) => joins);
    return { width, pieces, backwards, ...(moved ? { logical: text } : {}) };
  }

  #runs(text: string, weight: Weight): Run[] {
    const levels = fromRight.test(text) ? bidi.getEmbeddingLevels(text, "auto").levels : null;
    const runs: Run[] = [];
    for (const { segment, index } of clusters.segment(text)) {
      const level = levels?.[index] ?? 0;
      const whole = partFor(segment);
      for (const cluster of whole ? [segment] : segment) {
        const last = runs.at(-1);
        if (!whole && invisible.test(cluster)) {
          if (last) last.clusters.push((last.clusters.pop() ?? "") + cluster);
          continue;
        }
        // A space stays with the words of one script, or each of them would be a text of its own.
        if (cluster === " " && last?.level === level && keepsSpace(last)) {
          last.clusters.push(cluster);
          continue;
        }
        const part = whole ?? partFor(cluster);
        const joins = !!part && (part.joins || [...cluster].length > 1);
        const next = {
          face: this.#face(part ?? this.#latin, weight),
          level,
          joins,
          clusters: [cluster],
          missing: !part,
        };
        if (last && same(last, next)) last.clusters.push(cluster);
        else runs.push(next);
      }
    }
    return runs;
  }
}

/** That of emoji is as wide as they are. */
const keepsSpace = ({ face: { slice }, missing }: Run) =>
  !missing && slice.hasGlyphForCodePoint(0x20) && !slice.postscriptName.startsWith("noto-emoji");

const same = (a: Run, b: Run) =>
  a.face === b.face && a.level === b.level && a.joins === b.joins && a.missing === b.missing;

/** The rule L2 of the bidirectional algorithm: from the highest level down, whatever is at least as deep is turned. */
function reorder(runs: Run[]): Run[] {
  const order = [...runs];
  const deepest = Math.max(0, ...runs.map(({ level }) => level));
  for (let level = deepest; level > 0; level--) {
    for (let start = 0; start < order.length; start++) {
      let end = start;
      while (end < order.length && order[end]!.level >= level) end++;
      if (end > start) order.splice(start, end - start, ...order.slice(start, end).reverse());
      start = end;
    }
  }
  return order;
}

/** The way of nearly all text: a table of codes and widths. */
function one(face: Face, text: string): Shaped {
  const { hex, width } = face;
  let codes = "";
  let total = 0;
  for (let n = 0; n < text.length; n++) {
    const at = text.charCodeAt(n);
    codes += hex[at] ?? face.learn(at);
    total += width[at]!;
  }
  return { width: total, pieces: [{ face, codes: `<${codes}>`, x: 0 }] };
}
