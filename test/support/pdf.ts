import { getResolvedPDFJS } from "unpdf";

const { getDocument, OPS } = await getResolvedPDFJS();

export interface Read {
  pages: string[];
  info: Record<string, unknown>;
  outline: string[];
  language: string | null;
  /** The meaning of each part of the first two pages, as a screen reader is told. */
  tags: string[][];
  /** Glyphs that stand for nothing that a font has. */
  missing: number;
}

const tagsOf = (node: { role?: string; children?: unknown[] } | null): string[] => [
  ...(node?.role ? [node.role] : []),
  ...(node?.children ?? []).flatMap((child) => tagsOf(child as Parameters<typeof tagsOf>[0])),
];

/** Reads a PDF with another library than the one that wrote it. */
export async function readPdf(bytes: Uint8Array): Promise<Read> {
  const task = getDocument({ data: new Uint8Array(bytes), useSystemFonts: false, verbosity: 0 });
  const pdf = await task.promise;
  const read: Read = { pages: [], info: {}, outline: [], language: null, tags: [], missing: 0 };
  const { info } = await pdf.getMetadata();
  read.info = info as Record<string, unknown>;
  read.language = read.info.Language as string;
  read.outline = ((await pdf.getOutline()) ?? []).map(({ title }) => title);
  for (let n = 1; n <= pdf.numPages; n++) {
    const page = await pdf.getPage(n);
    const { items } = await page.getTextContent();
    read.pages.push(items.map((item) => ("str" in item ? `${item.str}${item.hasEOL ? "\n" : ""}` : "")).join(""));
    // A table over many pages is in the tree of each of them.
    if (n <= 2) read.tags.push(tagsOf(await page.getStructTree()));
    const { fnArray, argsArray } = await page.getOperatorList();
    fnArray.forEach((op, at) => {
      if (op !== OPS.showText) return;
      const glyphs = argsArray[at][0] as (number | { originalCharCode: number })[];
      read.missing += glyphs.filter((glyph) => typeof glyph === "object" && glyph.originalCharCode === 0).length;
    });
  }
  await task.destroy();
  return read;
}
