import { readFileSync } from "node:fs";
import { brotliDecompressSync } from "node:zlib";
import { create } from "fontkit";
import { type LayoutEngine, passMissingAnchors } from "./anchors.ts";
import { encodeOutline, type Path } from "./outline.ts";
import { type Outline, pack, type Variation, varied } from "./variation.ts";

export interface Glyph {
  id: number;
  advanceWidth: number;
  codePoints: number[];
  path: Path;
  _getMetrics(): { leftBearing: number };
}

export interface Position {
  xAdvance: number;
  xOffset: number;
  yOffset: number;
}

/** What pdfkit keeps of the glyphs that a document uses. */
export interface Subset {
  glyphs: number[];
  includeGlyph(id: number): number;
}

interface Subsetting extends Subset {
  offset: number;
  glyf: Uint8Array[];
  loca: { offsets: number[] };
  hmtx: { metrics: { advance: number; bearing: number }[] };
  _addGlyph(id: number): number;
}

/** The part of a font of fontkit that is used here; what begins with an underscore is not in its documentation. */
export interface Slice {
  postscriptName: string;
  unitsPerEm: number;
  stream: { constructor: new (bytes: Uint8Array) => Slice["stream"] };
  directory: { totalCompressedSize: number; tables: Record<string, Table> };
  fvar?: { axis: { axisTag: string; defaultValue: number }[] };
  hasGlyphForCodePoint(codePoint: number): boolean;
  glyphForCodePoint(codePoint: number): Glyph;
  getGlyph(id: number): Glyph;
  layout(
    text: string,
    features?: string[],
    script?: string,
    language?: string,
    direction?: string,
  ): { glyphs: Glyph[]; positions: Position[] };
  createSubset(): Subset;
  /** Glyphs that were put together of others, and their numbers. */
  made?: Map<number, Glyph>;
  stacks?: Map<string, number>;
  _dataPos: number;
  _decompressed?: boolean;
  _decompress(): void;
  _tables: Record<string, unknown>;
  _glyphs: Record<number, Glyph | undefined>;
  _transformedGlyphs: Outline[];
  _variationProcessor: Variation | null;
  _layoutEngine: LayoutEngine;
}

interface Table {
  offset: number;
  length: number;
  transformLength?: number | null;
}

/** fontkit unpacks WOFF2 in JavaScript; Node does it forty times as fast. */
function decompress(font: Slice, bytes: Uint8Array, Stream: Slice["stream"]["constructor"]) {
  font._decompress = () => {
    if (font._decompressed) return;
    let end = 0;
    for (const table of Object.values(font.directory.tables)) {
      table.offset = end;
      end += table.transformLength ?? table.length;
    }
    const packed = bytes.subarray(font._dataPos, font._dataPos + font.directory.totalCompressedSize);
    font.stream = new Stream(new Uint8Array(brotliDecompressSync(packed)));
    font._decompressed = true;
  };
}

/** Takes a glyph's outline out of memory again. */
export function forget(font: Slice, glyph: Glyph): void {
  font._glyphs[glyph.id] = undefined;
}

const boxId = 65_534;
const firstMade = 50_000;

export interface Mark {
  glyph: Glyph;
  dx: number;
  dy: number;
}

/** A letter and the dots that the font keeps apart from it, as one glyph: a reader of PDF takes dots for letters. */
export function stacked(font: Slice, base: Glyph, marks: Mark[]): Glyph {
  const parts = [{ glyph: base, dx: 0, dy: 0 }, ...marks];
  const key = parts.map(({ glyph, dx, dy }) => `${glyph.id} ${dx} ${dy}`).join(", ");
  font.made ??= new Map();
  font.stacks ??= new Map();
  const id = font.stacks.get(key) ?? firstMade + font.made.size;
  if (!font.stacks.has(key)) {
    const commands = parts.flatMap(({ glyph, dx, dy }) =>
      glyph.path.commands.map(({ command, args }) => ({ command, args: args.map((at, n) => at + (n % 2 ? dy : dx)) })),
    );
    const metrics = base._getMetrics();
    const made = { id, advanceWidth: base.advanceWidth, path: { commands }, _getMetrics: () => metrics };
    font.stacks.set(key, id);
    font.made.set(id, made as unknown as Glyph);
  }
  return { ...font.made.get(id)!, codePoints: base.codePoints };
}

/** A thin box, for a character that no font has: what fonts hold for that purpose reads as nothing. */
export function boxOf(font: Slice): Glyph {
  const unit = font.unitsPerEm / 1000;
  const Path = font.getGlyph(0).path.constructor as new () => Path;
  const path = new Path();
  const corners = (around: [number, number][]) => {
    around.forEach(([x, y], n) => {
      path[n === 0 ? "moveTo" : "lineTo"](x * unit, y * unit);
    });
    path.closePath();
  };
  corners([
    [60, 0],
    [60, 700],
    [540, 700],
    [540, 0],
  ]);
  corners([
    [105, 45],
    [495, 45],
    [495, 655],
    [105, 655],
  ]);
  return { id: boxId, advanceWidth: 600 * unit, codePoints: [], path, _getMetrics: () => ({ leftBearing: 60 * unit }) };
}

/** What pdfkit embeds: outlines written anew, as the file holds them in a form that only WOFF2 knows. */
function subsetOf(font: Slice, create: () => Subset): Subset {
  const subset = create() as Subsetting;
  subset._addGlyph = (id) => {
    const glyph = font.made?.get(id) ?? (id === boxId ? boxOf(font) : font.getGlyph(id));
    const bytes = encodeOutline(glyph.path);
    subset.glyf.push(bytes);
    subset.loca.offsets.push(subset.offset);
    subset.hmtx.metrics.push({ advance: Math.round(glyph.advanceWidth), bearing: glyph._getMetrics().leftBearing });
    subset.offset += bytes.length;
    forget(font, glyph);
    return subset.glyf.length - 1;
  };
  return subset;
}

/** Opens a WOFF2 file of a variable font at one weight (100–900), named so that no two fonts of a document share a name. */
export function openSlice(file: string, name: string, weight: number): Slice {
  const bytes = new Uint8Array(readFileSync(file));
  const plain = create(bytes as Buffer) as unknown as Slice;
  const Stream = plain.stream.constructor;
  decompress(plain, bytes, Stream);
  plain.getGlyph(0);
  if (!plain.fvar) throw new Error(`${file} is no variable font`);

  const Font = plain.constructor as new (stream: unknown, coordinates: number[]) => Slice;
  const coordinates = plain.fvar.axis.map(({ axisTag, defaultValue }) => (axisTag === "wght" ? weight : defaultValue));
  const font = new Font(new Stream(bytes), coordinates);
  const create_ = font.createSubset.bind(font);
  const layout = font.layout.bind(font);
  const outlines = plain._transformedGlyphs.map(pack);
  // The tables hold on to the font that read them.
  Object.assign(plain, { _transformedGlyphs: [], _glyphs: {} });
  Object.assign(font, {
    directory: plain.directory,
    stream: plain.stream,
    _decompressed: true,
    // Short offsets end at 128 KiB of outlines, which emoji exceed.
    _tables: { ...plain._tables, loca: { version: 1, offsets: [] } },
    createSubset: () => subsetOf(font, create_),
    layout: (...text: Parameters<Slice["layout"]>) => {
      // What joins letters is read when it is first needed.
      if (font.layout !== layout) passMissingAnchors(font._layoutEngine);
      font.layout = layout;
      return layout(...text);
    },
    _transformedGlyphs: new Proxy(outlines, {
      get: (all, id) => varied(font._variationProcessor, all[Number(id)], Number(id)),
    }),
  });
  Object.defineProperty(font, "postscriptName", { value: name });
  return font;
}
