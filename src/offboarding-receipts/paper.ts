import PDFDocument from "pdfkit";
import { formatNumber } from "../i18n/format.ts";
import { t } from "../i18n/t.ts";
import { colours, type Doc, Pen, type Style } from "../report-pdf/pen.ts";

/** A4 upright, in points. */
const sheet = { width: 595.28, height: 841.89, margin: 52 };
const inner = sheet.width - 2 * sheet.margin;
const lowest = sheet.height - 70;

export const red = "#a3161c";

/** What stands in a document's own facts and in the foot of each page. */
export interface About {
  title: string;
  account: string;
  locale: string;
  at: Date;
  foot: string;
}

const [nameWide, valueWide] = [inner * 0.52, inner * 0.48];
/** So many lines of a value stand in one row. */
const mostLines = 40;
const styleOf = (colour: string = colours.ink): Style => ({
  ...{ size: 9.5, colour },
  weight: colour === colours.ink ? 400 : 650,
});

type Element = ReturnType<Doc["struct"]>;

/** A document that is written from top to bottom: headings, lines and rows, on as many pages as it takes. */
export class Paper {
  readonly pen: Pen;
  readonly #about: About;
  readonly #pages: number;
  #page = 0;
  #y = 0;

  /** `pages`: how many there will be, for the feet; 0 while they are counted. */
  constructor(about: About, pages: number) {
    const doc = new PDFDocument({
      ...{ size: "A4", margin: 0, autoFirstPage: false, tagged: true, pdfVersion: "1.7", displayTitle: true },
      lang: about.locale,
      // Otherwise Helvetica is embedded, which nothing here is written in.
      font: null as unknown as string,
      info: {
        ...{ Title: about.title, Author: about.account, CreationDate: about.at },
        ...{ Creator: "Muster", Producer: "Muster, PDFKit" },
      },
    }) as unknown as Doc;
    this.pen = new Pen(doc);
    this.#about = about;
    this.#pages = pages;
    this.#turn();
  }

  get pages(): number {
    return this.#page;
  }

  #turn() {
    this.pen.page();
    this.#page++;
    this.#y = sheet.margin + 20;
    const style: Style = { size: 7.5, colour: colours.soft };
    const foot = sheet.height - 34;
    this.pen.artifact(() => {
      this.pen.box(sheet.margin, foot - 14, inner, 0.5, colours.line);
      const of = t("Page {page} of {pages}", {
        page: formatNumber(this.#page),
        pages: formatNumber(Math.max(this.#pages, this.#page)),
      });
      const wide = this.pen.width(of, style);
      this.pen.text(this.pen.fit(this.#about.foot, style, inner - wide - 20), sheet.margin, foot, style);
      this.pen.text(of, sheet.width - sheet.margin - wide, foot, style);
    });
  }

  /** Room for so many points, on the next page where this one has none. */
  #room(height: number) {
    if (this.#y + height > lowest) this.#turn();
  }

  title(text: string, under: string) {
    this.pen.part(null, "H1", () => {
      this.pen.box(sheet.margin, this.#y - 12, 32, 3, colours.accent);
      const style: Style = { size: 22, weight: 650 };
      this.pen.text(this.pen.fit(text, style, inner), sheet.margin, this.#y + 22, style);
    });
    const style: Style = { size: 12, colour: colours.accent };
    this.pen.part(null, "P", () => this.pen.text(this.pen.fit(under, style, inner), sheet.margin, this.#y + 42, style));
    this.#y += 72;
  }

  heading(text: string, keep = 40) {
    this.#room(keep + 20);
    this.#y += 16;
    const style: Style = { size: 12, weight: 650 };
    this.pen.part(null, "H2", () => this.pen.text(this.pen.fit(text, style, inner), sheet.margin, this.#y, style));
    this.pen.artifact(() => this.pen.box(sheet.margin, this.#y + 8, inner, 0.6, colours.line));
    this.#y += 26;
  }

  /** Words that may be long, over as many lines as they take. */
  words(text: string, colour = colours.ink) {
    const style: Style = { size: 9.5, colour };
    for (const line of text.split("\n").flatMap((part) => this.#linesOf(part, style))) {
      this.#room(16);
      this.pen.part(null, "P", () => this.pen.text(this.pen.fit(line, style, inner), sheet.margin, this.#y, style));
      this.#y += 15;
    }
    this.#y += 4;
  }

  #linesOf(text: string, style: Style, width = inner): string[] {
    const lines: string[] = [];
    for (const word of text.split(" ")) {
      const longer = lines.length > 0 ? `${lines.at(-1)} ${word}` : word;
      if (lines.length > 0 && this.pen.width(longer, style) <= width) lines[lines.length - 1] = longer;
      else lines.push(word);
    }
    return lines;
  }

  /**
   * Rows of two cells: what it is, and how it is; the second in its colour and over as many lines as it takes, with words
   * under the first where there are any.
   */
  rows(title: string, rows: { name: string; under?: string; value: string; colour?: string }[]) {
    const { doc } = this.pen;
    const table = doc.struct("Table", { title });
    doc.addStructure(table as Parameters<Doc["addStructure"]>[0]);
    for (const { value, ...row } of rows) {
      const lines = this.#linesOf(value, styleOf(row.colour), valueWide);
      // What is longer than a page goes on in a row of its own.
      for (let at = 0; at < lines.length; at += mostLines)
        this.#row(table, { ...(at ? { name: "", colour: row.colour } : row), lines: lines.slice(at, at + mostLines) });
    }
    table.end();
  }

  #row(
    table: Element,
    { name, under = "", lines, colour }: { name: string; under?: string; lines: string[]; colour?: string },
  ) {
    const height = Math.max(under ? 30 : 20, 8 + 12 * lines.length);
    this.#room(height);
    const line = this.pen.doc.struct("TR");
    table.add(line);
    const main: Style = { size: 9.5 };
    const small: Style = { size: 8, colour: colours.soft };
    this.pen.part(
      line,
      "TH",
      () => {
        this.pen.text(this.pen.fit(name, main, nameWide - 12), sheet.margin, this.#y, main);
        if (under) this.pen.text(this.pen.fit(under, small, nameWide - 12), sheet.margin, this.#y + 11, small);
      },
      { scope: "Row" },
    );
    const style = styleOf(colour);
    this.pen.part(line, "TD", () => {
      for (const [n, text] of lines.entries())
        this.pen.text(this.pen.fit(text, style, valueWide), sheet.margin + nameWide, this.#y + 12 * n, style);
    });
    line.end();
    this.pen.artifact(() => this.pen.box(sheet.margin, this.#y + height - 13, inner, 0.4, colours.line));
    this.#y += height;
  }

  /** Everything that was written, as one file. */
  async bytes(): Promise<Buffer> {
    this.pen.flush();
    const chunks: Buffer[] = [];
    const { doc } = this.pen;
    doc.on("data", (chunk: Buffer) => chunks.push(chunk));
    const whole = new Promise<void>((resolve) => doc.on("end", resolve));
    doc.end();
    await whole;
    return Buffer.concat(chunks);
  }
}
