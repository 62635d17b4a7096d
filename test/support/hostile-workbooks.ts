import { deflateRawSync } from "node:zlib";
import { hostileSheets } from "./hostile-sheets.ts";
import {
  changed,
  type Hostile,
  head,
  headers,
  partsOf,
  plainSheet,
  row,
  sharedStrings,
  sheetPart,
  times,
  withSheet,
  workbookFrom,
  worksheet,
} from "./workbook-parts.ts";
import { repeated, zipOf } from "./zip-writer.ts";

/** Workbooks that mean harm, or that another program would read differently. Each is built here, from nothing. */
const withEntity = (declaration: string, use: string) =>
  withSheet(plainSheet.replace(head, `${head}${declaration}`).replace("Ana", use));
const MB = 1024 * 1024;
const blank = Buffer.alloc(MB, " ");
const bombSheet = (megabytes: number) => repeated(plainSheet.slice(0, -12), blank, megabytes, "</worksheet>");
const bomb = (megabytes: number) => repeated("", blank, megabytes, "");

/** Every one is refused. */
export const hostileWorkbooks: Record<string, Hostile> = {
  "an empty file": { ids: "T75", make: () => Buffer.alloc(0), code: "empty" },
  "a csv file": { ids: "T75", make: () => Buffer.from("First Name,Last Name\nAna,Diaz\n"), code: "not_a_workbook" },
  "a page of html": { ids: "T75", make: () => Buffer.from("<html><table></table></html>"), code: "not_a_workbook" },
  "a plain zip": { ids: "T75 T80", make: () => zipOf([{ name: "a.txt", content: "Hello" }]), code: "not_a_workbook" },
  "a text document": {
    ids: "T75",
    make: () =>
      workbookFrom({ kind: "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml" }),
    code: "not_a_workbook",
  },
  "a workbook with macros": {
    ids: "T75",
    make: () => workbookFrom({ kind: "application/vnd.ms-excel.sheet.macroEnabled.main+xml" }),
    code: "macros",
  },
  "macros in a workbook that says it has none": {
    ids: "T75",
    make: () => zipOf([...partsOf(), { name: "xl/vbaProject.bin", content: "x" }]),
    code: "macros",
  },
  "an encrypted workbook": {
    ids: "T75",
    make: () =>
      Buffer.concat([
        Buffer.from("d0cf11e0a1b11ae1", "hex"),
        Buffer.alloc(1024),
        Buffer.from("EncryptedPackage", "utf16le"),
      ]),
    code: "encrypted",
  },
  "a workbook of the old format": {
    ids: "T75",
    make: () => Buffer.concat([Buffer.from("d0cf11e0a1b11ae1", "hex"), Buffer.alloc(1024)]),
    code: "old_format",
  },
  "an encrypted entry": { ids: "T77", make: () => changed(sheetPart, { flags: 0x801 }), code: "encrypted" },
  "half a workbook": { ids: "T75", make: () => workbookFrom().subarray(0, 900), code: "truncated" },
  "more megabytes than a file may have": {
    ids: "T75",
    make: () => Buffer.concat([workbookFrom(), Buffer.alloc(26 * MB)]),
    code: "too_large",
    limit: "25",
  },

  "a sheet of 300 MB": {
    ids: "T77",
    make: () => changed(sheetPart, bombSheet(300)),
    code: "part_too_large",
    limit: "200",
  },
  "a sheet that becomes a thousand times larger": {
    ids: "T77",
    make: () => changed(sheetPart, bombSheet(50)),
    code: "ratio",
    limit: "100",
  },
  "shared strings of 300 MB": {
    ids: "T77",
    make: () => changed("xl/sharedStrings.xml", bomb(300), { strings: sharedStrings("x") }),
    code: "part_too_large",
  },
  "parts of 500 MB together": {
    ids: "T77",
    make: () =>
      zipOf([
        ...partsOf(),
        ...[1, 2, 3].map((index) => ({
          name: `xl/media/${index}.bin`,
          content: "",
          packed: Buffer.alloc(2 * MB),
          size: 180 * MB,
        })),
      ]),
    code: "too_large_unpacked",
    limit: "400",
  },
  "a sheet of 300 MB that says it has 2,000 bytes": {
    ids: "T77",
    make: () => changed(sheetPart, { ...bombSheet(300), size: 2_000 }),
    code: "lying_sizes",
  },
  "a picture of 300 MB that says it has 2,000 bytes": {
    ids: "T77",
    make: () => zipOf([...partsOf(), { name: "xl/media/1.png", content: "", ...bomb(300), size: 2_000 }]),
    code: "lying_sizes",
  },
  "an entry that is smaller than it says": {
    ids: "T77",
    make: () => changed(sheetPart, { size: 90_000 }),
    code: "lying_sizes",
  },
  "a directory that says another size than the entry": {
    ids: "T77",
    make: () => changed(sheetPart, { localSize: 10 }),
    code: "lying_sizes",
  },
  "a directory that says another name than the entry": {
    ids: "T77",
    make: () => changed(sheetPart, { localName: "xl/worksheets/sheet2.xml" }),
    code: "damaged",
  },
  "another way of packing in the entry": {
    ids: "T77",
    make: () => changed(sheetPart, { localMethod: 0 }),
    code: "damaged",
  },
  "something behind the packed bytes": {
    ids: "T77",
    make: () =>
      changed(sheetPart, { packed: Buffer.concat([deflateRawSync(Buffer.from(plainSheet)), Buffer.from("more")]) }),
    code: "lying_sizes",
  },
  "a wrong checksum": { ids: "T77", make: () => changed(sheetPart, { crc: 1 }), code: "damaged" },
  "bytes that do not unpack": {
    ids: "T77",
    make: () => changed(sheetPart, { packed: Buffer.alloc(99, 0xff) }),
    code: "damaged",
  },
  "a way of packing that no workbook uses": {
    ids: "T77",
    make: () => changed(sheetPart, { method: 12 }),
    code: "bad_method",
  },
  "two entries over the same bytes": {
    ids: "T77",
    make: () => {
      const inner = { name: "b.bin", content: "x".repeat(5_000), method: 0 };
      return zipOf([{ name: "a.bin", content: zipOf([inner]), method: 0 }, { ...inner, place: 35 }, ...partsOf()]);
    },
    code: "overlapping_entries",
  },
  "20,000 tiny entries": {
    ids: "T77",
    make: () =>
      zipOf([...partsOf(), ...Array.from({ length: 20_000 }, (_, i) => ({ name: `x/${i}`, content: "", method: 0 }))]),
    code: "too_many_entries",
    limit: "2,000",
  },
  "the same entry twice": {
    ids: "T77 T80",
    make: () => zipOf([...partsOf(), { name: sheetPart, content: worksheet(headers) }]),
    code: "duplicate_entries",
  },
  "the same entry twice but for capitals": {
    ids: "T77 T80",
    make: () => zipOf([...partsOf(), { name: sheetPart.toUpperCase(), content: worksheet(headers) }]),
    code: "duplicate_entries",
  },
  ...Object.fromEntries(
    ["../evil.xml", "xl/../../evil.xml", "xl\\evil.xml", "/etc/evil.xml", "C:/evil.xml", "a//b.xml", "a\0.xml"].map(
      (name) => [
        `an entry named ${JSON.stringify(name)}`,
        { ids: "T77", make: () => zipOf([...partsOf(), { name, content: "x" }]), code: "bad_names" },
      ],
    ),
  ),
  "a symbolic link": {
    ids: "T77",
    make: () => zipOf([...partsOf(), { name: "xl/link", content: "/etc/passwd", mode: 0o120777 }]),
    code: "bad_names",
  },

  "an external entity": {
    ids: "T78",
    make: () => withEntity('<!DOCTYPE x [<!ENTITY e SYSTEM "http://127.0.0.1:9/evil">]>', "&e;"),
    code: "doctype",
  },
  "an external entity that is not used": {
    ids: "T78",
    make: () => withEntity('<!DOCTYPE worksheet SYSTEM "http://127.0.0.1:9/evil.dtd">', "Ana"),
    code: "doctype",
  },
  "a parameter entity": {
    ids: "T78",
    make: () => withEntity('<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/evil.dtd"> %p;]>', "Ana"),
    code: "doctype",
  },
  "a billion laughs": {
    ids: "T78",
    make: () =>
      withEntity(
        `<!DOCTYPE x [<!ENTITY l0 "ha">${times(9, (i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`)}]>`,
        "&l9;",
      ),
    code: "doctype",
  },
  "one long entity many times": {
    ids: "T78",
    make: () => withEntity(`<!DOCTYPE x [<!ENTITY q "${"q".repeat(50_000)}">]>`, "&q;".repeat(5_000)),
    code: "doctype",
  },
  "a document type in a part that nobody reads": {
    ids: "T78",
    make: () => zipOf([...partsOf(), { name: "docProps/app.xml", content: `${head}<!DOCTYPE x><x/>` }]),
    code: "doctype",
  },
  "a document type in the relations": {
    ids: "T78",
    make: () => changed("_rels/.rels", { content: `${head}<!DOCTYPE x><x/>` }),
    code: "doctype",
  },
  "an entity that nobody declares": { ids: "T78", make: () => withEntity("", "&evil;"), code: "malformed" },
  "a part in UTF-16": {
    ids: "T78",
    make: () => changed(sheetPart, { content: Buffer.from(`\ufeff${plainSheet}`, "utf16le") }),
    code: "encoding",
  },
  "another encoding by declaration": {
    ids: "T78",
    make: () => withSheet(plainSheet.replace("UTF-8", "utf-7")),
    code: "encoding",
  },
  "elements in elements without end": {
    ids: "T78",
    make: () => withSheet(worksheet("", `${"<a>".repeat(300)}${"</a>".repeat(300)}`)),
    code: "too_deep",
  },
  "a cell with two megabytes of text": {
    ids: "T78",
    make: () => withSheet(worksheet(row(1, [times(200_000, (i) => `${i * 7919} `)]))),
    code: "long_text",
  },
  ...hostileSheets,
};
