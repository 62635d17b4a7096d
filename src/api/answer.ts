import type { Request, Response } from "express";
import { z } from "zod";
import { config } from "../config.ts";
import type { Endpoint, One, Page } from "./endpoint.ts";

/** An answer as it is sent, and kept for a request that comes again. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

const isPage = (endpoint: Endpoint, _outcome: One<unknown> | Page<unknown>): _outcome is Page<unknown> => endpoint.list;

/** Outside of production an answer that is not as documented is an error: the specification is never wrong. */
function assertDocumented(endpoint: Endpoint, body: unknown) {
  if (config.production || !endpoint.answer) return;
  const schema = endpoint.list ? z.array(endpoint.answer) : endpoint.answer;
  schema.parse(body);
}

/** What a handler found or did, as HTTP: ETag and Location, and for a page of a list the way to the next one (RFC 8288). */
export function answerOf(
  endpoint: Endpoint,
  req: Pick<Request, "originalUrl">,
  outcome: One<unknown> | Page<unknown>,
): Answer {
  if (isPage(endpoint, outcome)) {
    assertDocumented(endpoint, outcome.rows);
    const headers = outcome.next ? { Link: `<${nextOf(req.originalUrl, outcome.next)}>; rel="next"` } : undefined;
    return {
      status: 200,
      headers: headers ?? {},
      body: JSON.stringify({ data: outcome.rows, next: outcome.next ?? null }),
    };
  }
  const { body, version, location } = outcome;
  if (endpoint.status !== 204) assertDocumented(endpoint, body);
  const headers: Record<string, string> = {};
  if (version !== undefined) headers.ETag = `"${version}"`;
  if (location) headers.Location = `${config.BASE_URL}/api/v1${location}`;
  const status = location && endpoint.status === 200 ? 201 : endpoint.status;
  return { status, headers, body: status === 204 ? "" : JSON.stringify(body) };
}

function nextOf(address: string, cursor: string): string {
  const url = new URL(address, config.BASE_URL);
  url.searchParams.set("cursor", cursor);
  return url.href;
}

/** Sends it. */
export function sendAnswer(res: Response, { status, headers, body }: Answer): void {
  res.status(status).set(headers);
  if (status === 204) res.end();
  else res.type("application/json").send(body);
}
