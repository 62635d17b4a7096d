import { forget, type Glyph, type Slice, type Subset } from "./open-slice.ts";

/** pdfkit's side of a font within one document: which glyphs it holds, how wide they are, which text they stand for. */
export interface Embedded {
  id: string;
  ref(): unknown;
  subset: Subset;
  widths: number[];
  unicode: number[][];
}

/** Codes are two bytes. */
const mostCodes = 65_000;

/**
 * A font in a document. One code per glyph *and* text: pdfkit has one per glyph, so that whatever shares a shape with
 * another character would come back as that one when the text is copied or searched.
 */
export class Face {
  readonly slice: Slice;
  readonly embedded: Embedded;
  readonly #scale: number;
  readonly #codes = new Map<string, string>();
  /** By code point: the code as four hexadecimal digits, and the width in thousandths of the size. */
  readonly hex: (string | undefined)[] = [];
  readonly width: number[] = [];

  constructor(slice: Slice, embedded: Embedded) {
    this.slice = slice;
    this.embedded = embedded;
    this.#scale = 1000 / slice.unitsPerEm;
  }

  /** The width of a glyph in thousandths of the size. */
  widthOf(glyph: Glyph): number {
    return glyph.advanceWidth * this.#scale;
  }

  scaled(units: number): number {
    return units * this.#scale;
  }

  /** The code that draws the glyph and reads as the text. */
  code(glyph: Glyph, text: number[]): string {
    const key = `${glyph.id} ${text.join(" ")}`;
    let code = this.#codes.get(key);
    if (code === undefined) {
      const { subset, widths, unicode } = this.embedded;
      // The first time pdfkit counts; for another text of the same shape, the shape is embedded again.
      let id = subset.includeGlyph(glyph.id);
      if (unicode[id] !== undefined && subset.glyphs.length < mostCodes) id = subset.glyphs.push(glyph.id) - 1;
      widths[id] ??= this.widthOf(glyph);
      unicode[id] ??= text;
      code = id.toString(16).padStart(4, "0");
      this.#codes.set(key, code);
    }
    return code;
  }

  /** Looks up what `hex` and `width` hold of a character. */
  learn(codePoint: number): string {
    const glyph = this.slice.glyphForCodePoint(codePoint);
    const code = this.code(glyph, [codePoint]);
    this.hex[codePoint] = code;
    this.width[codePoint] = this.widthOf(glyph);
    forget(this.slice, glyph);
    return code;
  }
}
