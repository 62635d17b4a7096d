import { escaped } from "./cells.ts";

const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const packages = "http://schemas.openxmlformats.org/package/2006";
const types = "application/vnd.openxmlformats-officedocument.spreadsheetml";

const relations = (all: { id: string; type: string; target: string }[]) =>
  `<Relationships xmlns="${packages}/relationships">${all
    .map(({ id, type, target }) => `<Relationship Id="${id}" Type="${office}/${type}" Target="${target}"/>`)
    .join("")}</Relationships>`;

/** What the finished workbook knows of a sheet. */
export interface SheetPart {
  name: string;
  notes: boolean;
}

export const rootRelations = relations([{ id: "rId1", type: "officeDocument", target: "xl/workbook.xml" }]);

/** The list of sheets. `active`: which one a program shows first, from 0. */
export const workbookXml = (sheets: SheetPart[], active: number): string =>
  `<workbook xmlns="${main}" xmlns:r="${office}"><bookViews><workbookView activeTab="${active}"/></bookViews><sheets>${sheets
    .map(({ name }, at) => `<sheet name="${escaped(name)}" sheetId="${at + 1}" r:id="rId${at + 1}"/>`)
    .join("")}</sheets></workbook>`;

/** Where the parts of the workbook are. */
export const workbookRelations = (sheets: SheetPart[]): string =>
  relations([
    ...sheets.map((_, at) => ({ id: `rId${at + 1}`, type: "worksheet", target: `worksheets/sheet${at + 1}.xml` })),
    { id: `rId${sheets.length + 1}`, type: "styles", target: "styles.xml" },
  ]);

/** What kind each part is of. */
export const contentTypes = (sheets: SheetPart[]): string =>
  `<Types xmlns="${packages}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
  '<Default Extension="xml" ContentType="application/xml"/><Default Extension="vml" ContentType="application/vnd.openxmlformats-officedocument.vmlDrawing"/>' +
  `<Override PartName="/xl/workbook.xml" ContentType="${types}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="${types}.styles+xml"/>` +
  sheets
    .map(
      ({ notes }, at) =>
        `<Override PartName="/xl/worksheets/sheet${at + 1}.xml" ContentType="${types}.worksheet+xml"/>${
          notes ? `<Override PartName="/xl/comments${at + 1}.xml" ContentType="${types}.comments+xml"/>` : ""
        }`,
    )
    .join("") +
  "</Types>";

/** A note at a cell: column and row count from 0. */
export interface Note {
  column: number;
  row: number;
  reference: string;
  text: string;
}

/** Where the notes of a sheet are. */
export const noteRelations = (number: number): string =>
  relations([
    { id: "rId1", type: "comments", target: `../comments${number}.xml` },
    { id: "rId2", type: "vmlDrawing", target: `../drawings/vmlDrawing${number}.vml` },
  ]);

/** What the notes of a sheet say. */
export const commentsXml = (notes: Note[]): string =>
  `<comments xmlns="${main}"><authors><author>Muster</author></authors><commentList>${notes
    .map(
      ({ reference, text }) =>
        `<comment ref="${reference}" authorId="0"><text><r><t xml:space="preserve">${escaped(text)}</t></r></text></comment>`,
    )
    .join("")}</commentList></comments>`;

/** How the notes of a sheet are drawn: programs ask for a shape each. */
export const drawingXml = (notes: Note[]): string =>
  '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:x="urn:schemas-microsoft-com:office:excel">' +
  '<o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/></o:shapelayout><v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">' +
  '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>' +
  notes
    .map(
      ({ column, row }, at) =>
        `<v:shape id="_x0000_s${1025 + at}" type="#_x0000_t202" style="position:absolute;width:240pt;height:90pt;visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto">` +
        '<v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto"/>' +
        `<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>${column + 1}, 15, ${row}, 10, ${column + 4}, 15, ${row + 6}, 10</x:Anchor>` +
        `<x:AutoFill>False</x:AutoFill><x:Row>${row}</x:Row><x:Column>${column}</x:Column></x:ClientData></v:shape>`,
    )
    .join("") +
  "</xml>";
