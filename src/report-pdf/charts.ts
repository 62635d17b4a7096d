import { scaleBand, scaleLinear } from "d3-scale";
import { arc, type PieArcDatum, pie } from "d3-shape";
import { formatNumber } from "../i18n/format.ts";
import { language, t } from "../i18n/t.ts";
import type { Count, PdfAbout } from "./document.ts";
import { colours, type Pen } from "./pen.ts";

interface Place {
  x: number;
  y: number;
  width: number;
}

/** The largest first, and what is beyond `most` as one. */
function largest(counts: Count[], most: number): Count[] {
  const sorted = counts.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count);
  if (sorted.length <= most) return sorted;
  const rest = sorted.slice(most - 1);
  const count = rest.reduce((sum, each) => sum + each.count, 0);
  return [...sorted.slice(0, most - 1), { label: t("{count} others", { count: formatNumber(rest.length) }), count }];
}

function share(count: number, total: number): string {
  const part = total === 0 ? 0 : count / total;
  if (part > 0 && part < 0.001) return "< 0.1 %";
  return new Intl.NumberFormat(language().locale, { style: "percent", maximumFractionDigits: 1 }).format(part);
}

const inWords = (counts: Count[]) => counts.map(({ label, count }) => `${label}: ${formatNumber(count)}`).join(", ");

function heading(pen: Pen, title: string, { x, y, width }: Place) {
  pen.part(null, "H2", () => pen.text(title, x, y, { size: 12, weight: 650 }));
  pen.artifact(() => pen.box(x, y + 9, width, 0.6, colours.line));
}

/** Right-aligned, so that figures stand under each other. */
function figure(pen: Pen, text: string, right: number, y: number, colour: string) {
  const style = { size: 9.5, colour };
  pen.text(text, right - pen.width(text, style), y, style);
}

/** A ring of users by status. The shades run from dark to light in the order of the list beside it, so grey will do. */
export function statusChart(pen: Pen, about: PdfAbout, place: Place): void {
  const { x, y, width } = place;
  heading(pen, t("Users by status"), place);
  const counts = largest(about.byStatus, colours.ramp.length);
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  const radius = 78;
  const [centreX, centreY] = [x + radius, y + 32 + radius];

  const slices = pie<Count>()
    .sort(null)
    .value(({ count }) => count)(counts);
  const ring = arc<PieArcDatum<Count>>()
    .innerRadius(radius * 0.62)
    .outerRadius(radius);
  pen.part(
    null,
    "Figure",
    () => {
      pen.doc.save().translate(centreX, centreY);
      slices.forEach((slice, n) => {
        pen.path(ring(slice)!, colours.ramp[n]!);
      });
      pen.doc.restore();
      const sum = formatNumber(total);
      const [big, small] = [
        { size: 19, weight: 650 as const },
        { size: 8.5, colour: colours.soft },
      ];
      pen.text(sum, centreX - pen.width(sum, big) / 2, centreY + 4, big);
      const word = t("{count, plural, one {user} other {users}}", { count: total });
      pen.text(word, centreX - pen.width(word, small) / 2, centreY + 17, small);
    },
    { alt: `${t("Users by status")}: ${inWords(counts)}` },
  );

  pen.part(null, "P", () => {
    const first = centreY - (counts.length * 24) / 2 + 15;
    const start = x + 2 * radius + 36;
    counts.forEach(({ label, count }, n) => {
      const line = first + n * 24;
      pen.box(start, line - 8.5, 11, 11, colours.ramp[n]!);
      pen.text(pen.fit(label, { size: 9.5 }, x + width - 110 - start - 20), start + 20, line, { size: 9.5 });
      figure(pen, formatNumber(count), x + width - 56, line, colours.ink);
      figure(pen, share(count, total), x + width, line, colours.soft);
    });
  });
}

/** Bars of users by role; numbers stand beside them, so nothing is read off a colour. */
export function roleChart(pen: Pen, about: PdfAbout, place: Place): void {
  const { x, y, width } = place;
  heading(pen, t("Users by role"), place);
  const counts = largest(about.byRole, 8);
  const [labels, figures, height] = [120, 104, Math.min(184, counts.length * 23)];
  const bars = scaleLinear()
    .domain([0, Math.max(1, ...counts.map(({ count }) => count))])
    .range([0, width - labels - figures]);
  const bands = scaleBand<number>()
    .domain(counts.map((_, n) => n))
    .range([y + 20, y + 20 + height])
    .paddingInner(0.4);

  pen.part(
    null,
    "Figure",
    () => {
      counts.forEach(({ label, count }, n) => {
        const [top, thick] = [bands(n)!, bands.bandwidth()];
        const line = top + thick / 2 + 3.3;
        pen.text(pen.fit(label, { size: 9.5 }, labels - 12), x, line, { size: 9.5 });
        pen.box(x + labels, top, Math.max(1, bars(count)), thick, colours.ramp[1]!);
        figure(pen, formatNumber(count), x + width - 56, line, colours.ink);
        figure(pen, share(count, about.total), x + width, line, colours.soft);
      });
    },
    { alt: `${t("Users by role")}: ${inWords(counts)}` },
  );
  pen.part(null, "P", () => {
    const note =
      counts.length > 0 ? t("Who holds several roles is counted with each of them.") : t("Nobody holds a role.");
    pen.text(note, x, y + 20 + height + 18, { size: 8, colour: colours.soft });
  });
}
