import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ExcelJS from "exceljs";
import { describe, expect, test } from "vitest";
import { cellsOf, readAll } from "./support/reading.ts";
import {
  changed,
  partsOf,
  person,
  plainSheet,
  row,
  sharedStrings,
  sheetPart,
  withSheet,
  workbookFrom,
  worksheet,
} from "./support/workbook-parts.ts";
import { zipOf } from "./support/zip-writer.ts";

const ana = [
  ["First Name", "Last Name", "Email", "Create personal mailbox"],
  ["Ana", "Diaz", "ana@acme.test", "Y"],
];
const readCells = async (bytes: Uint8Array) => cellsOf(await readAll(bytes));
/** One row with these cells in the XML. */
const oneRow = async (cells: string, more = {}) =>
  (await readCells(withSheet(worksheet(`<row r="1">${cells}</row>`), more)))[0];
const styles = (formats: string, ids: number[]) => ({
  styles: worksheet("").replace(
    /<worksheet( xmlns="[^"]*").*$/,
    `<styleSheet$1><numFmts>${formats}</numFmts><cellXfs>${ids.map((id) => `<xf numFmtId="${id}"/>`).join("")}</cellXfs></styleSheet>`,
  ),
});

describe("cells", () => {
  test("T81 text comes as a person sees it, anything else is marked with what stands there", async () => {
    const workbook = new ExcelJS.Workbook();
    const sheet = workbook.addWorksheet("Users", { state: "veryHidden" });
    sheet.addRow([
      "Ana",
      { text: "ana@acme.test", hyperlink: "mailto:ana@acme.test" },
      { richText: [{ text: "An " }, { font: { bold: true }, text: "na" }] },
      { text: { richText: [{ text: "bob@" }, { text: "acme.test" }] }, hyperlink: "mailto:bob@acme.test" },
      42,
      { formula: 'A1&"x"', result: "Anax" },
      new Date(Date.UTC(2026, 10, 22)),
      true,
      { error: "#N/A" },
    ]).hidden = true;
    expect(await readAll(Buffer.from(await workbook.xlsx.writeBuffer()))).toEqual([
      { type: "sheet", number: 1, name: "Users" },
      {
        type: "row",
        row: 1,
        cells: [
          "Ana",
          "ana@acme.test",
          "An na",
          "bob@acme.test",
          "42",
          { refused: "formula", text: '=A1&"x"' },
          { refused: "date", text: "2026-11-22" },
          { refused: "boolean", text: "TRUE" },
          { refused: "error", text: "#N/A" },
        ],
      },
    ]);
  });

  test("T81 numbers are plain decimals with the digits that a person sees", async () => {
    const numbers = ["42", "-0", "0.1", "0.30000000000000004", "1.5E+3", "1E21", "1e-7", "12345678901234567", " 7 "];
    expect(await oneRow(numbers.map((value) => `<c><v>${value}</v></c>`).join(""))).toEqual([
      "42",
      "0",
      "0.1",
      "0.3",
      "1500",
      "1000000000000000000000",
      "0.0000001",
      "12345678901234600",
      "7",
    ]);
    const odd = ["NaN", "1e999", "Infinity", "0x10", "1,5"];
    expect(await oneRow(odd.map((value) => `<c><v>${value}</v></c>`).join(""))).toEqual(
      odd.map((text) => ({ refused: "error", text })),
    );
  });

  test("T81 a number is a date by its format, in every count of days", async () => {
    const formats =
      '<numFmt numFmtId="164" formatCode="dd.mm.yyyy"/><numFmt numFmtId="165" formatCode="0.0 &quot;days&quot;;[Red]-0"/><numFmt numFmtId="166" formatCode="[h]:mm"/>';
    const cells = (value: string) => [0, 1, 2, 3, 4].map((style) => `<c s="${style}"><v>${value}</v></c>`).join("");
    const more = styles(formats, [0, 14, 164, 165, 166]);
    expect(await oneRow(cells("46348.5"), more)).toEqual([
      "46348.5",
      { refused: "date", text: "2026-11-22 12:00:00" },
      { refused: "date", text: "2026-11-22 12:00:00" },
      "46348.5",
      { refused: "date", text: "2026-11-22 12:00:00" },
    ]);
    const from1904 = workbookFrom({
      ...more,
      sheets: [{ name: "Users", xml: worksheet(`<row r="1">${cells("44886")}</row>`) }],
    });
    const parts = partsOf({
      ...more,
      sheets: [{ name: "Users", xml: worksheet(`<row r="1">${cells("44886")}</row>`) }],
    });
    const shifted = parts.map((part) =>
      part.name === "xl/workbook.xml"
        ? { ...part, content: String(part.content).replace("<sheets>", '<workbookPr date1904="1"/><sheets>') }
        : part,
    );
    expect((await readCells(from1904))[0]![1]).toEqual({ refused: "date", text: "2022-11-21" });
    expect((await readCells(zipOf(shifted)))[0]![1]).toEqual({ refused: "date", text: "2026-11-22" });
  });

  test("T81 formulas are marked wherever they show: shared ones, and the cells that one formula fills", async () => {
    const rows =
      '<row r="1"><c r="A1"><f t="array" ref="A1:B2">X()</f><v>1</v></c><c r="B1"><v>2</v></c><c r="C1"><v>3</v></c></row>' +
      '<row r="2"><c r="A2"><v>4</v></c><c r="B2" t="str"><v>5</v></c><c r="C2" t="str"><f t="shared" si="0"/><v>six</v></c></row>' +
      '<row r="3"><c r="A3" t="str"><v>7</v></c></row>';
    const formula = (text: string) => ({ refused: "formula", text });
    expect(await readCells(withSheet(worksheet(rows)))).toEqual([
      [formula("=X()"), formula("2"), "3"],
      [formula("4"), formula("5"), formula("six")],
      ["7"],
    ]);
  });

  test("T81 spaces, line ends, escapes and pronunciations", async () => {
    const inline = (text: string) => `<c t="inlineStr"><is>${text}</is></c>`;
    const cells = [
      inline('<t xml:space="preserve"> a </t>'),
      inline("<t>a&#10;b</t>"),
      inline("<t>_x0041__x005F_x0042_ _x004</t>"),
      inline("<t>&lt;b&gt;&amp;</t>"),
      inline("<t><![CDATA[<i>]]></t>"),
      inline('<r><t>東</t></r><r><t>京</t></r><rPh sb="0" eb="1"><t>トウキョウ</t></rPh><phoneticPr fontId="1"/>'),
      inline("<t>a_x0000_b_xD800_</t>"),
      inline("<t></t>"),
      inline("<r><t>_</t></r><r><t>x0041_</t></r>"),
      inline("<t>end</t>"),
    ];
    expect(await oneRow(cells.join(""))).toEqual([
      " a ",
      "a\nb",
      "A_x0042_ _x004",
      "<b>&",
      "<i>",
      "東京",
      "a\ufffdb\ufffd",
      null,
      "_x0041_",
      "end",
    ]);
  });

  test("blank cells with a format count for nothing, wherever they stand", async () => {
    const rows = `${row(1, ["Ana"])}<row r="2"><c r="A2" s="0"/></row><row r="5"><c r="B5"><v>1</v></c><c r="XFD5" s="0"/></row><row r="1048576"><c s="0"/></row>`;
    expect(await readAll(withSheet(worksheet(rows)))).toEqual([
      { type: "sheet", number: 1, name: "Users" },
      { type: "row", row: 1, cells: ["Ana"] },
      { type: "row", row: 5, cells: [null, "1"] },
    ]);
  });
});

describe("workbooks of other programs", () => {
  const strings = sharedStrings("Ana", "Diaz");
  const shared = worksheet(`<row r="1"><c t="s"><v>1</v></c><c t="s"><v>0</v></c></row>`);

  test("T80 shared strings are read whole, wherever their part stands, and may be missing where nobody needs them", async () => {
    const parts = partsOf({ sheets: [{ name: "Users", xml: shared }], strings });
    expect(parts.at(-1)!.name).toBe("xl/sharedStrings.xml");
    expect(await readCells(zipOf(parts))).toEqual([["Diaz", "Ana"]]);
    expect(await readCells(zipOf(parts.toReversed()))).toEqual([["Diaz", "Ana"]]);
    expect(await readCells(workbookFrom())).toEqual(ana);
  });

  test("T80 every sheet of the workbook is told in its order, hidden and empty ones too", async () => {
    const names = Array.from({ length: 300 }, (_, index) => `S ${index}`);
    const sheets = names.map((name, index) => ({ name, xml: worksheet(index % 2 ? "" : person) }));
    const events = await readAll(workbookFrom({ sheets }));
    expect(events.flatMap((event) => (event.type === "sheet" ? [event.name] : []))).toEqual(names);
    expect(cellsOf(events)).toHaveLength(150);
  });

  test("a prefix for the namespace, and the strict form of the format", async () => {
    const prefixed = plainSheet.replace(/<(\/?)(?=[a-zA-Z])/g, "<$1x:").replace("xmlns=", "xmlns:x=");
    expect(await readCells(withSheet(prefixed))).toEqual(ana);
    const strict = (text: string) =>
      text
        .replaceAll(
          "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
          "http://purl.oclc.org/ooxml/spreadsheetml/main",
        )
        .replaceAll(
          "http://schemas.openxmlformats.org/officeDocument/2006/",
          "http://purl.oclc.org/ooxml/officeDocument/",
        );
    const parts = partsOf().map((part) => ({ ...part, content: strict(String(part.content)) }));
    expect(await readCells(zipOf(parts))).toEqual(ana);
  });

  test("entries that are not packed, a comment on the zip, sizes that stand behind the bytes, parts in other capitals", async () => {
    expect(
      await readCells(
        zipOf(
          partsOf().map((part) => ({ ...part, method: 0 })),
          "made by hand",
        ),
      ),
    ).toEqual(ana);
    expect(await readCells(changed(sheetPart, { name: "xl/Worksheets/Sheet1.xml" }))).toEqual(ana);
    const late = partsOf().map((part) => ({ ...part, flags: 0x808, localSize: 0 }));
    expect(await readCells(zipOf(late))).toEqual(ana);
  });

  const office = ["/usr/bin/soffice", "/usr/bin/libreoffice"].find((path) => existsSync(path));
  test("T81 what LibreOffice has saved is read as the same text", async ({ skip }) => {
    if (!office) {
      console.warn("LibreOffice is not installed: that we read what it saves is NOT checked here.");
      skip("LibreOffice is not installed");
    }
    const folder = mkdtempSync(join(tmpdir(), "muster-office-"));
    try {
      const xml = worksheet(row(1, ana[0]!) + row(2, ["Zoë  &amp; Co", "東京", "ana@acme.test", "00123"]));
      writeFileSync(join(folder, "in.xlsx"), withSheet(xml));
      const filter = "xlsx:Calc MS Excel 2007 XML";
      const profile = `-env:UserInstallation=file://${folder}/profile`;
      const target = ["--convert-to", filter, "--outdir", `${folder}/out`, `${folder}/in.xlsx`];
      execFileSync(office!, ["--headless", profile, ...target], { stdio: "ignore", timeout: 90_000 });
      const saved = readFileSync(join(folder, "out", "in.xlsx"));
      expect(await readCells(saved)).toEqual([ana[0], ["Zoë  & Co", "東京", "ana@acme.test", "00123"]]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 120_000);
});
