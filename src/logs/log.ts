import type { Actor } from "../access/actor.ts";
import type { Span } from "./filters.ts";
import type { Found, Place } from "./walk.ts";

/** A filter as the page shows it. */
export type Field =
  | { name: string; label: string; type: "search" }
  | { name: string; label: string; type: "select"; all: string; options: [value: string, words: string][] }
  /** An id that a link brought along: it is shown by what it stands for, with a way out. */
  | { name: string; label: string; type: "pin"; words: string };

export type Asked = Span & Record<string, string>;

/** One log: what it can be asked for, how its rows are found, shown and written. */
export interface Log<Row extends { at: Date | string } = { at: Date | string }> {
  /** In the address: /admin/logs/<path>; the first has none. */
  path: string;
  /** What its file is called. */
  file: string;
  title(): string;
  about(): string;
  /** What is said where nothing has been written yet. */
  empty(): string;
  icon: string;
  /** Reads the query string strictly: what is no filter narrows nothing (T61). */
  read(query: Record<string, unknown>, actor: Actor): Asked;
  find(actor: Actor, asked: Asked, place: Place, size: number): Promise<Found<Row>>;
  fields(actor: Actor, asked: Asked, rows: Row[]): Promise<Field[]> | Field[];
  /** The partial of views/logs that shows a row, and the rows as it wants them. */
  partial: string;
  show(actor: Actor, rows: Row[]): Promise<object[]> | object[];
  head(actor: Actor): string[];
  line(row: Row, actor: Actor): string[];
}

/** A time as files have it: RFC 3339, UTC. */
export const rfc3339 = (at: Date | string | null): string => (at ? new Date(at).toISOString() : "");
