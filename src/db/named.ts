import type { Sql } from "postgres";

/** Longer ones are lists of rows: their text differs each time, and a name for each would fill the server's memory. */
const most = 60;

/** The arguments of `unsafe` with the wish to have the statement kept under a name, unless the caller decided. */
export function named(call: unknown[]): unknown[] {
  const [text, values = [], options] = call as [string, unknown[]?, object?];
  return [text, values, { prepare: values.length > 0 && values.length <= most, ...options }];
}

/**
 * postgres.js asks the server twice for a statement without a name: for the types of its parameters, then for the
 * rows. One with a name is parsed once per connection and then takes a single round trip. Statements in transactions get
 * the same from the fence. A search whose plan depends on its value asks for no name (`run` with `planned`).
 */
export function nameStatements(client: Sql): Sql {
  const unsafe = client.unsafe.bind(client) as unknown as (...args: unknown[]) => unknown;
  client.unsafe = ((...call: unknown[]) => unsafe(...named(call))) as unknown as typeof client.unsafe;
  return client;
}
