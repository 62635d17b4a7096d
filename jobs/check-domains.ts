import { z } from "zod";
import { lookAtDue } from "../src/domain-ageing/look.ts";
import { task } from "./task.ts";

/** The next run begins every minute: this one takes nothing new any more then. */
const patience = 50_000;

/**
 * Looks at the records of every domain that is due. Safe to run twice, or twice at once: each domain is taken with a lease,
 * and only the newest look at it may say what was found.
 */
export const checkDomains = task(z.object({}), async (_payload, { abortSignal }) => {
  const until = Date.now() + patience;
  await lookAtDue(() => Boolean(abortSignal?.aborted) || Date.now() > until);
});
