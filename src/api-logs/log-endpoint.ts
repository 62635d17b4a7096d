import { z } from "zod";
import type { Actor } from "../access/actor.ts";
import { type Endpoint, endpoint } from "../api/endpoint.ts";
import { periods } from "../logs/filters.ts";
import type { Log } from "../logs/log.ts";

const day = (description: string) => z.iso.date().optional().meta({ description, example: "2026-11-01" });

const span = {
  period: z
    .enum(Object.keys(periods) as [keyof typeof periods])
    .optional()
    .meta({ description: "How far back; days go before it." }),
  from: day("That day (UTC) or later."),
  to: day("That day (UTC) or earlier."),
};

interface Definition<Row extends { at: Date | string }, A extends z.ZodType> {
  log: Log<Row>;
  path: string;
  summary: string;
  description: string;
  /** What it can be narrowed by besides the period, under the names that the page's query string has. */
  filters: z.ZodRawShape;
  answer: A;
  row: (row: Row, actor: Actor) => z.input<A>;
}

/** A log as its page reads it (M15), newest first. */
export function logEndpoint<Row extends { at: Date | string }, A extends z.ZodType>({
  log,
  path,
  summary,
  description,
  filters,
  answer,
  row,
}: Definition<Row, A>): Endpoint {
  return endpoint({
    method: "GET",
    path,
    tag: "Logs",
    summary,
    description: `${description} Newest first. Where a filter lets few rows pass, a page may hold less than it could, even nothing: go on while there is a next one.`,
    permission: "logs.view",
    query: z.object({ ...span, ...filters }),
    answer,
    list: true,
    handle: async (actor, { query: { limit, cursor, ...asked } }) => {
      const found = await log.find(actor, log.read(asked, actor), { before: cursor }, limit);
      return { rows: found.rows.map((each) => row(each, actor)), next: found.older };
    },
  });
}
