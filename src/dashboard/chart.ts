import type { MemberStatus } from "../db/schema.ts";
import { formatDate, formatNumber } from "../i18n/format.ts";
import type { Day } from "./queries.ts";

/** What is drawn, from the ground up. Drafts and those who are gone are told in numbers only. */
export const drawn = ["active", "waiting", "invited", "blocked"] as const satisfies MemberStatus[];
export type Drawn = (typeof drawn)[number];

export interface StatusChart {
  width: number;
  height: number;
  areas: { status: Drawn; path: string }[];
  /** From the top down, evenly spaced; the heights of their lines. */
  levels: { words: string; y: number }[];
  /** From left to right, evenly spaced. */
  dates: string[];
  /** The same in figures, newest first: each day on which something changed. */
  rows: { day: string; counts: number[] }[];
}

const oneDay = 86_400_000;
const at = (day: string) => Date.parse(`${day}T00:00:00Z`);
const [width, height] = [600, 200];

/** Every day from `days` ago to today: a day without a line of its own is as the one before. Before the first there is nothing. */
export function everyDay(found: Day[], now: Record<string, number>, days: number, today = Date.now()): Day[] {
  const end = Math.floor(today / oneDay) * oneDay;
  const known = [...found].filter(({ day }) => at(day) < end);
  const all: Day[] = [];
  let [next, figures] = [0, undefined as Record<string, number> | undefined];
  for (let time = end - days * oneDay; time < end; time += oneDay) {
    while (next < known.length && at(known[next]!.day) <= time) figures = known[next++]!.figures;
    if (figures) all.push({ day: new Date(time).toISOString().slice(0, 10), figures });
  }
  return [...all, { day: new Date(end).toISOString().slice(0, 10), figures: now }];
}

/** A day as people of any time zone read it: it is one of UTC. */
const shown = (day: string) => formatDate(new Date(`${day}T12:00:00Z`));

/**
 * Users by status over the days given, as areas on top of each other in a box that may be stretched; undefined with fewer than
 * two days. What draws is loaded with the first chart.
 */
export async function statusChart(days: Day[]): Promise<StatusChart | undefined> {
  if (days.length < 2) return undefined;
  const [{ scaleLinear }, { area, stack }] = await Promise.all([import("d3-scale"), import("d3-shape")]);
  const layers = stack<Day, Drawn>()
    .keys(drawn)
    .value(({ figures }, status) => figures[status] ?? 0)(days);
  const most = Math.max(1, ...layers.flatMap((layer) => layer.map(([, top]) => top)));
  const x = scaleLinear()
    .domain([0, days.length - 1])
    .range([0, width]);
  const y = scaleLinear().domain([0, most]).nice(4).range([height, 0]);
  const shape = area<[number, number]>()
    .x((_, n) => x(n))
    .y0(([low]) => y(low))
    .y1(([, top]) => y(top))
    .digits(1);
  const steps = Math.min(4, days.length - 1);
  return {
    width,
    height,
    areas: layers.map((layer) => ({ status: layer.key, path: shape(layer as never) ?? "" })),
    levels: y
      .ticks(4)
      .filter(Number.isInteger)
      .reverse()
      .map((level) => ({ words: formatNumber(level), y: y(level) })),
    dates: Array.from({ length: steps + 1 }, (_, n) => shown(days[Math.round((n * (days.length - 1)) / steps)]!.day)),
    rows: changes(days),
  };
}

const countsOf = ({ figures }: Day) => drawn.map((status) => figures[status] ?? 0);

function changes(days: Day[]): StatusChart["rows"] {
  const rows = days.map((day) => ({ day: shown(day.day), counts: countsOf(day) }));
  return rows.filter(({ counts }, n) => n === 0 || String(counts) !== String(rows[n - 1]!.counts)).reverse();
}
