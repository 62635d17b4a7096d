import type { Tx } from "../db/client.ts";
import { enqueue } from "../queue.ts";
import type { Domain } from "./queries.ts";

/** Orders a look at a domain's records now, for whoever pressed the button or for nobody. One that waits is enough. */
export const queueCheck = (tx: Tx, { id }: Pick<Domain, "id">, askedBy: string | null = null) =>
  enqueue(tx, "check_domain", { domainId: id, askedBy }, { key: `check_domain:${id}`, maxAttempts: 3 });
