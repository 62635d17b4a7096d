import { sql } from "drizzle-orm";
import type { Person } from "../access/person.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { lockJob } from "./retry-job.ts";

/** Takes a job away that the queue has given up on: what it was to do is not done. 409 where it is still tried. */
export function giveUpJob(person: Person, jobId: string): Promise<string> {
  return db.transaction(async (tx) => {
    const { id, name, over } = await lockJob(tx, jobId);
    if (!over) throw new Conflict(t("This job is still tried. It can be given up when all its tries have failed."));
    await tx.execute(sql`select graphile_worker.complete_jobs(array[${id}::bigint])`);
    const subject = { type: "instance" as const, id, label: name };
    await recordEvent(tx, { ...person, accountId: null }, "job.removed", subject);
    return name;
  });
}
