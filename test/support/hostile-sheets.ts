import {
  changed,
  type Hostile,
  headers,
  main,
  partsOf,
  person,
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

const sheetsOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    name: `Sheet ${index}`,
    xml: worksheet(index ? "" : headers + person),
  }));
const manyRows = (rows: number, sheets: number) => {
  const piece = times(20_000, (i) => `<row><c><v>${(i * 7919) % 99_991}</v></c></row>`);
  const [before, after] = worksheet("\0").split("\0") as [string, string];
  const sheet = repeated(before, piece, rows / 20_000, after);
  const made = Array.from({ length: sheets }, (_, index) => ({ name: `Sheet ${index}`, xml: "" }));
  return zipOf(partsOf({ sheets: made }).map((part) => (part.content === "" ? { ...part, ...sheet } : part)));
};
const cell = (inner: string, attributes = "") =>
  withSheet(worksheet(`<row r="1"><c r="A1" ${attributes}>${inner}</c></row>`));
const book = "xl/workbook.xml";
const inBook = (from: string | RegExp, to: string) => {
  const part = partsOf().find(({ name }) => name === book)!;
  return changed(book, { content: String(part.content).replace(from, to) });
};
const relations = "xl/_rels/workbook.xml.rels";
const inRelations = (from: string, to: string) => {
  const part = partsOf().find(({ name }) => name === relations)!;
  return changed(relations, { content: String(part.content).replace(from, to) });
};
const strings = { strings: sharedStrings("Ana") };
const shared = (index: string) => worksheet(`<row r="1"><c r="A1" t="s"><v>${index}</v></c></row>`);

/** What is wrong inside the workbook. Every one is refused. */
export const hostileSheets: Record<string, Hostile> = {
  "301 sheets": {
    ids: "T79",
    make: () => workbookFrom({ sheets: sheetsOf(301) }),
    code: "too_many_sheets",
    limit: "300",
  },
  "10,001 sheets": { ids: "T79", make: () => workbookFrom({ sheets: sheetsOf(10_001) }), code: "too_many_entries" },
  "10,001 sheets of one part": {
    ids: "T79",
    make: () =>
      inBook("</sheets>", `${times(10_000, (i) => `<sheet name="S${i}" sheetId="${i + 2}" r:id="rId1"/>`)}</sheets>`),
    code: "too_many_sheets",
  },
  "a merge over the whole sheet": {
    ids: "T79",
    make: () => withSheet(worksheet(headers + person, '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>')),
    code: "merges",
    limit: "100",
  },
  "a merge of whole columns": {
    ids: "T79",
    make: () => withSheet(worksheet(headers + person, '<mergeCells><mergeCell ref="A:XFD"/></mergeCells>')),
    code: "merges",
  },
  "20,000 merges": {
    ids: "T79",
    make: () =>
      withSheet(
        worksheet(
          headers,
          `<mergeCells>${times(20_000, (i) => `<mergeCell ref="A${i + 2}:B${i + 2}"/>`)}</mergeCells>`,
        ),
      ),
    code: "merges",
  },
  "a drop-down over the whole sheet": {
    ids: "T79",
    make: () =>
      withSheet(
        worksheet(headers, '<dataValidations><dataValidation type="list" sqref="A1:XFD1048576"/></dataValidations>'),
      ),
    code: "validations",
    limit: "400,000",
  },
  "drop-downs over 100,000 areas": {
    ids: "T79",
    make: () =>
      withSheet(
        worksheet(headers, `<dataValidations><dataValidation sqref="${"A1:Z9 ".repeat(100_000)}"/></dataValidations>`),
      ),
    code: "validations",
  },
  "a row numbered 999999999": {
    ids: "T79 T82",
    make: () => withSheet(worksheet(headers + row(999_999_999, ["Ana"]))),
    code: "row_number",
    limit: "200,000",
  },
  "a row below the last that may hold something": {
    ids: "T79",
    make: () => withSheet(worksheet(headers + row(200_001, ["Ana"]))),
    code: "row_number",
  },
  "20,000 defined names": {
    ids: "T79",
    make: () =>
      workbookFrom({
        rest: `<definedNames>${times(20_000, (i) => `<definedName name="n${i}">Users!$A$1</definedName>`)}</definedNames>`,
      }),
    code: "defined_names",
    limit: "100",
  },
  "4 million rows in one sheet": { ids: "T79", make: () => manyRows(4_000_000, 1), code: "row_number" },
  "4 million rows in twenty sheets": {
    ids: "T79",
    make: () => manyRows(200_000, 20),
    code: "too_many_rows",
    limit: "300,000",
    limits: { rows: 300_000 },
  },
  "a cell beyond the columns": {
    ids: "T79",
    make: () => withSheet(worksheet('<row r="1"><c r="AE1"><v>1</v></c></row>')),
    code: "too_many_columns",
    limit: "30",
  },
  "a column that no program has": {
    ids: "T79",
    make: () => withSheet(worksheet('<row r="1"><c r="ZZZ1" s="1"/></row>')),
    code: "too_many_columns",
  },
  "100,000 styles": {
    ids: "T79",
    make: () =>
      workbookFrom({
        styles: `<styleSheet xmlns="${main}"><cellXfs>${"<xf/>".repeat(100_000)}</cellXfs></styleSheet>`,
      }),
    code: "too_many_styles",
  },
  "5,000 formulas that fill areas": {
    ids: "T79",
    make: () =>
      withSheet(
        worksheet(
          times(
            5_000,
            (i) => `<row r="${i + 1}"><c r="A${i + 1}"><f t="array" ref="A${i + 1}:B${i + 1}">1</f></c></row>`,
          ),
        ),
      ),
    code: "formulas",
  },

  "a sheet whose part is missing": { ids: "T80", make: () => changed(sheetPart, null), code: "sheets_missing" },
  "a sheet without a relation": { ids: "T80", make: () => inBook("rId1", "rId9"), code: "sheets_missing" },
  "a sheet somewhere else": {
    ids: "T80",
    make: () =>
      inRelations('Target="worksheets/sheet1.xml"', 'Target="http://127.0.0.1:9/s.xml" TargetMode="External"'),
    code: "sheets_missing",
  },
  "two sheets with one part": {
    ids: "T80",
    make: () => inBook("</sheets>", '<sheet name="Account" sheetId="2" r:id="rId1"/></sheets>'),
    code: "sheets_missing",
  },
  "a sheet that is a chart": { ids: "T80", make: () => inRelations("/worksheet", "/chartsheet"), code: "sheet_kind" },
  "no sheets": { ids: "T80", make: () => inBook(/<sheet .*?\/>/, ""), code: "no_sheets" },
  "no list of sheets": { ids: "T80", make: () => changed(book, null), code: "not_a_workbook" },
  "no relations": { ids: "T80", make: () => changed(relations, null), code: "sheets_missing" },
  "a sheet that ends in the middle": {
    ids: "T80",
    make: () => withSheet(plainSheet.slice(0, plainSheet.indexOf("ana@"))),
    code: "malformed",
  },
  "a sheet that is not XML": { ids: "T80", make: () => withSheet("Hello"), code: "malformed" },
  "a sheet without rows at all": {
    ids: "T80",
    make: () => withSheet(plainSheet.replace(/<sheetData>.*<\/sheetData>/, "")),
    code: "damaged",
  },
  "rows twice": {
    ids: "T80",
    make: () => withSheet(worksheet(headers, `<sheetData>${person}</sheetData>`)),
    code: "damaged",
  },
  "a row in something else": {
    ids: "T80",
    make: () => withSheet(worksheet(`${headers}<AlternateContent>${person}</AlternateContent>`)),
    code: "damaged",
  },
  "a row of another namespace": {
    ids: "T80",
    make: () => withSheet(worksheet(`${headers}<row xmlns="urn:other" r="2"><c><v>1</v></c></row>`)),
    code: "malformed",
  },
  "a row whose namespace has another prefix": {
    ids: "T80",
    make: () => withSheet(worksheet(`${headers}<x:row xmlns:x="${main}" r="2"/>`)),
    code: "malformed",
  },
  "rows in another order": { ids: "T80", make: () => withSheet(worksheet(person + headers)), code: "row_order" },
  "a row twice": { ids: "T80", make: () => withSheet(worksheet(headers + person + person)), code: "row_order" },
  "a cell of another row": {
    ids: "T80",
    make: () => withSheet(worksheet('<row r="1"><c r="A2"><v>1</v></c></row>')),
    code: "row_order",
  },
  "a cell twice": {
    ids: "T80",
    make: () => withSheet(worksheet('<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>')),
    code: "row_order",
  },
  "a cell with two values": { ids: "T80", make: () => cell("<v>1</v><v>2</v>"), code: "damaged" },
  "a type of cell that does not exist": { ids: "T80", make: () => cell("<v>1</v>", 't="x"'), code: "damaged" },
  "shared strings that are not there": { ids: "T80", make: () => withSheet(shared("0")), code: "strings_missing" },
  "shared strings whose part is missing": {
    ids: "T80",
    make: () => changed("xl/sharedStrings.xml", null, strings),
    code: "damaged",
  },
  "shared strings that end in the middle": {
    ids: "T80",
    make: () => withSheet(shared("0"), { strings: strings.strings.slice(0, -10) }),
    code: "malformed",
  },
  "two sheets of one name": {
    ids: "T82",
    make: () => workbookFrom({ sheets: ["Users", "USERS"].map((name) => ({ name, xml: plainSheet })) }),
    code: "duplicate_sheets",
  },
  "a string that is not in the list": { ids: "T82", make: () => withSheet(shared("7"), strings), code: "bad_string" },
  "a string number below zero": { ids: "T82", make: () => withSheet(shared("-1"), strings), code: "bad_string" },
  "a string number that is no number": {
    ids: "T82",
    make: () => withSheet(shared("NaN"), strings),
    code: "bad_string",
  },
};
