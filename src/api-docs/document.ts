import { z } from "zod";
import type { ZodOpenApiObject, ZodOpenApiOperationObject, ZodOpenApiResponsesObject } from "zod-openapi";
import { permissions } from "../access/permissions.ts";
import { endpoints } from "../api/all.ts";
import type { Endpoint } from "../api/endpoint.ts";
import { problems } from "../api/problem.ts";
import { config } from "../config.ts";
import { told } from "./told.ts";

const problem = z
  .object({
    type: z.string().meta({ description: "What kind of problem; opens its explanation." }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: "What happened this time, and what to do." }),
    instance: z.string().meta({ description: "Names the request, as the logs do." }),
    errors: z
      .array(
        z.object({
          pointer: z.string().optional().meta({ description: "Where in the body (RFC 6901).", example: "#/email" }),
          parameter: z.string().optional().meta({ description: "Which part of the query.", example: "limit" }),
          detail: z.string(),
        }),
      )
      .optional(),
  })
  .meta({ id: "Problem", description: "An error (RFC 9457)." });

const header = (description: string, example?: string) => ({
  description,
  schema: { type: "string" as const, example },
});

/** A file. */
const binary = { type: "string" as const, format: "binary" };

/** What it takes as its body. */
function bodyOf({ body, upload }: Endpoint): Pick<ZodOpenApiOperationObject, "requestBody"> {
  if (upload) return { requestBody: { required: true, content: { [upload]: { schema: binary } } } };
  return body ? { requestBody: { required: true, content: { "application/json": { schema: body } } } } : {};
}

/** Which errors an endpoint can answer with, beside what can happen to each. */
function mishaps({ method, path, body, upload, query, ifMatch, mayMatch }: Endpoint): number[] {
  const found = [401, 403, 406, 429, 503];
  if (path.includes(":")) found.push(404);
  if (method !== "GET") found.push(409);
  if (body || upload) found.push(400, 413, 415);
  if (body || upload || Object.keys(query.shape).length > 0 || method === "POST") found.push(422);
  if (ifMatch) found.push(428);
  if (ifMatch || mayMatch) found.push(412);
  return found.sort();
}

function answers(endpoint: Endpoint): ZodOpenApiResponsesObject {
  const { answer, list, status, method } = endpoint;
  const good = endpoint.again && status === 200 ? 201 : status;
  const schema = answer && (list ? z.object({ data: z.array(answer), next: z.string().nullable() }) : answer);
  const headers = {
    RateLimit: header("How many requests are left, and for how many seconds.", '"client";r=599;t=60'),
    ...(list ? { Link: header('The next page: `rel="next"`.') } : {}),
    ...(endpoint.ifMatch || endpoint.mayMatch ? { ETag: header("What `If-Match` takes.", '"3"') } : {}),
    ...(good === 201 ? { Location: header("Where it stands.") } : {}),
    ...(method === "POST" ? { "Idempotency-Replayed": header("`true` where an earlier answer is repeated.") } : {}),
  };
  const entries = mishaps(endpoint).map((each) => [
    String(each),
    {
      description: problems[each]![1],
      ...(each === 429 || each === 503 ? { headers: { "Retry-After": header("Seconds to wait.", "5") } } : {}),
      content: { "application/problem+json": { schema: problem } },
    },
  ]);
  const saved = endpoint.download?.map((type) => [type, { schema: binary }]);
  const content = saved
    ? { content: Object.fromEntries(saved) }
    : schema && status !== 204
      ? { content: { "application/json": { schema } } }
      : {};
  return { [String(good)]: { description: endpoint.summary, headers, ...content }, ...Object.fromEntries(entries) };
}

/** `GET /members/:id/grants` → `getMembersByIdGrants`. */
export const operationId = ({ method, path }: Pick<Endpoint, "method" | "path">): string =>
  method.toLowerCase() +
  path
    .split(/[/-]/)
    .filter(Boolean)
    .map((part) => (part.startsWith(":") ? `By${upper(part.slice(1))}` : upper(part)))
    .join("");

const upper = (word: string) => word[0]!.toUpperCase() + word.slice(1);

const conditional = {
  ifMatch: z.object({
    "If-Match": z.string().meta({ description: "The ETag of what is changed, as it was read.", example: '"3"' }),
  }),
  mayMatch: z.object({
    "If-Match": z.string().optional().meta({
      description: "The ETag of the thing as it was read: where it is another by now, nothing is done.",
    }),
  }),
  once: z.object({
    "Idempotency-Key": z.string().max(255).optional().meta({
      description: "Any text of your own, a new one for each request: repeated within a day, it is done once.",
      example: "4f1c0f0e-2f0b-4b3e-8f0a-1d3c5b7a9e11",
    }),
  }),
};

/** Which headers change what it does. */
const headersOf = ({ method, upload, ifMatch, mayMatch }: Endpoint): z.ZodObject =>
  z.object({
    ...(ifMatch ? conditional.ifMatch.shape : mayMatch ? conditional.mayMatch.shape : {}),
    ...(method === "POST" && !upload && !ifMatch ? conditional.once.shape : {}),
  });

function operation(endpoint: Endpoint): ZodOpenApiOperationObject {
  const { permission, others, params, query } = endpoint;
  const needs = [permission, ...others].map((each) => `\`${each}\``).join(" or ");
  const headers = headersOf(endpoint);
  const has = (schema: z.ZodObject) => Object.keys(schema.shape).length > 0;
  return {
    operationId: operationId(endpoint),
    tags: [endpoint.tag],
    summary: endpoint.summary,
    description: `${endpoint.description ? `${endpoint.description}\n\n` : ""}Needs the permission ${needs}.`,
    security: [permission, ...others].map((each) => ({ oauth2: [each] })),
    requestParams: {
      ...(has(params) ? { path: params } : {}),
      ...(has(query) ? { query } : {}),
      ...(has(headers) ? { header: headers } : {}),
    },
    ...bodyOf(endpoint),
    responses: answers(endpoint),
  };
}

function paths(): ZodOpenApiObject["paths"] {
  const found: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const endpoint of endpoints) {
    const path = endpoint.path.replace(/:(\w+)/g, "{$1}");
    found[path] = { ...found[path], [endpoint.method.toLowerCase()]: operation(endpoint) };
  }
  return found;
}

const about = `The same rules as the console, for programs. A program acts for whoever made its client, with at most the
rights that they hold at that moment. Get an access token at \`${config.BASE_URL}/oauth/token\` and send it as
\`Authorization: Bearer …\`. Times are RFC 3339 in UTC. Members that are not documented are refused.`;

/** The specification (OpenAPI 3.1), made from the schemas that read the requests. */
export async function makeDocument() {
  const { createDocument } = await import("zod-openapi");
  const tokenUrl = `${config.BASE_URL}/oauth/token`;
  const scopes = Object.fromEntries(Object.entries(permissions).map(([key, { title }]) => [key, title]));
  return createDocument({
    openapi: "3.1.0",
    info: {
      title: "Muster",
      version: "1",
      description: about.replaceAll("\n", " "),
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: `${config.BASE_URL}/api/v1` }],
    tags: [...new Set(endpoints.map(({ tag }) => tag))].map((name) => ({ name })),
    security: [{ oauth2: [] }],
    components: {
      securitySchemes: {
        oauth2: { type: "oauth2", flows: { clientCredentials: { tokenUrl, refreshUrl: tokenUrl, scopes } } },
      },
    },
    paths: paths(),
    webhooks: told(),
  });
}

let made: Promise<Awaited<ReturnType<typeof makeDocument>>> | undefined;

/** The same, made with the first request for it. */
export const document = () => (made ??= makeDocument());
