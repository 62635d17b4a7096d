import type { Sql } from "postgres";
import { named } from "./named.ts";

const isLoss = (error: unknown) =>
  /^(CONNECTION_|ECONN|EPIPE|ETIMEDOUT|ERR_SOCKET|ERR_STREAM|57P0)/.test(
    String((error as { code?: string })?.code ?? ""),
  );

/**
 * postgres.js sends `rollback`, or the callback's next statement, over a connection that has just been lost. The write
 * fails outside any promise, or lands on the replacement connection outside the transaction (R9). So: once the connection
 * is lost no further statement gets through, and the callback never settles; `begin` itself rejects on the loss.
 */
export function fence(client: Sql): Sql {
  const begin = client.begin.bind(client) as (...args: unknown[]) => Promise<unknown>;

  client.begin = ((...args: unknown[]) => {
    const work = args.pop() as (tx: object) => unknown;
    let lost: unknown;

    const guard = (tx: object) =>
      new Proxy(tx as never, {
        apply(target, self, call) {
          if (lost) throw lost;
          return Reflect.apply(target, self, call);
        },
        get(target, key) {
          const value = target[key] as unknown;
          if (key !== "unsafe" && key !== "savepoint") return value;
          return (...call: unknown[]) => {
            if (lost) throw lost;
            return (value as (...call: unknown[]) => unknown).apply(target, key === "unsafe" ? named(call) : call);
          };
        },
      });

    const transaction = begin(
      ...args,
      (tx: object) =>
        new Promise((resolve, reject) => {
          Promise.resolve()
            .then(() => work(guard(tx)))
            .then(
              (value) => lost || resolve(value),
              (error) => {
                if (isLoss(error)) lost ??= error;
                if (!lost) reject(error);
              },
            );
        }),
    );
    transaction.catch((error) => {
      lost ??= error;
    });
    return transaction;
  }) as typeof client.begin;

  return client;
}
