import { eq, sql } from "drizzle-orm";
import { recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { activationRuns, type Drift, domains, users } from "../db/schema.ts";
import { subjectOf } from "../domains/queries.ts";
import { notify } from "../notifications/notify.ts";
import { changeRun } from "./advance.ts";
import type { Run } from "./queries.ts";

/** Ends a run that has no one left: names what differs from the plan, writes the event, tells who started it. Once (R3). */
export function finishRun(run: Run): Promise<void> {
  return db.transaction(async (tx) => {
    const done = await changeRun(tx, run, ["running"], {
      status: "done",
      finishedAt: sql`clock_timestamp()`,
      error: null,
    });
    if (!done) return;
    const [domain] = await tx.select().from(domains).where(eq(domains.id, run.domainId));
    if (done.kind === "activation") {
      await tx
        .update(activationRuns)
        .set({ drift: await driftOf(tx, done, domain!.name) })
        .where(eq(activationRuns.id, run.id));
    }
    const name = done.kind === "undo" ? "domain.people_released" : "domain.people_assigned";
    await recordEvent(tx, await authorOf(tx, run), name, subjectOf(domain!), { after: done.result });
    if (!run.startedBy) return;
    await notify(tx, {
      userId: run.startedBy,
      accountId: run.accountId,
      kind: "run.finished",
      subjectId: run.domainId,
      data: {
        domain: domain!.shownName,
        run: run.id,
        kind: run.kind,
        count: String(done.result.taken ?? done.result.people ?? 0),
      },
      mail: "run_finished",
    });
  });
}

/** A run acts in the name of who started it. */
async function authorOf(tx: Tx, run: Run) {
  const [starter] = run.startedBy ? await tx.select().from(users).where(eq(users.id, run.startedBy)) : [];
  return { userId: run.startedBy, accountId: run.accountId, label: starter?.email ?? "Muster" };
}

const named = 50;

/**
 * Who came since the plan was drawn up, taken in by the run or by their own registration, and who went: an address changed,
 * a profile disabled or deleted, or taken in elsewhere. Read off their rows and, for addresses that are gone, off the log.
 */
async function driftOf(tx: Tx, run: Run, name: string): Promise<Drift> {
  const inDomain = sql`split_part(u.email, '@', 2) = ${name}`;
  const since = sql`${run.plannedAt.toISOString()}::timestamptz`;
  const came = await addresses(
    tx,
    sql`select u.email from users u where ${inDomain} and u.corporate_account_id = ${run.accountId}
      and (greatest(u.created_at, u.email_proven_at) > ${since}
        or u.corporate_run_id is null and u.corporate_since >= ${since})`,
  );
  const went = await addresses(
    tx,
    sql`select u.email from users u where ${inDomain} and (u.disabled_at > ${since}
        or u.corporate_since > ${since} and u.corporate_account_id <> ${run.accountId})
      union
      select coalesce(e.before ->> 'email', e.subject_label) from events e
      where e.id > ${run.plan.marker ?? 0} and e.name in ('user.address_changed', 'user.released', 'user.deleted')
        and split_part(coalesce(e.before ->> 'email', e.subject_label), '@', 2) = ${name}`,
  );
  return { came: came.first, cameCount: came.count, went: went.first, wentCount: went.count };
}

async function addresses(tx: Tx, query: ReturnType<typeof sql>): Promise<{ first: string[]; count: number }> {
  const rows = await tx.execute<{ email: string; total: number }>(sql`
    select email, count(*) over ()::int as total from (${query}) q order by email limit ${named}`);
  return { first: rows.map(({ email }) => email), count: rows[0]?.total ?? 0 };
}
