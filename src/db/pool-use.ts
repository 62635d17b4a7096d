import type { Sql } from "postgres";

type Asked = Promise<unknown> & { handle(): unknown; options: { onexecute?: unknown } };

/** How a pool is used at this moment. */
export interface PoolUse {
  size: number;
  /** Connections that work on a statement or belong to a transaction. */
  inUse: number;
  /** Statements and transactions that have none of their own: they wait, or stand in line behind another statement. */
  waiting: number;
}

/**
 * Counts what wants a connection, from the asking to the answer: each transaction as one, and each statement outside of
 * them. The library gives every one of them a connection of its own as long as there are any, and says nothing of it.
 */
export function countUse(client: Sql, size: number): () => PoolUse {
  let wanted = 0;
  const count = (asked: Promise<unknown>) => {
    wanted++;
    const done = () => void wanted--;
    // The plain `then`: a statement's own would send it.
    Promise.prototype.then.call(asked, done, done);
  };

  const unsafe = client.unsafe.bind(client) as unknown as (...args: unknown[]) => Asked;
  client.unsafe = ((...args: unknown[]) => {
    const statement = unsafe(...args);
    const handle = statement.handle.bind(statement);
    let sent = false;
    statement.handle = () => {
      // The one that opens a transaction is counted with it.
      if (!sent && !statement.options.onexecute) count(statement);
      sent = true;
      return handle();
    };
    return statement;
  }) as unknown as typeof client.unsafe;

  const begin = client.begin.bind(client) as (...args: unknown[]) => Promise<unknown>;
  client.begin = ((...args: unknown[]) => {
    const transaction = begin(...args);
    count(transaction);
    return transaction;
  }) as typeof client.begin;

  return () => ({ size, inUse: Math.min(wanted, size), waiting: Math.max(0, wanted - size) });
}
