import { checkDomain } from "../domain-checks/check-domain.ts";
import type { Domain } from "../domains/queries.ts";
import { instance } from "../instance/queries.ts";
import { takeDue, takeNow } from "./lease.ts";
import { settleLook } from "./settle.ts";

/** Looks at a domain that this worker has taken: asks outside of any transaction, then writes in a short one. */
const look = async (taken: Domain, askedBy: string | null) =>
  settleLook(taken, await checkDomain(taken, await instance()), askedBy);

/** Looks at one domain now, for whoever asked. Deleted, lapsed or of a deleted account: nothing. */
export async function lookNow(domainId: string, askedBy: string | null): Promise<void> {
  const taken = await takeNow(domainId);
  if (taken) await look(taken, askedBy);
}

/**
 * Looks at every domain that is due, some side by side, until none is left or `done` says so. Returns how many. One whose
 * look fails is due again when its lease ends; the others go on, and the failure is thrown at the end.
 */
export async function lookAtDue(done: () => boolean, sideBySide = 8): Promise<number> {
  let looked = 0;
  const failures: unknown[] = [];
  const lane = async () => {
    while (!done()) {
      const taken = await takeDue();
      if (!taken) return;
      await look(taken, null).then(
        () => looked++,
        (error) => failures.push(error),
      );
    }
  };
  await Promise.all(Array.from({ length: sideBySide }, lane));
  if (failures.length > 0) throw failures[0];
  return looked;
}
