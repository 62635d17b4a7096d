import { z } from "zod";
import { releaseBatch } from "../src/domain-removals/release-people.ts";
import { endedDomain } from "../src/domain-removals/remove.ts";
import { id, inBatches, task } from "./task.ts";

/**
 * Lets the people of a deleted domain go, batch by batch. Safe to run twice, or twice at once: a batch takes those who are
 * still managed, and a mail is written in the statement that frees its reader. A worker that is stopped leaves the rest to
 * the next run.
 */
export const releaseDomainPeople = task(z.object({ domainId: id }), async ({ domainId }, { abortSignal }) => {
  const domain = await endedDomain(domainId);
  if (!domain) return;
  await inBatches((size) => releaseBatch(domain, size), 2_000, abortSignal);
  if (abortSignal?.aborted) throw new Error("The worker is stopping; the next run goes on");
});
