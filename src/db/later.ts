import type { Tx } from "./client.ts";

/**
 * Sends a statement of a transaction without waiting for its answer, so that what follows travels along: for writes
 * whose answer nobody needs. It still counts like any other: when it fails, so does the transaction (fence.ts).
 */
export function later(tx: Tx, statement: (tx: Tx) => PromiseLike<unknown>): void {
  statement(tx).then(undefined, () => {});
}
