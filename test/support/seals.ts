import { setTimeout as sleep } from "node:timers/promises";
import { config } from "../../src/config.ts";
import { db } from "../../src/db/client.ts";
import type { Finding } from "../../src/seal-checks/finding.ts";
import { verifyLog } from "../../src/seal-checks/verify-log.ts";
import { sealLag } from "../../src/seals/queries.ts";
import { sealEvents } from "../../src/seals/seal-events.ts";

/** Seals until nothing waits: what is open in the databases of other test files holds the log back as well. */
export async function sealAll(): Promise<void> {
  for (const end = Date.now() + 10_000; ; await sleep(50)) {
    await sealEvents();
    if ((await sealLag()).waiting === 0) return;
    if (Date.now() > end) throw new Error("Something stays open, and the log cannot be sealed.");
  }
}

/** Verifies the log in small batches. */
export async function verify(expected?: { position: number; hash: string }) {
  const found: Finding[] = [];
  const walk = verifyLog(db, { keys: config.ENCRYPTION_KEYS, expected, size: 7 });
  for (;;) {
    const next = await walk.next();
    if (next.done) return { found, checked: next.value };
    found.push(next.value);
  }
}

/** What verifying finds, as `kind position`, or `kind event id`. */
export const kinds = async (expected?: { position: number; hash: string }) =>
  (await verify(expected)).found.map(({ kind, position, eventId }) => `${kind} ${position ?? `event ${eventId}`}`);
