import type { Sql } from "postgres";

/** Longer ones are lists of rows: their text differs each time, and a name for each would fill the server's memory. */
const most = 60;

/** For `unsafe`: this statement is planned for its values each time, and so has no name. */
export const planned = { planned: true } as object;

/** A pattern is rare or common by its value. */
const pattern = /\bi?like\b/i;

/** The newest of one owner, by ids that the whole table has: of an owner with few rows a plan for any owner walks the table. */
const newest = /\border by (?:"?\w+"?\.)?"?id"?(?: asc| desc)? limit\b/i;

/** Turns the arguments of `unsafe` into others, with the wish to have the statement kept under a name, or not. */
export type Naming = (call: unknown[]) => unknown[];

/** Drizzle always wishes that a statement has no name; most are better with one. */
export const named: Naming = (call) => {
  const [text, values = [], options] = call as [string, unknown[]?, { planned?: boolean }?];
  const prepare =
    !options?.planned && values.length > 0 && values.length <= most && !pattern.test(text) && !newest.test(text);
  return [text, values, { ...options, prepare }];
};

/** Behind a pooler the next transaction may meet another connection, which knows none of the names. */
export const nameless: Naming = ([text, values = [], options]) => [
  text,
  values,
  { ...(options as object), prepare: false },
];

/**
 * postgres.js asks the server twice for a statement without a name: for the types of its parameters, then for the
 * rows. One with a name is parsed once per connection and then takes a single round trip. Statements in transactions get
 * the same from the fence. What is planned for its values has no name: patterns, and what asks for it (`run` with
 * `planned`).
 */
export function nameStatements(client: Sql, naming: Naming): Sql {
  const unsafe = client.unsafe.bind(client) as unknown as (...args: unknown[]) => unknown;
  client.unsafe = ((...call: unknown[]) => unsafe(...naming(call))) as unknown as typeof client.unsafe;
  return client;
}
