import { and, desc, eq, inArray, lt } from "drizzle-orm";
import type { EventName } from "../audit/events.ts";
import { eventTitle } from "../audit/titles.ts";
import { db } from "../db/client.ts";
import { events } from "../db/schema.ts";
import type { Member } from "../members/queries.ts";

/** One line of the log: who, what, when, and for each value that changed what fell away and what came. */
export interface LogLine {
  id: number;
  at: Date;
  actor: string;
  title: string;
  changes: { field: string; minus: string[]; plus: string[] }[];
}

const size = 25;

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

const inWords = (event: typeof events.$inferSelect): LogLine => ({
  id: event.id,
  at: event.at,
  actor: event.actorLabel,
  title: eventTitle(event.name as EventName),
  changes: changesOf(event.before ?? {}, event.after ?? {}),
});

const texts = (value: unknown): string[] =>
  value === undefined || value === null || value === ""
    ? []
    : [value].flat().map((each) => (typeof each === "object" ? JSON.stringify(each) : String(each)));

/** What differs: of lists only what fell away and what came, of single values the old and the new one. */
function changesOf(before: Record<string, unknown>, after: Record<string, unknown>) {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .map((field) => {
      const [old, now] = [texts(before[field]), texts(after[field])];
      return {
        field,
        minus: old.filter((text) => !now.includes(text)),
        plus: now.filter((text) => !old.includes(text)),
      };
    })
    .filter(({ minus, plus }) => minus.length + plus.length > 0);
}
