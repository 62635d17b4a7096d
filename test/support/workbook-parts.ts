import type { WorkbookLimits } from "../../src/xlsx/limits.ts";
import { type ZipPart, zipOf } from "./zip-writer.ts";

/** The parts that a workbook is made of, as text: for those that are to be wrong in one of them. */
export const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const packages = "http://schemas.openxmlformats.org/package/2006";
export const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
const kind = "application/vnd.openxmlformats-officedocument.spreadsheetml";
export const mainKind = `${kind}.sheet.main+xml`;

/** `<row>` with text cells. */
export const row = (number: number, cells: string[]) =>
  `<row r="${number}">${cells.map((text) => `<c t="inlineStr"><is><t>${text}</t></is></c>`).join("")}</row>`;
export const worksheet = (rows: string, rest = "") =>
  `${head}<worksheet xmlns="${main}"><sheetData>${rows}</sheetData>${rest}</worksheet>`;
export const headers = row(1, ["First Name", "Last Name", "Email", "Create personal mailbox"]);
export const person = row(2, ["Ana", "Diaz", "ana@acme.test", "Y"]);
export const plainSheet = worksheet(headers + person);
export const sharedStrings = (...texts: string[]) =>
  `${head}<sst xmlns="${main}">${texts.map((text) => `<si><t>${text}</t></si>`).join("")}</sst>`;

export interface Made {
  /** Name → XML of the sheet; of several the first is Users. */
  sheets?: { name: string; xml: string }[];
  strings?: string;
  styles?: string;
  /** Inside `<workbook>`, behind the sheets. */
  rest?: string;
  kind?: string;
}

/** The parts of a workbook that is right, in the order in which they stand in the zip. */
export function partsOf(made: Made = {}): ZipPart[] {
  const { sheets = [{ name: "Users", xml: plainSheet }], strings, styles, rest = "" } = made;
  const parts = sheets.map(({ xml }, index) => ({ name: `xl/worksheets/sheet${index + 1}.xml`, content: xml }));
  const overrides = [
    ["/xl/workbook.xml", made.kind ?? mainKind],
    ...parts.map(({ name }) => [`/${name}`, `${kind}.worksheet+xml`]),
    ...(strings === undefined ? [] : [["/xl/sharedStrings.xml", `${kind}.sharedStrings+xml`]]),
    ...(styles === undefined ? [] : [["/xl/styles.xml", `${kind}.styles+xml`]]),
  ].map(([part, type]) => `<Override PartName="${part}" ContentType="${type}"/>`);
  const relations = [
    ...parts.map(({ name }, index) => [`rId${index + 1}`, "worksheet", name.slice(3)]),
    ...(strings === undefined ? [] : [["rIdS", "sharedStrings", "sharedStrings.xml"]]),
    ...(styles === undefined ? [] : [["rIdY", "styles", "styles.xml"]]),
  ].map(([id, type, target]) => `<Relationship Id="${id}" Type="${office}/${type}" Target="${target}"/>`);
  const list = sheets.map(({ name }, index) => `<sheet name="${name}" sheetId="${index + 1}" r:id="rId${index + 1}"/>`);
  const xml = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>';
  return [
    {
      name: "[Content_Types].xml",
      content: `${head}<Types xmlns="${packages}/content-types">${xml}${overrides.join("")}</Types>`,
    },
    {
      name: "_rels/.rels",
      content: `${head}<Relationships xmlns="${packages}/relationships"><Relationship Id="rId1" Type="${office}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    },
    {
      name: "xl/workbook.xml",
      content: `${head}<workbook xmlns="${main}" xmlns:r="${office}"><sheets>${list.join("")}</sheets>${rest}</workbook>`,
    },
    {
      name: "xl/_rels/workbook.xml.rels",
      content: `${head}<Relationships xmlns="${packages}/relationships">${relations.join("")}</Relationships>`,
    },
    ...parts,
    ...(strings === undefined ? [] : [{ name: "xl/sharedStrings.xml", content: strings }]),
    ...(styles === undefined ? [] : [{ name: "xl/styles.xml", content: styles }]),
  ];
}

export const workbookFrom = (made: Made = {}): Buffer => zipOf(partsOf(made));
/** A workbook of one sheet. */
export const withSheet = (xml: string, more: Made = {}): Buffer =>
  workbookFrom({ ...more, sheets: [{ name: "Users", xml }] });
/** A right workbook with one part changed, or left out. */
export const changed = (name: string, change: Partial<ZipPart> | null, made: Made = {}): Buffer =>
  zipOf(
    partsOf(made).flatMap((part) => (part.name !== name ? [part] : change === null ? [] : [{ ...part, ...change }])),
  );

export const sheetPart = "xl/worksheets/sheet1.xml";
export const times = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index)).join("");

export interface Hostile {
  /** The rows of docs/threats.md that it is about. */
  ids: string;
  make: () => Buffer;
  /** What it is refused as. */
  code: string;
  /** That its sentence names. */
  limit?: string;
  /** A limit that is lowered, where reaching the real one takes half a minute. */
  limits?: Partial<WorkbookLimits>;
}
