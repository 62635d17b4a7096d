import { z } from "zod";
import { isUuid } from "../http/ids.ts";
import type { Sort } from "./filters.ts";

/** A place in the list: the sort value and the id of a row, and how many rows stand before it (for "26–50 of …" only). */
export interface Cursor {
  sort: Sort;
  /** Text for name and address; milliseconds for times; null for "never signed in". */
  value: string | number | null;
  id: string;
  position: number;
}

/** Which part of the list is asked for: from a place on, or back from it. */
export interface Part {
  place: Cursor | undefined;
  back: boolean;
}

const text = z
  .string()
  .max(700)
  .refine((value) => !value.includes("\0"));
const time = z.number().int().min(0).max(253_402_300_799_999);
const values: Record<Sort, z.ZodType<Cursor["value"]>> = {
  name: text,
  address: text,
  created: time,
  signed_in: time.nullable(),
};
const tuple = z.tuple([z.string(), z.unknown(), z.string().refine(isUuid), z.number().int().min(0).max(1e9)]);

export const writeCursor = ({ sort, value, id, position }: Cursor): string =>
  Buffer.from(JSON.stringify([sort, value, id, position])).toString("base64url");

/**
 * Reads a place back. It only says where in one's own list to go on, so it needs no signature: whatever is not a place
 * in a list of this order is none, and the list starts at the top.
 */
export function readCursor(written: string, sort: Sort): Cursor | undefined {
  if (!written) return undefined;
  const read = tuple.safeParse(parsed(written));
  if (!read.success || read.data[0] !== sort) return undefined;
  const value = values[sort].safeParse(read.data[1]);
  if (!value.success) return undefined;
  return { sort, value: value.data, id: read.data[2], position: read.data[3] };
}

function parsed(written: string): unknown {
  try {
    return JSON.parse(Buffer.from(written, "base64url").toString());
  } catch {
    return undefined;
  }
}

/** How many rows stand before a page of so many. */
export const positionOf = ({ place, back }: Part, rows: number): number =>
  Math.max(0, (place?.position ?? 0) - (back ? rows : 0));

/** What of a row says where it stands. */
interface Placed {
  id: string;
  email: string;
  sortName: string;
  createdAt: string;
  lastSignInAt: string | null;
}

/** How many rows stand before a page, and where the pages before and after it begin; `more`: there is another on its far side. */
export function placesOf(rows: Placed[], sort: Sort, more: boolean, part: Part) {
  const { place, back } = part;
  const position = positionOf(part, rows.length);
  const [first, last] = [rows[0], rows.at(-1)];
  const at = (row: Placed | undefined, before: number) =>
    row && writeCursor({ sort, value: placeValue(row, sort), id: row.id, position: before });
  return {
    position,
    previous: (back ? more : place) ? at(first, position) : undefined,
    next: (back ? place : more) ? at(last, position + rows.length) : undefined,
  };
}

function placeValue(row: Placed, sort: Sort): Cursor["value"] {
  if (sort === "created") return Date.parse(row.createdAt);
  if (sort === "signed_in") return row.lastSignInAt === null ? null : Date.parse(row.lastSignInAt);
  if (sort === "address") return row.email;
  return row.sortName;
}
