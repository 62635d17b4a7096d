import { and, asc, eq, isNull, sql } from "drizzle-orm";
import { db, type Reader } from "../db/client.ts";
import { alarms, instanceSettings, users } from "../db/schema.ts";

/** Who administers the installation, by address. */
export const administrators = (reader: Reader = db) =>
  reader
    .select({ id: users.id, email: users.email, firstName: users.firstName, lastName: users.lastName })
    .from(users)
    .where(and(eq(users.instanceAdmin, true), isNull(users.disabledAt)))
    .orderBy(asc(users.email));

/** Whom alarms are mailed to: the addresses that were chosen, else the administrators of the installation. */
export async function recipients(reader: Reader): Promise<string[]> {
  const [settings] = await reader.select({ chosen: instanceSettings.alarmRecipients }).from(instanceSettings);
  if (settings?.chosen.length) return settings.chosen;
  return (await administrators(reader)).map(({ email }) => email);
}

/** What stands, and what was over within the last week; the newest first. */
export const recentAlarms = () =>
  db
    .select()
    .from(alarms)
    .where(
      sql`${alarms.toldAt} is not null and (${alarms.clearedAt} is null or ${alarms.clearedAt} > now() - interval '7 days')`,
    )
    .orderBy(sql`${alarms.clearedAt} is not null`, sql`${alarms.raisedAt} desc`)
    .limit(20);
