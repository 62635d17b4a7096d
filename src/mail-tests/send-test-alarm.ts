import { sql } from "drizzle-orm";
import { assertWithin } from "../access/limits.ts";
import type { Person } from "../access/person.ts";
import { tell } from "../alarms/tell.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { alarms } from "../db/schema.ts";

/** Raises an alarm that means nothing and is over at once: whoever gets alarms sees that they do. */
export async function sendTestAlarm(person: Person): Promise<void> {
  await assertWithin([{ key: `alarm-test:${person.userId}`, points: 5, seconds: 600 }]);
  await db.transaction(async (tx) => {
    const now = sql`now()`;
    const [alarm] = await tx.insert(alarms).values({ kind: "test", toldAt: now, clearedAt: now }).returning();
    await tell(tx, alarm!, "raised");
    const subject = { type: "instance" as const, id: alarm!.id, label: "test" };
    await recordEvent(tx, { ...person, accountId: null }, "alarm.tested", subject);
  });
}
