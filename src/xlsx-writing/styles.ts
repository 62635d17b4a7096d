import type { Look } from "./cells.ts";

/** Every cell is text (format 49), so that a program leaves what is typed as it was typed. */
interface Style {
  font: number;
  fill: number;
  wrap?: boolean;
}

const looks: Record<Look, Style> = {
  plain: { font: 0, fill: 0 },
  title: { font: 1, fill: 0 },
  header: { font: 2, fill: 2 },
  bad: { font: 3, fill: 3 },
  warned: { font: 0, fill: 4 },
  prose: { font: 0, fill: 0, wrap: true },
};
const order = Object.keys(looks) as Look[];

/** The number of a look in the part of styles; `quoted`: what begins like a formula stays text when it is edited (T71). */
export const styleId = (look: Look, quoted = false): number => order.indexOf(look) * 2 + (quoted ? 1 : 0);

const formats = order.flatMap((look) =>
  [false, true].map((quoted) => {
    const { font, fill, wrap } = looks[look];
    const alignment = wrap
      ? '<alignment vertical="top" wrapText="1"/>'
      : look === "header"
        ? '<alignment vertical="center"/>'
        : "";
    return (
      `<xf numFmtId="49" fontId="${font}" fillId="${fill}" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1"` +
      `${quoted ? ' quotePrefix="1"' : ""}${alignment ? ` applyAlignment="1">${alignment}</xf>` : "/>"}`
    );
  }),
);

const font = (extra: string, color: string, size = 11) =>
  `<font>${extra}<sz val="${size}"/><color rgb="${color}"/><name val="Calibri"/><family val="2"/></font>`;
const fill = (color: string) =>
  `<fill><patternFill patternType="solid"><fgColor rgb="${color}"/><bgColor indexed="64"/></patternFill></fill>`;

export const stylesXml =
  '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">' +
  `<fonts count="4">${font("", "FF1F2430")}${font("<b/>", "FF1F2430", 13)}${font("<b/>", "FFFFFFFF")}${font("", "FF9B1C1C")}</fonts>` +
  '<fills count="5"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>' +
  `${fill("FF2F4B7C")}${fill("FFFBD5D5")}${fill("FFFFF3C4")}</fills>` +
  '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>' +
  '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>' +
  `<cellXfs count="${formats.length}">${formats.join("")}</cellXfs>` +
  '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>';
