import type { Sql } from "postgres";

/** The parts of a postgres.js query that matter here; it is sent when somebody first waits for it. */
interface Statement extends Promise<unknown> {
  handle(): unknown;
  reject(error: unknown): void;
  /** Set while a connection works on it. */
  state: unknown;
  strings: string[];
  args: unknown[];
  options: { onexecute?: unknown };
}

const tooLate = () => Object.assign(new Error("No connection to the database came free"), { code: "CONNECT_QUEUE" });

/**
 * R10: nobody waits for ever for a place in the pool. A statement that has not been sent within `wait` milliseconds
 * fails; one that is on its way is watched by its connection. The library cannot take a statement back once it opened a
 * connection for it, so in its turn it runs as one that does nothing.
 */
export function boundWaiting(client: Sql, wait: number): Sql {
  const unsafe = client.unsafe.bind(client) as unknown as (...args: unknown[]) => Statement;
  client.unsafe = ((...args: unknown[]) => {
    const statement = unsafe(...args);
    const handle = statement.handle.bind(statement);
    let timer: NodeJS.Timeout | undefined;
    statement.handle = () => {
      timer ??= setTimeout(() => {
        if (statement.state) return;
        Object.assign(statement, { strings: ["select 1"], args: [] });
        statement.options.onexecute = undefined;
        statement.reject(tooLate());
      }, wait);
      return handle();
    };
    // The plain `then`: the statement's own would send it.
    const done = () => clearTimeout(timer);
    Promise.prototype.then.call(statement, done, done);
    return statement;
  }) as unknown as typeof client.unsafe;
  return client;
}
