import { problems } from "../api/problem.ts";
import { config } from "../config.ts";
import type { document } from "./document.ts";

/** The parts of a JSON schema that the page speaks of. */
interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  description?: string;
  example?: unknown;
  examples?: unknown[];
  default?: unknown;
  maxLength?: number;
}

/** One member of a body or an object, or one parameter. */
export interface Field {
  name: string;
  type: string;
  /** The object that it is, by name. */
  object?: string;
  values: string[];
  required: boolean;
  description: string;
}

interface Operation {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: Schema }> }>;
}

const nameOf = (ref: string) => ref.slice(ref.lastIndexOf("/") + 1);

/** A type as people say it: "string (uuid) or null", "list of Member". */
function typeOf(schema: Schema): string {
  if (schema.$ref) return nameOf(schema.$ref);
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(" or ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.type === "array") return `list of ${typeOf(schema.items ?? {})}`;
  return `${[schema.type ?? "anything"].flat().join(" or ")}${schema.format ? ` (${schema.format})` : ""}`;
}

const objectIn = (schema: Schema): string | undefined =>
  schema.$ref
    ? nameOf(schema.$ref)
    : [schema.items, ...(schema.anyOf ?? [])].map((each) => each && objectIn(each)).find(Boolean);

function fieldOf(name: string, schema: Schema, required: boolean, description = schema.description): Field {
  const values = (schema.enum ?? schema.items?.enum ?? []).map(String);
  const fallback = schema.default === undefined ? "" : ` Default: ${JSON.stringify(schema.default)}.`;
  return {
    ...{ name, type: typeOf(schema), object: objectIn(schema), values, required },
    description: `${description ?? ""}${fallback}`.trim(),
  };
}

const fieldsOf = (schema: Schema | undefined): Field[] =>
  Object.entries(schema?.properties ?? {}).map(([name, each]) =>
    fieldOf(name, each, schema?.required?.includes(name) ?? false),
  );

/** A body as an example of it. */
const exampleOf = (schema: Schema): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(schema.properties ?? {})
      .filter(([name, each]) => schema.required?.includes(name) || each.example !== undefined)
      .map(([name, each]) => [name, each.example ?? each.examples?.[0] ?? each.enum?.[0] ?? "…"]),
  );

/** The call as somebody would type it. */
function curlOf(method: string, path: string, { requestBody, parameters }: Operation): string {
  const lines = [`curl${method === "get" ? "" : ` -X ${method.toUpperCase()}`} ${config.BASE_URL}/api/v1${path}`];
  lines.push(`-H "Authorization: Bearer $TOKEN"`);
  const conditional = parameters?.some(({ name }) => name === "If-Match");
  if (conditional) lines.push(`-H 'If-Match: "1"'`);
  const [type, body] = Object.entries(requestBody?.content ?? {})[0] ?? [];
  if (type === "application/json") lines.push(`--json '${JSON.stringify(exampleOf(body!.schema))}'`);
  else if (type) lines.push(`-H "Content-Type: ${type}"`, "--data-binary @FILE");
  return lines.join(" \\\n  ");
}

function operationOf(method: string, path: string, operation: Operation) {
  const { operationId, summary, description, parameters, requestBody, responses } = operation;
  const answers = Object.entries(responses).map(([status, { description, content }]) => {
    const schema = Object.values(content ?? {})[0]?.schema;
    const rows = schema?.properties?.data;
    const object = schema && (objectIn(rows ?? schema) ?? "");
    return { status, description, object, list: Boolean(rows), good: status < "300" };
  });
  const [about = "", needs = about] = (description ?? "").split("\n\n");
  return {
    id: operationId,
    method: method.toUpperCase(),
    path,
    summary,
    about: needs === about ? "" : about,
    permissions: [...needs.matchAll(/`([^`]+)`/g)].map(([, key]) => key),
    parameters: (parameters ?? []).map((each) => ({
      ...fieldOf(each.name, each.schema, Boolean(each.required), each.description),
      in: each.in,
    })),
    body: fieldsOf(requestBody?.content["application/json"]?.schema),
    answers,
    curl: curlOf(method, path, operation),
  };
}

/** What the page of the API shows: the specification, sorted by headings, with what an operation looks like on a command line. */
export function pageOf(specification: Awaited<ReturnType<typeof document>>) {
  const operations = Object.entries(specification.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, Operation>).map(([method, operation]) => ({
      tag: operation.tags[0] ?? "",
      ...operationOf(method, path, operation),
    })),
  );
  const tags = (specification.tags ?? []).map(({ name }) => ({
    name,
    id: name.toLowerCase().replaceAll(" ", "-"),
    operations: operations.filter(({ tag }) => tag === name),
  }));
  const schemas = (specification.components?.schemas ?? {}) as Record<string, Schema>;
  const objects = Object.entries(schemas).map(([name, schema]) => ({
    ...{ name, description: schema.description ?? "", fields: fieldsOf(schema) },
  }));
  const mishaps = Object.entries(problems).map(([status, [slug, title]]) => ({ status, slug, title }));
  return { tags, objects, mishaps, count: operations.length, baseUrl: config.BASE_URL };
}
