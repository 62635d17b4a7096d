import { and, eq, inArray, isNotNull, isNull, notInArray, sql } from "drizzle-orm";
import { countTries } from "../access/limits.ts";
import { db } from "../db/client.ts";
import { alarms } from "../db/schema.ts";
import { connectionLimit } from "../operations/database.ts";
import { type Facts, readFacts } from "../operations/facts.ts";
import { type AlarmKind, alarmKinds, grace, judge } from "./judge.ts";
import { tell } from "./tell.ts";

/**
 * Judges how things stand, at most once a minute in the whole installation, whoever calls: the workers' job by the clock,
 * and every web process, because a worker cannot say that there is none.
 */
export async function judgeAlarms(): Promise<void> {
  const [wait] = await countTries([{ key: "alarms:judged", points: 1, seconds: 50 }]);
  if (!wait) await settleAlarms(await readFacts());
}

/**
 * Raises what is wrong and clears what is over, each once however many judge at the same time: the row of an alarm is the
 * lock. One that is over before it was told was nothing.
 */
export async function settleAlarms(facts: Facts): Promise<void> {
  const troubles = judge(facts, connectionLimit());
  const unknown = alarmKinds.filter((kind) => !isKnown(kind, facts));
  await db.transaction(async (tx) => {
    for (const { kind, detail } of troubles)
      await tx
        .insert(alarms)
        .values({ kind, detail })
        .onConflictDoUpdate({ target: alarms.kind, targetWhere: isNull(alarms.clearedAt), set: { detail } });

    const told = await tx
      .update(alarms)
      .set({ toldAt: sql`now()` })
      .where(
        and(
          isNull(alarms.clearedAt),
          isNull(alarms.toldAt),
          // A raised one is noted to the millisecond, which may be a little later than now.
          sql`now() + interval '1 ms' >= raised_at + make_interval(secs => ${graceOf})`,
        ),
      )
      .returning();
    for (const alarm of told) await tell(tx, alarm, "raised");

    const kinds = [...troubles.map(({ kind }) => kind), ...unknown];
    const over = and(
      isNull(alarms.clearedAt),
      inArray(alarms.kind, [...alarmKinds]),
      notInArray(alarms.kind, [...kinds, ""]),
    );
    await tx.delete(alarms).where(and(over, isNull(alarms.toldAt)));
    const cleared = await tx
      .update(alarms)
      .set({ clearedAt: sql`now()` })
      .where(and(over, isNotNull(alarms.toldAt)))
      .returning();
    for (const alarm of cleared) await tell(tx, alarm, "cleared");
  });
}

const graceOf = sql`case ${alarms.kind} ${sql.join(
  Object.entries(grace).map(([kind, seconds]) => sql`when ${kind} then ${seconds}::int`),
  sql` `,
)} else 0 end`;

/** Whether the question behind an alarm was answered: one that was not neither raises nor clears anything. */
function isKnown(kind: AlarmKind, { queue, mails, database, log, webhooks }: Facts): boolean {
  if (kind === "mail_failing") return mails !== undefined;
  if (kind === "connections_full" || kind === "sealing_late") return database !== undefined;
  if (kind === "webhooks_late") return webhooks !== undefined;
  if (kind === "log_broken") return log !== undefined;
  return queue !== undefined;
}

export type Alarm = typeof alarms.$inferSelect;

/** An alarm by its id; undefined where it was nothing after all. */
export const findAlarm = async (id: string): Promise<Alarm | undefined> =>
  (await db.select().from(alarms).where(eq(alarms.id, id)))[0];
