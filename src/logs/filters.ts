import { type SQL, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { isUuid } from "../http/ids.ts";

/** How far back a log looks, in hours. */
export const periods = { "24h": 24, "7d": 168, "30d": 720, "90d": 2160 } as const;
export type Period = keyof typeof periods;

/** The narrowing that all logs have; an empty text narrows nothing. Days are `yyyy-mm-dd` in the reader's time zone, both included. */
export interface Span {
  period: Period | "";
  from: string;
  to: string;
}

type Query = Record<string, unknown>;

const text = (value: unknown, max = 200) => (typeof value === "string" ? value.trim().slice(0, max) : "");

/** One of these, or nothing: what is no filter, or not of its form, narrows nothing (T61). */
export const oneOf = <T extends string>(value: unknown, all: readonly T[]): T | "" =>
  all.find((each) => each === value) ?? "";

/** An id, or nothing. */
export const idIn = (value: unknown): string => (isUuid(value) ? String(value).toLowerCase() : "");

/** What was searched for: at most 200 characters (T62). */
export const searched = (value: unknown): string => text(value).replace(/[\p{Cc}\p{Cf}]/gu, "");

/** T62: what was typed is text, not a pattern. */
export const containing = (typed: string): string => `%${typed.replaceAll(/[\\%_]/g, "\\$&")}%`;

/** A day that the calendar holds: 31 February is none. */
function day(value: unknown): string {
  const given = text(value, 10);
  const time = /^(19|20)\d\d-\d\d-\d\d$/.test(given) ? Date.parse(given) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(given) ? given : "";
}

/** Reads the period: days that are given go before a preset. */
export function readSpan(query: Query): Span {
  const [from, to] = [day(query.from), day(query.to)];
  return { from, to, period: from || to ? "" : oneOf(query.period, Object.keys(periods) as Period[]) };
}

/** The ends of a period as conditions on a time; each end can be asked for by itself. */
export function boundsOf(actor: Actor, { period, from, to }: Span): { since?: SQL; until?: SQL } {
  const midnight = (text: string, plus: number) =>
    sql`((${text}::date + ${plus}::int)::timestamp at time zone ${actor.timeZone})`;
  if (period) return { since: sql`now() - make_interval(hours => ${periods[period]}::int)` };
  return { since: from ? midnight(from, 0) : undefined, until: to ? midnight(to, 1) : undefined };
}
