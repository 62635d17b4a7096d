import { and, desc, eq, inArray, lt } from "drizzle-orm";
import { type Difference, differencesOf } from "../audit/difference.ts";
import { eventTitle } from "../audit/titles.ts";
import { db } from "../db/client.ts";
import { events } from "../db/schema.ts";
import type { Member } from "../members/queries.ts";

type Event = typeof events.$inferSelect;

/** One event as the log shows it: in words, with what differs before and after. */
export type LogLine = Event & { title: string; differences: Difference[] };

const size = 25;

const inWords = (event: Event): LogLine => ({
  ...event,
  title: eventTitle(event.name),
  differences: differencesOf(event),
});

/** What happened to a member and to the person behind, newest first; `before` is the id of the last line seen. */
export async function memberLog(member: Member, before?: number): Promise<{ lines: LogLine[]; next: number | null }> {
  const subjects = [member.id, ...(member.userId ? [member.userId] : [])];
  const rows = await db
    .select()
    .from(events)
    .where(
      and(
        eq(events.accountId, member.accountId),
        inArray(events.subjectId, subjects),
        before ? lt(events.id, before) : undefined,
      ),
    )
    .orderBy(desc(events.id))
    .limit(size + 1);
  const lines = rows.slice(0, size).map(inWords);
  return { lines, next: rows.length > size ? lines.at(-1)!.id : null };
}

/** The last change of a member, for whoever was slower (T56). */
export async function lastChange(member: Member): Promise<LogLine | undefined> {
  const [row] = await db
    .select()
    .from(events)
    .where(and(eq(events.accountId, member.accountId), eq(events.subjectId, member.id)))
    .orderBy(desc(events.id))
    .limit(1);
  return row && inWords(row);
}
