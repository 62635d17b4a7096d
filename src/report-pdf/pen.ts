import type PDFDocument from "pdfkit";
import type { Weight } from "../typesetting/catalogue.ts";
import { type Shaped, Shaper } from "../typesetting/shape.ts";

/** The colours of the console in the light, as of public/app.css. */
export const colours = {
  ink: "#1a211e",
  soft: "#4f5854",
  line: "#e1e0db",
  strong: "#94928b",
  sunken: "#f2f1ed",
  accent: "#005f46",
  /** From dark to light, so that they differ in grey as well. */
  ramp: ["#004935", "#1e6d54", "#4b9077", "#79af9a", "#a6cbbb", "#cce0d7"],
};

export interface Style {
  size: number;
  weight?: Weight;
  colour?: string;
}

interface Element {
  add(child: unknown): Element;
  end(): void;
}

/** What is used of pdfkit's document, of which its types know a part. */
export type Doc = InstanceType<typeof PDFDocument> & {
  markStructureContent(tag: string): unknown;
  struct(tag: string, options?: { title?: string; alt?: string; scope?: string }): Element;
};

const rgb = new Map<string, string>();
function fillOf(colour: string): string {
  let found = rgb.get(colour);
  if (!found) {
    const parts = [1, 3, 5].map((at) => (Number.parseInt(colour.slice(at, at + 2), 16) / 255).toFixed(4));
    found = `${parts.join(" ")} rg`;
    rgb.set(colour, found);
  }
  return found;
}

const short = (at: number) => Math.round(at * 100) / 100;
const letters = new Intl.Segmenter("en", { granularity: "grapheme" });
const mostDrawn = 1000;

/** Writes text and lines straight into the page: pdfkit's own text saves and restores everything around every word. */
export class Pen {
  readonly doc: Doc;
  readonly #shaper: Shaper;
  #content: string[] = [];
  #colour = "";
  #font = "";

  constructor(doc: Doc) {
    this.doc = doc;
    this.#shaper = new Shaper((slice) => {
      doc.font(slice as unknown as string);
      return (doc as unknown as { _font: ReturnType<ConstructorParameters<typeof Shaper>[0]> })._font;
    });
  }

  width(text: string, { size, weight = 400 }: Style): number {
    return (this.#shaper.shape(text, weight).width * size) / 1000;
  }

  /** The text, cut with "…" where it is wider than `width` points; what is cut off can still be copied. */
  fit(text: string, { size, weight = 400 }: Style, width: number): Shaped {
    const most = (width * 1000) / size;
    const whole = text.length > mostDrawn ? `${text.slice(0, mostDrawn)}…` : text;
    const shaped = this.#shaper.shape(whole, weight);
    if (shaped.width <= most) return shaped;

    const parts = Array.from(letters.segment(whole), ({ segment }) => segment);
    const upTo = (end: number) => this.#shaper.shape(`${parts.slice(0, end).join("").trimEnd()}…`, weight);
    let [fits, over] = [0, parts.length];
    while (over - fits > 1) {
      const middle = (fits + over) >> 1;
      if (upTo(middle).width <= most) fits = middle;
      else over = middle;
    }
    const cut = upTo(fits);
    return cut.backwards ? cut : { ...cut, logical: whole };
  }

  /** Draws with the baseline at `y`, counted from the top of the page; returns the width in points. */
  text(text: string | Shaped, x: number, y: number, style: Style): number {
    const { size, weight = 400, colour = colours.ink } = style;
    const shaped = typeof text === "string" ? this.#shaper.shape(text, weight) : text;
    if (shaped.logical !== undefined) {
      this.flush();
      this.doc.markContent("Span", { actual: shaped.logical });
    }
    if (colour !== this.#colour) {
      this.#content.push(fillOf(colour));
      this.#colour = colour;
    }
    for (const { face, codes, x: shift } of shaped.pieces) {
      const { id } = face.embedded;
      const fonts = (this.doc.page as unknown as { fonts: Record<string, unknown> }).fonts;
      fonts[id] ??= face.embedded.ref();
      const font = `/${id} ${size} Tf`;
      const set = font === this.#font ? "" : ` ${font}`;
      this.#font = font;
      this.#content.push(
        `BT${set} 1 0 0 -1 ${short(x + (shift * size) / 1000)} ${short(y)} Tm ${show(codes, size)} ET`,
      );
    }
    if (shaped.logical !== undefined) {
      this.flush();
      this.doc.endMarkedContent();
    }
    return (shaped.width * size) / 1000;
  }

  /** A filled rectangle; a line is a thin one. */
  box(x: number, y: number, width: number, height: number, colour: string): void {
    if (colour !== this.#colour) this.#content.push(fillOf(colour));
    this.#colour = colour;
    this.#content.push(`${short(x)} ${short(y)} ${short(width)} ${short(height)} re f`);
  }

  /** A path in the language of SVG, filled, with a white edge that parts it from its neighbours. */
  path(shape: string, colour: string): void {
    this.flush();
    this.doc.save().path(shape).lineWidth(1).fillAndStroke(colour, "#ffffff").restore();
  }

  /** Hands what was drawn to pdfkit, so that what pdfkit writes comes after it. */
  flush(): void {
    if (this.#content.length > 0) this.doc.addContent(this.#content.join("\n"));
    this.#content = [];
  }

  page(): void {
    this.flush();
    this.doc.addPage();
    this.#colour = "";
    this.#font = "";
  }

  /** What belongs to the page and not to the text: it is not read out. */
  artifact(draw: () => void): void {
    this.flush();
    this.doc.markContent("Artifact", { type: "Pagination" });
    draw();
    this.flush();
    this.doc.endMarkedContent();
  }

  /** A part of the text with its meaning: a heading, a paragraph, a cell. */
  part(parent: Element | null, tag: string, draw: () => void, options = {}): void {
    this.flush();
    const element = this.doc.struct(tag, options);
    if (parent) parent.add(element);
    else this.doc.addStructure(element as Parameters<Doc["addStructure"]>[0]);
    const content = this.doc.markStructureContent(tag);
    draw();
    this.flush();
    this.doc.endMarkedContent();
    element.add(content);
    element.end();
  }
}

function show(codes: string, size: number): string {
  if (!codes.startsWith("[")) return `${codes} Tj`;
  return `${codes} TJ`.replace(/@(-?[\d.]+)@/g, (_, by: string) => `] TJ ${short((Number(by) * size) / 1000)} Ts [`);
}
