import { assertWithin } from "../access/limits.ts";
import type { Person } from "../access/person.ts";
import { db } from "../db/client.ts";
import { smtpChecks } from "../db/schema.ts";
import { enqueue } from "../queue.ts";

/** Has a worker connect to the mail server and sign in there, without sending anything. Nothing changes that the log would keep. */
export async function askCheck(person: Person): Promise<string> {
  await assertWithin([{ key: `mail-server-check:${person.userId}`, points: 10, seconds: 600 }]);
  return db.transaction(async (tx) => {
    const [row] = await tx.insert(smtpChecks).values({ askedBy: person.userId }).returning();
    await enqueue(tx, "check_mail_server", { checkId: row!.id }, { priority: -10, maxAttempts: 1 });
    return row!.id;
  });
}
