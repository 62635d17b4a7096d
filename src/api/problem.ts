import type { ErrorRequestHandler, Request, Response } from "express";
import { config } from "../config.ts";
import { isUnavailable } from "../db/errors.ts";
import { AppError, type Control, Invalid, TooMany } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { log } from "../log.ts";

/** One thing that is wrong: where in the body (a JSON pointer), or in which part of the query, and why. */
export interface Fault {
  pointer?: string;
  parameter?: string;
  detail: string;
}

/** An error as programs read it (RFC 9457). `instance` names the request, as the log and the events do. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  errors?: Fault[];
}

/** What can go wrong, by status: the end of `type`, and its title. The page at /api/v1 explains each. */
export const problems: Record<number, [slug: string, title: string]> = {
  400: ["malformed", "The request cannot be read"],
  401: ["unauthorized", "A valid access token is needed"],
  403: ["forbidden", "This is not allowed"],
  404: ["not-found", "Not found"],
  405: ["method-not-allowed", "There is no such method here"],
  406: ["not-acceptable", "Answers are JSON"],
  409: ["conflict", "This does not fit any more"],
  412: ["changed-meanwhile", "It was changed in the meantime"],
  413: ["too-large", "This is too large"],
  415: ["unsupported-media-type", "Bodies are JSON"],
  422: ["invalid", "Something in the request is not as it must be"],
  428: ["version-required", "Say which version is to be changed"],
  429: ["too-many-requests", "Too many requests"],
  500: ["internal", "Something went wrong"],
  503: ["unavailable", "Muster cannot reach its database"],
};

/** An error of the API itself, with the headers that its answer needs, and the parts of the request that are at fault. */
export class ApiError extends AppError {
  headers: Record<string, string>;
  faults?: Fault[];
  constructor(
    status: number,
    detail: string,
    more: { headers?: Record<string, string>; faults?: Fault[]; control?: Control | undefined } = {},
  ) {
    super(status, detail);
    this.control = more.control;
    this.headers = more.headers ?? {};
    this.faults = more.faults;
  }
}

/** The pointer to a field of the body, as a fragment (RFC 6901, section 6). */
export const pointerTo = (path: PropertyKey[]): string =>
  `#${path.map((part) => `/${encodeURIComponent(String(part).replaceAll("~", "~0").replaceAll("/", "~1"))}`).join("")}`;

/** An error as ours: no stack, no SQL, no version (T74). */
function known(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof TooMany)
    return new ApiError(429, error.message, {
      control: error.control,
      headers: { "Retry-After": String(error.retryAfter) },
    });
  if (error instanceof Invalid && error.status === 422)
    return new ApiError(422, error.message, { faults: [{ pointer: pointerTo([error.field]), detail: error.message }] });
  if (error instanceof AppError)
    return new ApiError(error.status in problems ? error.status : 409, error.message, { control: error.control });
  if (isUnavailable(error))
    return new ApiError(503, t("Nothing was lost or changed. Try again in a moment."), {
      headers: { "Retry-After": "5" },
    });
  return fromParser(error) ?? new ApiError(500, t("It is our fault, and it has been written to the log."));
}

/** What the parser of bodies says. */
function fromParser(error: unknown): ApiError | undefined {
  const { status, type } = (error ?? {}) as { status?: unknown; type?: unknown };
  if (status === 413) return new ApiError(413, t("A body holds at most 100 kB."));
  if (type === "charset.unsupported" || type === "encoding.unsupported" || status === 415)
    return new ApiError(415, t("Send the body as application/json, in UTF-8."));
  if (typeof status === "number" && status >= 400 && status < 500)
    return new ApiError(400, t("The request is no JSON that can be read."));
  return undefined;
}

/** An error as its problem and headers; what is our fault goes to the log. */
export function problemOf(
  error: unknown,
  req: Pick<Request, "id">,
): { problem: Problem; headers: Record<string, string>; control: Control | undefined } {
  const shown = known(error);
  if (shown.status >= 500) log.error({ err: error, requestId: req.id }, "request failed");
  const [slug, title] = problems[shown.status]!;
  const problem: Problem = {
    type: `${config.BASE_URL}/api/v1#${slug}`,
    title: t(title),
    status: shown.status,
    detail: shown.message,
    instance: `urn:uuid:${req.id}`,
    ...(shown.faults ? { errors: shown.faults } : {}),
  };
  return { problem, headers: shown.headers, control: shown.control };
}

/** Answers with an error. */
export function sendProblem(res: Response, error: unknown): void {
  const { problem, headers, control } = problemOf(error, res.req);
  Object.assign(res.locals, { problem, control });
  res.status(problem.status).set(headers).type("application/problem+json").send(JSON.stringify(problem));
}

/** Answers whatever fails at an endpoint, or before it is loaded, as programs read it. */
export const failed: ErrorRequestHandler = (error, _req, res, next) =>
  res.headersSent ? next(error) : sendProblem(res, error);
