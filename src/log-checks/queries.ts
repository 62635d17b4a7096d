import { sql } from "drizzle-orm";
import { ask } from "../operations/ask.ts";

/** How the worker's own walks along the chain stand. */
export interface LogFacts extends Record<string, unknown> {
  /** The last that came to its end; undefined before the first. */
  last?: { position: number; seconds: number; findings: number };
  /** One that is under way. */
  underWay?: { position: number; end: number; findings: number };
  /** Of the last, and of the one under way: the log is not what was sealed. */
  findings: number;
  /** The first of them, in English, for whoever looks into it. */
  lines: string[];
}

type Row = {
  position: number;
  end: number;
  findings: number;
  lines: string[];
  seconds: number | null;
};

/** What was verified last, and what is under way. */
export async function logFacts(): Promise<LogFacts | undefined> {
  const found = await ask<Row>(sql`
    (select position::float8, "end"::float8, findings, lines, extract(epoch from now() - finished_at)::float8 as seconds
      from log_checks where finished_at is null)
    union all
    (select position::float8, "end"::float8, findings, lines, extract(epoch from now() - finished_at)::float8 as seconds
      from log_checks where finished_at is not null order by started_at desc limit 1)`);
  if (!found) return undefined;
  const last = found.find(({ seconds }) => seconds !== null);
  const underWay = found.find(({ seconds }) => seconds === null);
  return {
    last: last && { position: last.position, seconds: Math.max(0, last.seconds!), findings: last.findings },
    underWay: underWay && { position: underWay.position, end: underWay.end, findings: underWay.findings },
    // One that finds something is not good because another is under way.
    findings: Math.max(0, ...found.map(({ findings }) => findings)),
    lines: [...new Set(found.flatMap(({ lines }) => lines))].slice(0, 5),
  };
}
