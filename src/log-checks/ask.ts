import { assertWithin } from "../access/limits.ts";
import type { Person } from "../access/person.ts";
import { beginCheck } from "./begin.ts";

/** Has the audit log verified without waiting for the night. Nothing changes that the log would keep. */
export async function askCheck(person: Person): Promise<void> {
  await assertWithin([{ key: `log-check:${person.userId}`, points: 10, seconds: 600 }]);
  await beginCheck();
}
