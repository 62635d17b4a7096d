import { and, eq, isNull, sql } from "drizzle-orm";
import type { Person } from "../access/person.ts";
import { db } from "../db/client.ts";
import { notifications } from "../db/schema.ts";

/** Marks all of somebody's bells as read. Reading one's own news is no change that a log keeps. */
export async function readAll(person: Person): Promise<void> {
  await db
    .update(notifications)
    .set({ readAt: sql`now()` })
    .where(and(eq(notifications.userId, person.userId), isNull(notifications.readAt)));
}
