/**
 * Arrays as the database writes them. postgres.js would ask the server for their types on every new connection, and a
 * connection that dies during that question is an error nobody can catch: it would end the process (R8).
 */
const arrayTypes = { boolean: 1000, integer: 1007, text: 1009, varchar: 1015, bigint: 1016, jsonb: 3807, uuid: 2951 };

const quoted = (value: unknown): string => {
  if (value === null || value === undefined) return "NULL";
  if (Array.isArray(value)) return serializeArray(value);
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
};

/** Drizzle writes the value of an array column out by itself: such text stays as it is. */
const serializeArray = (values: unknown[] | string): string =>
  typeof values === "string" ? values : `{${values.map(quoted).join(",")}}`;

/** `{a,"b c",NULL}` as a list of strings; one dimension, which is all that our tables have. */
function parseArray(text: string): (string | null)[] {
  const items = text.slice(1, -1).match(/"(?:[^"\\]|\\.)*"|[^,]+/g) ?? [];
  return items.map((item) =>
    item === "NULL" ? null : item.startsWith('"') ? item.slice(1, -1).replace(/\\(.)/g, "$1") : item,
  );
}

const parsers: Record<string, (text: string) => unknown> = {
  boolean: (text) => parseArray(text).map((item) => item && item === "t"),
  integer: (text) => parseArray(text).map((item) => item && Number(item)),
  jsonb: (text) => parseArray(text).map((item) => item && JSON.parse(item)),
};

/** For the option `types` of postgres.js. */
export const arrays = Object.fromEntries(
  Object.entries(arrayTypes).map(([name, oid]) => [
    `${name}_array`,
    { to: oid, from: [oid], serialize: serializeArray, parse: parsers[name] ?? parseArray },
  ]),
);
