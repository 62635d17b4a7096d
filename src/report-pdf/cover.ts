import { formatDateTime, formatNumber } from "../i18n/format.ts";
import { t } from "../i18n/t.ts";
import { roleChart, statusChart } from "./charts.ts";
import { inner, type PdfAbout, sheet } from "./document.ts";
import { colours, type Pen } from "./pen.ts";

const left = sheet.margin;
const column = 270;
const mostWords = 8;

/** The words in lines of at most `width` points. */
function linesOf(pen: Pen, text: string, size: number, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = lines.length > 0 ? `${lines.at(-1)} ${word}` : word;
    if (lines.length > 0 && pen.width(longer, { size }) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

function facts(about: PdfAbout): [string, string[]][] {
  const { filterWords, orderedBy, at, timeZone, total } = about;
  const shown = filterWords.slice(0, mostWords);
  const rest = filterWords.length - shown.length;
  return [
    [t("Users"), [formatNumber(total)]],
    [
      t("Filtered by"),
      filterWords.length === 0
        ? [t("All users")]
        : [...shown, ...(rest > 0 ? [t("and {count} more", { count: formatNumber(rest) })] : [])],
    ],
    [t("Ordered by"), [orderedBy]],
    [t("Drawn up"), [formatDateTime(at), t("Times are in {timeZone}", { timeZone })]],
  ];
}

/** The first page: whose report this is, what it holds and of when, and how the users divide. */
export function drawCover(pen: Pen, about: PdfAbout): void {
  pen.part(null, "H1", () => {
    pen.box(left, 58, 32, 3, colours.accent);
    pen.text(t("Users report"), left, 96, { size: 27, weight: 650 });
  });
  pen.part(null, "P", () => {
    const size = 13;
    const lines = linesOf(pen, about.account, size, column).slice(0, 3);
    lines.forEach((line, n) => {
      pen.text(pen.fit(line, { size }, column), left, 121 + n * 17, { size, colour: colours.accent });
    });
  });

  let y = 190;
  for (const [name, values] of facts(about)) {
    pen.artifact(() => pen.box(left, y - 18, column, 0.6, colours.line));
    pen.part(null, "P", () => {
      pen.text(name, left, y, { size: 8.5, colour: colours.soft });
      for (const value of values) {
        for (const line of linesOf(pen, value, 10, column - 90).slice(0, 3)) {
          if (y > sheet.height - 70) return;
          pen.text(pen.fit(line, { size: 10 }, column - 90), left + 90, y, { size: 10 });
          y += 14.5;
        }
      }
    });
    y += 19;
  }

  const x = left + column + 60;
  const width = inner - column - 60;
  statusChart(pen, about, { x, y: 62, width });
  roleChart(pen, about, { x, y: 312, width });
}
