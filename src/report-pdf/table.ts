import { formatDate, formatDateTime, formatNumber } from "../i18n/format.ts";
import { t } from "../i18n/t.ts";
import type { Shaped } from "../typesetting/shape.ts";
import { headHeight, headTop, inner, type PdfAbout, type PdfRow, pagesFor, rowHeight, sheet } from "./document.ts";
import { colours, type Pen, type Style } from "./pen.ts";

const gap = 12;
const main = { size: 8.5 };
const name: Style = { size: 8.5, weight: 650 };
const second: Style = { size: 7.5, colour: colours.soft };
const head: Style = { size: 8, weight: 650, colour: colours.soft };
const [upper, lower] = [11, 21];

const columns = [
  { title: () => t("User"), x: 0, width: 210 },
  { title: () => t("Status"), x: 210, width: 112 },
  { title: () => t("Roles and permissions"), x: 322, width: 136 },
  { title: () => t("Mailboxes"), x: 458, width: 140 },
  { title: () => t("Created"), x: 598, width: 74 },
  { title: () => t("Last sign-in"), x: 672, width: inner - 672 },
].map((column) => ({ ...column, x: column.x + sheet.margin, room: column.width - gap }));

/** The names in two lines at most, and how many more there are: rows have one height. */
function twoLines(pen: Pen, names: string[], width: number): Shaped[] {
  if (names.length === 0) return [pen.fit("–", main, width)];
  const lines = [""];
  let taken = 0;
  for (const each of names) {
    const rest = names.length - taken - 1;
    const more = rest > 0 ? ` ${t("and {count} more", { count: formatNumber(rest) })}` : "";
    const line = lines.at(-1)!;
    const longer = line ? `${line}, ${each}` : each;
    const fits = (text: string) => pen.width(text, main) <= width;
    if (!line || fits(lines.length === 2 ? longer + more : longer)) lines[lines.length - 1] = longer;
    else if (lines.length === 1) lines.splice(0, 1, `${line},`, each);
    else break;
    taken++;
  }
  const rest = names.length - taken;
  if (rest > 0) {
    const more = ` ${t("and {count} more", { count: formatNumber(rest) })}`;
    const cut = pen.fit(lines[1]!, main, width - pen.width(more, main));
    const tail = pen.fit(more, main, width);
    const after = tail.pieces.map((piece) => ({ ...piece, x: piece.x + cut.width }));
    const logical = cut.logical === undefined ? {} : { logical: cut.logical + more };
    const last = { width: cut.width + tail.width, pieces: [...cut.pieces, ...after], ...logical };
    return [pen.fit(lines[0]!, main, width), last];
  }
  return lines.map((line) => pen.fit(line, main, width));
}

const most = 5000;

/** The pages of rows: what repeats on each, and one row after the other. */
export class Table {
  readonly #pen: Pen;
  readonly #about: PdfAbout;
  readonly #pages: string;
  /** Hundreds of people hold the same. */
  readonly #lists = new Map<string, Shaped[]>();

  constructor(pen: Pen, about: PdfAbout) {
    this.#pen = pen;
    this.#about = about;
    this.#pages = formatNumber(pagesFor(about.total));
  }

  /** The names of the columns, at the top of every page. */
  head(cell: (draw: () => void) => void): void {
    const pen = this.#pen;
    for (const { title, x, room } of columns) {
      cell(() => pen.text(pen.fit(title(), head, room), x, headTop + 14, head));
    }
    pen.box(sheet.margin, headTop + headHeight - 2, inner, 1, colours.strong);
  }

  footer(page: number): void {
    const pen = this.#pen;
    const y = sheet.height - 26;
    pen.box(sheet.margin, y - 13, inner, 0.5, colours.line);
    const whose = `${t("Users report")} · ${this.#about.account}`;
    pen.text(pen.fit(whose, second, 300), sheet.margin, y, second);
    const when = formatDateTime(this.#about.at);
    pen.text(when, (sheet.width - pen.width(when, second)) / 2, y, second);
    const of = t("Page {page} of {pages}", { page: formatNumber(page), pages: this.#pages });
    pen.text(of, sheet.width - sheet.margin - pen.width(of, second), y, second);
  }

  /** One row, cell by cell; `line` counts from the top of the page. */
  row(row: PdfRow, line: number, cell: (draw: () => void) => void): void {
    const pen = this.#pen;
    const top = headTop + headHeight + line * rowHeight;
    const [who, state, rights, mailboxes, created, seen] = columns as Required<typeof columns> & { length: 6 };
    cell(() => {
      if (row.name) pen.text(pen.fit(row.name, name, who!.room), who!.x, top + upper, name);
      const style = row.name ? second : main;
      pen.text(pen.fit(row.email, style, who!.room), who!.x, top + (row.name ? lower : upper), style);
    });
    cell(() => {
      pen.text(pen.fit(row.status, main, state!.room), state!.x, top + upper, main);
      if (row.corporate) pen.text(pen.fit(t("Corporate user"), second, state!.room), state!.x, top + lower, second);
    });
    cell(() => this.#list(row.rights, rights!, top));
    cell(() => this.#list(row.mailboxes, mailboxes!, top));
    cell(() => pen.text(formatDate(row.createdAt), created!.x, top + upper, main));
    cell(() => {
      const last = row.lastSignInAt;
      pen.text(pen.fit(last ? formatDateTime(last) : t("Never"), main, seen!.width), seen!.x, top + upper, main);
    });
    pen.box(sheet.margin, top + rowHeight - 0.5, inner, 0.5, colours.line);
  }

  #list(names: string[], { x, room }: (typeof columns)[number], top: number) {
    const key = `${room} ${names.join("\0")}`;
    let lines = this.#lists.get(key);
    if (!lines) {
      lines = twoLines(this.#pen, names, room);
      if (this.#lists.size >= most) this.#lists.clear();
      this.#lists.set(key, lines);
    }
    lines.forEach((line, n) => {
      this.#pen.text(line, x, top + (n === 0 ? upper : lower), main);
    });
  }
}
