import { sql } from "drizzle-orm";
import { type Actor, can } from "../access/actor.ts";
import { db } from "../db/client.ts";
import { t } from "../i18n/t.ts";
import type { Import } from "../import-batches/step.ts";
import { inTime } from "../runs/progress.ts";
import { problemWords } from "../workbook/problem-words.ts";

export interface LeftOut {
  reason: string;
  what: string;
  count: number;
  /** Created or changed all the same: only something of it was left out. */
  partly: boolean;
}

/** What the part of an import's page about starting and running it shows (views/import-runs/_outcome.ejs, and the button Start). */
export interface RunPart {
  run: Import;
  here: string;
  /** People a second; 0 while that cannot be said. */
  perSecond: number;
  /** Time left in words; empty while that cannot be said. */
  left: string;
  /** It is applied right now: the part asks for itself again. */
  moves: boolean;
  /** Why it cannot be started by whoever looks, in words. */
  obstacle: string;
  leftOut: LeftOut[];
}

/** How an import stands, from its check to its end, for whoever looks at it. */
export async function runPart(actor: Actor, run: Import): Promise<RunPart> {
  const moving = run.startedAt ? (+run.movedAt - +run.startedAt) / 1000 : 0;
  const moves = run.status === "running";
  const perSecond = moves && moving > 0.5 ? run.done / moving : 0;
  const creates = (run.counts.create ?? 0) > 0;
  return {
    run,
    here: `/admin/imports/${run.id}`,
    perSecond: Math.round(perSecond),
    left: perSecond > 0 ? inTime((run.total - run.done) / perSecond) : "",
    moves,
    obstacle:
      creates && !can(actor, "users.create") ? t("You may not create users, so you cannot start this import.") : "",
    leftOut: run.status === "done" || run.status === "failed" ? await leftOut(run) : [],
  };
}

async function leftOut({ id }: Import): Promise<LeftOut[]> {
  const rows = await db.execute<{ reason: string; partly: boolean; count: number }>(sql`
    select reason, result <> 'skipped' as partly, count(*)::int as count from import_people
    where import_id = ${id} and result is not null and reason is not null group by 1, 2 order by 3 desc, 1`);
  return rows.map((row) => ({ ...row, what: problemWords({ code: row.reason }).what }));
}
