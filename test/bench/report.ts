import { setTimeout as sleep } from "node:timers/promises";
import postgres from "postgres";
import type { Bench, Case } from "./cases.ts";
import { ms, report } from "./measure.ts";
import { byHand } from "./pdf.ts";
import { busyTime } from "./people.ts";
import { post } from "./processes.ts";
import { type Bare, bareCopy, bareExceljs, bareWorkbook } from "./report-floor.ts";
import { serveWorker, until } from "./worker.ts";

interface Made {
  /** Milliseconds from the order to its being ready, and of processor: the worker's and the database's. */
  took: number;
  used: number;
  database: number;
  people: number;
  files: number;
  bytes: number;
  /** Of the worker, in MB. */
  before: number;
  peak: number;
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

/** Orders a report of everybody, as the form does, lets a fresh worker make it, and drops it again. */
async function made({ world, muster, cookie }: Bench, format: string): Promise<Made | undefined> {
  const sql = postgres(world.url, { max: 2, onnotice: () => {} });
  const worker = await serveWorker(world.url);
  try {
    // What a worker does first is over; its memory has settled.
    await sleep(3000);
    const [before, busy, database] = [worker.memory(), worker.processorTime(), await busyTime({ sql })];
    const fields = { what: "all", filter: "", format, sheets: "all", mailboxes: "", personal: "", bom: "" };
    const began = performance.now();
    const ordered = await post(`${muster.url}/admin/reports`, { _account: world.accountId, ...fields }, cookie);
    if (ordered.status === 422) return undefined;
    if (ordered.status !== 303) throw new Error(`the order answered ${ordered.status}`);
    const id = ordered.headers.get("location")!.split("/").at(-1)!;
    const row = await until(async () => {
      const [found] = await sql`select status, total, left_out, error from reports where id = ${id}`;
      if (found!.status === "done") return found!;
      if (!["queued", "running"].includes(found!.status))
        throw new Error(`the report is ${found!.status}: ${found!.error}`);
      return undefined;
    });
    const took = performance.now() - began;
    const used = worker.processorTime() - busy;
    const files = await sql`select size::float from files where subject_id = ${id}`;
    return {
      took,
      used,
      database: (await busyTime({ sql })) - database,
      people: Number(row.total) - Number(row.left_out),
      files: files.length,
      bytes: files.reduce((sum, file) => sum + Number(file.size), 0),
      before,
      peak: worker.peak(),
    };
  } finally {
    await worker.stop();
    // What is kept between runs stays as it was.
    await sql`delete from files where kind = 'report'`;
    await sql`delete from reports`;
    await sql.end();
  }
}

function judge(what: string, ours: Made, floor: Bare, most: number | undefined) {
  const ratio = ours.took / floor.took;
  const budget = most ? `≤ ${most}` : "";
  report(what, ms(ours.took), ms(floor.took), ratio, budget, most ? ratio <= most : null);
}

function processor(ours: Made, floor: Bare) {
  const words = `${ms(ours.used)}, database ${ms(ours.database)}`;
  report("the same, processor of the worker", words, ms(floor.used), ours.used / floor.used, "", null);
  const size = `${megabytes(ours.bytes)}${ours.files > 1 ? ` in ${ours.files} files` : ""}`;
  report("its size", size, megabytes(floor.bytes), null, "", null);
}

/** Everybody as CSV, beside COPY of the same rows. */
const csv = async (bench: Bench) => {
  const ours = await made(bench, "csv");
  if (!ours) return;
  const sql = postgres(bench.world.url, { max: 1, onnotice: () => {} });
  await bareCopy(sql, bench.world.accountId, true);
  const whole = await bareCopy(sql, bench.world.accountId, true);
  const plain = await bareCopy(sql, bench.world.accountId, false);
  await sql.end();
  judge(`CSV of ${ours.people}, COPY of the same columns`, ours, whole, 3);
  judge("the same, COPY of the members alone", ours, plain, undefined);
  processor(ours, whole);
  const growth = ours.peak - ours.before;
  const memory = `${growth.toFixed(0)} MB, ${ours.peak.toFixed(0)} at most`;
  report("memory of the worker that it takes", memory, "", null, "≤ 50 MB", growth <= 50);
};

/**
 * Everybody as a workbook, beside exceljs as it streams the same cells to nowhere: the writer whose 52,000 rows a second the budget was
 * made from. It keeps too much in memory where there is very much of it, so a million is held against ten times a tenth.
 */
const xlsx = async (bench: Bench) => {
  const ours = await made(bench, "xlsx");
  if (!ours) return;
  const rows = Math.min(100_000, ours.people);
  await bareExceljs(1000);
  const floor = times(await bareExceljs(rows), ours.people / rows);
  judge(`workbook of ${ours.people}, exceljs alone`, ours, floor, 1.5);
  processor(ours, floor);
  await bareWorkbook(1000);
  judge("the same, our writer alone", ours, await bareWorkbook(ours.people), undefined);
  report("memory of the worker at most", `${ours.peak.toFixed(0)} MB`, "", null, "≤ 200 MB", ours.peak <= 200);
};

const times = ({ took, used, bytes }: Bare, factor: number): Bare => ({
  took: took * factor,
  used: used * factor,
  bytes: bytes * factor,
});

/** Everybody as a document, beside the same rows drawn by hand; by processor time, as the case `pdf`. */
const pdf = async (bench: Bench) => {
  const ours = await made(bench, "pdf");
  if (!ours) return;
  const rows = Math.min(20_000, ours.people);
  await byHand(1000);
  const floor = await byHand(rows);
  const bare = (floor.seconds * 1000 * ours.people) / rows;
  const ratio = ours.used / bare;
  report(`PDF of ${ours.people}, processor of the worker`, ms(ours.used), ms(bare), ratio, "≤ 1.3", ratio <= 1.3);
  report("the same, by the clock", ms(ours.took), "", null, "", null);
  report("memory of the worker at most", `${ours.peak.toFixed(0)} MB`, "", null, "", null);
};

/** All three, made by a worker as in production. */
export const reportCase: Case = async (bench) => {
  await csv(bench);
  await xlsx(bench);
  await pdf(bench);
};
export const csvCase: Case = csv;
export const xlsxCase: Case = xlsx;
