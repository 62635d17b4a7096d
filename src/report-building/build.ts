import { and, eq, inArray, not, sql } from "drizzle-orm";
import { type Actor, can } from "../access/actor.ts";
import { actorOf, loadVisitor } from "../access/load-actor.ts";
import { isSuspended } from "../access/suspended.ts";
import { db } from "../db/client.ts";
import { isDuplicate } from "../db/errors.ts";
import { files, reports } from "../db/schema.ts";
import { inSnapshot } from "../db/snapshot.ts";
import { dropFiles } from "../files/store.ts";
import { inLanguage } from "../i18n/t.ts";
import type { Making } from "../report-files/keep-file.ts";
import { makeFiles } from "../report-files/make-files.ts";
import { countPeople, peopleOf } from "../report-files/people.ts";
import { peopleTable } from "../report-files/workbook.ts";
import { queueReport } from "../reports/order.ts";
import type { Report } from "../reports/queries.ts";
import { finishReport, Halt } from "./finish.ts";

/**
 * Makes a report as its reader's rights stand now (T90), from one snapshot, at constant memory (R27). It can be killed
 * anywhere: whoever takes it up drops what is there of it and begins anew. Taking it up raises its number: who worked on it
 * before, and is not dead after all, finishes nothing any more. A worker that is told to end gives it back to the line.
 */
export async function buildReport(reportId: string, stop?: AbortSignal): Promise<void> {
  const report = await takeUp(reportId);
  if (!report) return;
  const visitor = await loadVisitor(report.orderedBy, report.accountId);
  const actor = visitor && actorOf(visitor, {});
  if (actor?.accountId !== report.accountId || !mayRead(actor)) return refuse(report);

  const made: Making["made"] = [];
  try {
    const language = { locale: visitor!.locale, timeZone: visitor!.timeZone, region: visitor!.region };
    await inLanguage(language, () => inSnapshot((tx) => make(tx, actor, report, made, stop), peopleTable));
  } catch (error) {
    const ids = made.map(({ id }) => id);
    if (ids.length > 0) await db.delete(files).where(inArray(files.id, ids));
    const ours = await giveBack(report, stop?.aborted === true);
    // Whatever went wrong after it was cancelled or taken over is no fault: its files were dropped under it.
    if (ours && !(error instanceof Halt)) throw error;
  }
}

const mayRead = (actor: Actor) => can(actor, "reports.create") && can(actor, "users.view");

/** The report as ours, with nothing left of an earlier try; undefined where it is over, or another one is made first. */
async function takeUp(reportId: string): Promise<Report | undefined> {
  const open = and(
    eq(reports.id, reportId),
    inArray(reports.status, ["queued", "running"]),
    not(isSuspended(sql`${reports.accountId}`)),
  );
  try {
    return await db.transaction(async (tx) => {
      const [report] = await tx
        .update(reports)
        .set({
          status: "running",
          generation: sql`${reports.generation} + 1`,
          startedAt: sql`clock_timestamp()`,
          movedAt: sql`clock_timestamp()`,
          done: 0,
        })
        .where(open)
        .returning();
      if (report) await dropFiles(tx, report.id, "report");
      return report;
    });
  } catch (error) {
    if (!isDuplicate(error, "reports_one_running")) throw error;
    await db.transaction((tx) => queueReport(tx, reportId, 10_000));
    return undefined;
  }
}

async function make(
  tx: Making["tx"],
  actor: Actor,
  report: Report,
  made: Making["made"],
  stop: AbortSignal | undefined,
): Promise<void> {
  const people = await peopleOf(actor, report.scope);
  const total = await countPeople(tx, people);
  const drafts = await countPeople(tx, { ...people, where: sql`${people.where} and m.status = 'draft'` });
  let done = 0;
  let told = 0;
  const tell = async () => {
    told = Date.now();
    const kept = await db
      .update(reports)
      .set({ done: Math.round(done), total, movedAt: sql`clock_timestamp()` })
      .where(mine(report))
      .returning({ id: reports.id });
    if (kept.length === 0) throw new Halt();
  };
  await tell();
  const step = async (people: number) => {
    done += people;
    if (stop?.aborted) throw new Halt();
    if (Date.now() - told > 500) await tell();
  };
  const making: Making = { tx, actor, report, step, made };
  const leftOut = await makeFiles(making);
  await finishReport(actor, report, making.made, { total, leftOut, drafts: drafts > 0 });
}

const mine = ({ id, generation }: Report) =>
  and(eq(reports.id, id), eq(reports.generation, generation), eq(reports.status, "running"));

/** T90: whoever ordered it may not have it any more. Nothing is made, and nobody is written to. */
async function refuse(report: Report): Promise<void> {
  await db.update(reports).set({ status: "refused", finishedAt: sql`clock_timestamp()` }).where(mine(report));
}

/**
 * Lets go of it, so that the account's next one need not wait; says whether it was still ours. R18: where this worker ends,
 * the next one begins it anew, a little later, so that it is not this one again.
 */
const giveBack = (report: Report, again: boolean): Promise<boolean> =>
  db.transaction(async (tx) => {
    const [given] = await tx.update(reports).set({ status: "queued" }).where(mine(report)).returning();
    if (given && again) await queueReport(tx, report.id, 3_000);
    return Boolean(given);
  });
