import { type SQL, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import type { ActivityQuery } from "./forms.ts";

/** T62: what was typed is text, not a pattern. */
export const containing = (words: string) => `%${words.replaceAll(/[\\%_]/g, "\\$&")}%`;

/** What a period is, as conditions on a time: days in the reader's time zone. */
export function within(actor: Actor, { from, to }: ActivityQuery, at: SQL): SQL[] {
  const midnight = (text: string) => sql`(${text}::date)::timestamp at time zone ${actor.timeZone}`;
  return [
    ...(from ? [sql`${at} >= ${midnight(from)}`] : []),
    ...(to ? [sql`${at} < ${midnight(to)} + interval '1 day'`] : []),
  ];
}
