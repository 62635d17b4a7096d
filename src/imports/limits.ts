import { and, count, eq, inArray } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { assertWithin, countTries, inWords, type Limit } from "../access/limits.ts";
import { config } from "../config.ts";
import { db, type Reader, type Tx } from "../db/client.ts";
import { imports } from "../db/schema.ts";
import { Conflict, TooMany } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { enqueue } from "../queue.ts";
import type { Import } from "./queries.ts";

/** Imports of one account that a worker has before it, or works on: one, and three that wait (T92). */
const most = 4;

const hourly = (accountId: string): Limit => ({
  key: `imports:${accountId}`,
  points: config.IMPORTS_PER_HOUR,
  seconds: 3600,
});

/** Says which limit it is: whoever corrects a workbook and uploads it again tries nothing that is forbidden. */
const tooManyThisHour = (wait: number): TooMany =>
  new TooMany(
    t(
      "{count, plural, one {# workbook is} other {# workbooks are}} taken in an hour for one account, and so many were uploaded. Try again in {left}.",
      { count: config.IMPORTS_PER_HOUR, left: inWords(wait) },
    ),
    wait,
  );

/** T92: 409 while as many imports of the account are under way as may be. Those that wait for a person do not count. */
export async function assertQueueHasRoom(reader: Reader, accountId: string): Promise<void> {
  const [found] = await reader
    .select({ open: count() })
    .from(imports)
    .where(and(eq(imports.accountId, accountId), inArray(imports.status, ["queued", "checking", "running"])));
  if (found!.open >= most) {
    throw new Conflict(
      t("{count} imports of this account are under way. Upload the next one when one of them is over.", {
        count: found!.open,
      }),
    );
  }
}

/** Counts an import that is made, inside its transaction; 429 when it is one too many in this hour. */
export async function countImport(tx: Tx, accountId: string): Promise<void> {
  const [wait] = await countTries([hourly(accountId)], 1, tx);
  if (wait) throw tooManyThisHour(wait);
}

/** Before a byte is read: 429 for who uploads too often, or whose account has made its imports of this hour; 409 as above. */
export async function assertMayUpload({ userId, accountId }: Actor): Promise<void> {
  await assertWithin([{ key: `uploads:${userId}`, points: config.UPLOADS_PER_MINUTE, seconds: 60 }]);
  const { points, ...limit } = hourly(accountId);
  const [wait] = await countTries([{ ...limit, points: points - 1 }], 0);
  if (wait) throw tooManyThisHour(wait);
  await assertQueueHasRoom(db, accountId);
}

/** Workbooks are read in so many lines of all installation; those of an account stand in the same one. */
const lines = 2;

/**
 * One after the other in each line: however many workbooks are uploaded, by however many accounts, and however long they
 * take, most places of a worker stay free for everything else (T92).
 */
const line = (work: string, accountId: string) => `${work}-${Number.parseInt(accountId.slice(-2), 16) % lines}`;
type Queued = Pick<Import, "id" | "accountId">;

/** Queues a check; one that waits is the same. It has more tries than failures: a worker may die at it as well (R21). */
export const queueCheck = (tx: Tx, { id, accountId }: Queued): Promise<void> =>
  enqueue(
    tx,
    "check_import",
    { importId: id },
    { queue: line("workbooks", accountId), key: `check_import:${id}`, maxAttempts: 8 },
  );

/** Queues the files that are handed out after a check or a run. */
export const queueFiles = (tx: Tx, { id, accountId }: Queued): Promise<void> =>
  enqueue(
    tx,
    "build_import_files",
    { importId: id },
    { queue: line("workbook-files", accountId), key: `build_import_files:${id}`, maxAttempts: 5 },
  );
