import { and, desc, eq, sql } from "drizzle-orm";
import { db, type Reader } from "../db/client.ts";
import { activationRuns, domains, users } from "../db/schema.ts";
import { NotFound } from "../http/errors.ts";
import { uuidOr404 } from "../http/ids.ts";

export type Run = typeof activationRuns.$inferSelect;

/** A run as pages show it: with what the database's clock says about it. */
export interface ShownRun extends Run {
  /** Seconds that it has moved for, since it was started or resumed last. */
  movingFor: number;
  /** Seconds since its newest batch. */
  stillFor: number;
  /** X2: an activation of the domain can be undone: this run, or an earlier one where the later ones were undone already. */
  undoable: boolean;
  starter: string | null;
}

/**
 * Which runs `r` of a domain can be undone: activations, for 72 hours, once each, one after the other: an undoing that is under
 * way comes to its end before the next one begins, for those whom it has not reached yet would stay.
 */
const undoable = sql`r.domain_id = domains.id and r.kind = 'activation' and r.started_at > now() - interval '72 hours'
  and not exists (select 1 from activation_runs u where u.undoes_id = r.id)
  and not exists (select 1 from activation_runs o where o.domain_id = domains.id and o.kind = 'undo'
    and o.status in ('running', 'stopped', 'failed'))
  and domains.status <> 'unverified' and domains.ended_at is null`;

/** The newest run of a domain, activation or undoing, for its page; undefined while there was none. */
export async function latestRun(accountId: string, domainId: string): Promise<ShownRun | undefined> {
  const [row] = await db
    .select({
      run: activationRuns,
      movingFor: sql<number>`extract(epoch from ${activationRuns.movedAt} - ${activationRuns.wentOnAt})::float`,
      stillFor: sql<number>`extract(epoch from clock_timestamp() - ${activationRuns.movedAt})::float`,
      undoable: sql<boolean>`exists (select 1 from activation_runs r where ${undoable})`,
      starter: users.email,
    })
    .from(activationRuns)
    .innerJoin(domains, eq(domains.id, activationRuns.domainId))
    .leftJoin(users, eq(users.id, activationRuns.startedBy))
    .where(and(eq(activationRuns.accountId, accountId), eq(activationRuns.domainId, uuidOr404(domainId))))
    .orderBy(desc(activationRuns.startedAt), desc(activationRuns.id))
    .limit(1);
  return (
    row && {
      ...row.run,
      movingFor: row.movingFor,
      stillFor: row.stillFor,
      undoable: row.undoable,
      starter: row.starter,
    }
  );
}

/** The same, or 404 for a domain that nobody has activated yet. */
export async function runOf(accountId: string, domainId: string): Promise<ShownRun> {
  const run = await latestRun(accountId, domainId);
  if (!run) throw new NotFound();
  return run;
}

/** The activation of the domain that can still be undone, locked; undefined when there is none (any more). */
export async function undoableRun(reader: Reader, accountId: string, domainId: string): Promise<Run | undefined> {
  const [row] = await reader
    .select({ run: activationRuns })
    .from(activationRuns)
    .innerJoin(domains, eq(domains.id, activationRuns.domainId))
    .where(
      and(
        eq(activationRuns.accountId, accountId),
        eq(activationRuns.domainId, uuidOr404(domainId)),
        sql`${activationRuns.id} in (select r.id from activation_runs r where ${undoable})`,
      ),
    )
    .orderBy(desc(activationRuns.startedAt))
    .limit(1);
  return row?.run;
}
