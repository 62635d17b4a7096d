import type { WorkbookLimits } from "../xlsx/limits.ts";
import { Unreadable } from "../xlsx/unreadable.ts";
import { type Package, small } from "../xlsx-parts/inflate.ts";
import { namespaces, readXml } from "../xlsx-parts/xml.ts";
import type { ZipEntry } from "../xlsx-parts/zip.ts";

/** The formats that every program knows by number and that show a day or a time, the East Asian ones too. */
const dates = [
  [14, 22],
  [27, 36],
  [45, 47],
  [50, 58],
] as const;

/** Whether a format shows a day or a time, once quoted words, escaped letters and colours are taken out. */
function showsDate(code: string): boolean {
  const bare = code
    .replace(/"[^"]*"/g, "")
    .replace(/[\\_*]./g, "")
    .replace(/\[(?!(h+|m+|s+)\])[^\]]*\]/gi, "");
  return /[dmyhs]/i.test(bare.replace(/general/gi, ""));
}

/** Which of the styles of cells show a number as a day. Without a part for styles: none. */
export async function readDateStyles(zip: Package, entry: ZipEntry | undefined, limits: WorkbookLimits) {
  const formats = new Map<number, boolean>();
  const styles: boolean[] = [];
  if (!entry) return styles;
  const path: string[] = [];
  await readXml(zip, small(entry, limits), namespaces.main, limits, {
    open(name, attributes, depth) {
      path.length = depth - 1;
      path.push(name);
      const where = path.join("/");
      if (where === "styleSheet/numFmts/numFmt")
        formats.set(Number(attributes.numFmtId), showsDate((attributes.formatCode ?? "").slice(0, 1_000)));
      if (where === "styleSheet/cellXfs/xf") {
        const id = Number(attributes.numFmtId ?? 0);
        styles.push(formats.get(id) ?? dates.some(([from, to]) => id >= from && id <= to));
      }
      if (formats.size > limits.styles || styles.length > limits.styles)
        throw new Unreadable("too_many_styles", { limit: limits.styles });
    },
    text() {},
    close() {},
  });
  return styles;
}
