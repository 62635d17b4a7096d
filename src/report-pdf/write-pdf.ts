import PDFDocument from "pdfkit";
import { inLanguage, t } from "../i18n/t.ts";
import { drawCover } from "./cover.ts";
import { type PdfAbout, type PdfRow, rowsPerPage } from "./document.ts";
import { type Doc, Pen } from "./pen.ts";
import { Table } from "./table.ts";

export type { Count, PdfAbout, PdfRow } from "./document.ts";

/** Cell by cell, up to here; a longer table is read row by row, as the tree of cells would outgrow the text. */
const mostTagged = 2000;
const chunk = 128 * 1024;

function open(about: PdfAbout): Doc {
  return new PDFDocument({
    size: "A4",
    layout: "landscape",
    margin: 0,
    autoFirstPage: false,
    tagged: true,
    pdfVersion: "1.7",
    lang: about.locale,
    displayTitle: true,
    // Otherwise Helvetica is embedded, which nothing here is written in.
    font: null as unknown as string,
    info: {
      Title: `${t("Users report")} · ${about.account}`,
      Author: about.account,
      Subject: about.filterWords.join("; "),
      Creator: "Muster",
      Producer: "Muster, PDFKit",
      CreationDate: about.at,
    },
  }) as unknown as Doc;
}

/** Hands on what pdfkit has finished, and waits until it is taken. */
async function drain(doc: Doc, write: (chunk: Uint8Array) => Promise<void>, least: number): Promise<void> {
  if (doc.readableLength < Math.max(1, least)) return;
  const bytes: Buffer | null = doc.read();
  if (bytes) await write(bytes);
}

const toCell = (draw: () => void) => draw();

/** The parts of the document that a screen reader hears, as the table is drawn. */
function tagging(pen: Pen, about: PdfAbout) {
  const { doc } = pen;
  const whole = about.total <= mostTagged;
  const parent = doc.struct(whole ? "Table" : "Sect", { title: t("Users") });
  doc.addStructure(parent as Parameters<Doc["addStructure"]>[0]);
  const line = (tag: "TH" | "TD", draw: (cell: typeof toCell) => void) => {
    const row = doc.struct("TR");
    parent.add(row);
    draw((content) => pen.part(row, tag, content, tag === "TH" ? { scope: "Column" } : {}));
    row.end();
  };
  return { whole, parent, line };
}

/**
 * Writes the users report as a PDF, A4 landscape: a page of totals and charts, then the table. `rows` must yield as many
 * rows as `about.total` says, for the pages are numbered "n of N" while they are drawn; otherwise it throws.
 * One page is held at a time, and `write` is awaited: what it takes slowly is drawn slowly.
 */
export function writePdf(
  about: PdfAbout,
  rows: AsyncIterable<PdfRow[]>,
  write: (chunk: Uint8Array) => Promise<void>,
): Promise<void> {
  const { locale, timeZone, region } = about;
  return inLanguage({ locale, timeZone, region }, () => draw(about, rows, write));
}

async function draw(about: PdfAbout, rows: AsyncIterable<PdfRow[]>, write: (chunk: Uint8Array) => Promise<void>) {
  const doc = open(about);
  const pen = new Pen(doc);
  const table = new Table(pen, about);

  pen.page();
  doc.outline.addItem(t("Overview"));
  drawCover(pen, about);
  pen.artifact(() => table.footer(1));

  const tags = tagging(pen, about);
  let drawn = 0;
  let text: PdfRow[] = [];
  const body = () =>
    text.forEach((row, line) => {
      if (tags.whole) tags.line("TD", (cell) => table.row(row, line, cell));
      else table.row(row, line, toCell);
    });
  const page = async () => {
    pen.page();
    const first = drawn === 0;
    if (first) doc.outline.addItem(t("Users"));
    if (first && tags.whole) tags.line("TH", (cell) => table.head(cell));
    else pen.artifact(() => table.head(toCell));
    if (tags.whole) body();
    else pen.part(tags.parent, "P", body);
    drawn += text.length;
    text = [];
    pen.artifact(() => table.footer(1 + Math.ceil(drawn / rowsPerPage)));
    await drain(doc, write, chunk);
  };

  for await (const batch of rows) {
    for (const row of batch) {
      text.push(row);
      if (text.length === rowsPerPage) await page();
    }
  }
  if (text.length > 0) await page();
  if (drawn !== about.total) throw new Error(`a report of ${about.total} users came with ${drawn}`);

  tags.parent.end();
  pen.flush();
  doc.end();
  await drain(doc, write, 1);
}
