import express, { type Request, type RequestHandler } from "express";
import type { z } from "zod";
import { config } from "../config.ts";
import { NotFound } from "../http/errors.ts";
import { receiveBody } from "../http/upload.ts";
import { t } from "../i18n/t.ts";
import type { Asked, Endpoint } from "./endpoint.ts";
import { ApiError, type Fault, pointerTo } from "./problem.ts";

const uploadLimits = { field: "file", megabytes: config.UPLOAD_MEGABYTES, seconds: config.UPLOAD_SECONDS };

/** A body is one JSON value of at most 100 kB, sent as it is: nothing is unpacked. */
export const readBody: RequestHandler = express.json({ limit: "100kb", inflate: false });

/** Answers are JSON; who wants only something else is told before anything happens. */
export const acceptable: RequestHandler = (req, _res, next) => {
  if (!req.accepts(["application/json", "application/problem+json"]))
    throw new ApiError(406, t("Answers are application/json. Say so in “Accept”, or leave it out."));
  next();
};

const kinds: Record<string, () => string> = {
  string: () => t("This must be a text."),
  number: () => t("This must be a number."),
  int: () => t("This must be a whole number."),
  boolean: () => t("This must be true or false."),
  array: () => t("This must be a list."),
  object: () => t("This must be an object."),
};

/** What is wrong, in words, where a schema brings none of its own. */
function wordsOf(issue: z.core.$ZodRawIssue): string {
  if (issue.code === "invalid_type")
    return issue.input === undefined
      ? t("This is missing.")
      : (kinds[issue.expected] ?? (() => t("This is of the wrong kind.")))();
  if (issue.code === "invalid_value") return t("This must be one of: {values}.", { values: issue.values.join(", ") });
  if (issue.code === "too_small") return t("At least {min}, please.", { min: String(issue.minimum) });
  if (issue.code === "too_big") return t("At most {max}, please.", { max: String(issue.maximum) });
  if (issue.code === "invalid_format") return t("This is not of the form {format}.", { format: issue.format });
  return t("This cannot be taken as it is.");
}

type Where = (path: PropertyKey[]) => Omit<Fault, "detail">;

/** Each finding with its place; members that nobody asked for one by one (T57). */
const faultsOf = (error: z.ZodError, where: Where): Fault[] =>
  error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => ({ ...where([...issue.path, key]), detail: t("There is no such member here.") }))
      : [{ ...where(issue.path), detail: issue.message }],
  );

const inQuery: Where = ([name]) => ({ parameter: String(name ?? "") });
const inBody: Where = (path) => ({ pointer: pointerTo(path) });

function read<S extends z.ZodObject>(schema: S, value: unknown, where: Where): z.output<S> {
  const found = schema.safeParse(value, { error: wordsOf });
  if (found.success) return found.data;
  const faults = faultsOf(found.error, where).slice(0, 50);
  const detail = t("{count, plural, one {# thing needs} other {# things need}} another look", { count: faults.length });
  throw new ApiError(422, `${detail}.`, { faults });
}

/** The version that `If-Match` names: missing is 428, and one that we never gave is never the present one (412). */
function versionIn(req: Request): number {
  const tag = req.get("If-Match");
  if (!tag)
    throw new ApiError(428, t("Send the ETag of what you read in “If-Match”, so that no change of others is lost."));
  const [, version] = /^"(\d{1,9})"$/.exec(tag.trim()) ?? [];
  if (!version) throw changedMeanwhile();
  return Number(version);
}

/** The tags that `If-Match` names, compared as RFC 9110 has it: a weak one never matches. */
function tagsIn(req: Request): string[] | undefined {
  const given = req.get("If-Match")?.trim();
  if (given === undefined || given === "*") return undefined;
  return [...given.matchAll(/(W\/)?"([^"]*)"/g)].flatMap(([, weak, tag]) => (weak ? [] : [tag!]));
}

/** 412 for a version that is not the present one. */
export const changedMeanwhile = (): ApiError =>
  new ApiError(412, t("It was changed since you read it. Read it again, and repeat your change on what it is now."));

/** Everything that an endpoint takes, read strictly. An id that cannot be one is not found, like one that nobody has. */
export function readRequest(endpoint: Endpoint, req: Request): Asked<z.ZodObject, z.ZodObject, z.ZodObject> {
  const params = endpoint.params.safeParse(req.params);
  if (!params.success) throw new NotFound();
  const version = endpoint.ifMatch ? versionIn(req) : 0;
  const tags = endpoint.mayMatch ? tagsIn(req) : undefined;
  const query = read(endpoint.query, req.query, inQuery);
  if (endpoint.body && !req.is(["json", "+json"]))
    throw new ApiError(415, t("Send the body as application/json, in UTF-8."));
  if (endpoint.upload && !req.is([endpoint.upload, "application/octet-stream"]))
    throw new ApiError(415, t("Send the file itself as {type}.", { type: endpoint.upload }));
  const body = endpoint.body ? read(endpoint.body, req.body, inBody) : {};
  return { params: params.data, query, body, version, tags, receive: (keep) => receiveBody(req, uploadLimits, keep) };
}
