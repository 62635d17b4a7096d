import { setTimeout as sleep } from "node:timers/promises";
import type { Bench, Case } from "./cases.ts";
import { floorOf, freshPlace, type Place, workbookFor } from "./import-floor.ts";
import { at, ms, report } from "./measure.ts";
import { busyTime } from "./people.ts";
import { browserHeaders, post, type Served, serveMuster, signIn } from "./processes.ts";
import { serveWorker, until } from "./worker.ts";

const seconds = (value: number) => `${(value / 1000).toFixed(1)} s`;

/** Somebody who looks at the users list all the while, some times a second. */
class Reader {
  times: number[] = [];
  private going = true;
  private loop: Promise<void>;

  constructor(muster: Served, cookie: string) {
    this.loop = this.live(`${muster.url}/admin/users`, { ...browserHeaders, cookie });
  }

  private async live(url: string, headers: Record<string, string>) {
    while (this.going) {
      const began = performance.now();
      await (await fetch(url, { headers })).text();
      this.times.push(performance.now() - began);
      await sleep(50);
    }
  }

  /** The times so far, sorted; and begins anew. */
  taken(): number[] {
    const all = this.times.sort((a, b) => a - b);
    this.times = [];
    return all;
  }

  leave() {
    this.going = false;
    return this.loop;
  }
}

/** The file by its form, as a browser sends it; returns the address of the import's page. */
async function upload(muster: Served, cookie: string, place: Place, file: Buffer): Promise<string> {
  const body = new FormData();
  body.append("file", new Blob([new Uint8Array(file)]), "people.xlsx");
  const answer = await fetch(`${muster.url}/admin/imports?_account=${place.accountId}`, {
    method: "POST",
    redirect: "manual",
    headers: { ...browserHeaders, Cookie: cookie },
    body,
  });
  if (answer.status !== 303) throw new Error(`the upload answered ${answer.status}`);
  return new URL(answer.headers.get("location")!, muster.url).pathname;
}

interface State {
  status: string;
  counts: Record<string, number>;
  results: Record<string, number>;
  error: string | null;
  checking: number;
  running: number;
}

/** Waits for a state, by the clock of the database: milliseconds from the upload to the check's end, and from start to end. */
const reached = ({ sql }: Place, status: string) =>
  until(async () => {
    const [row] = await sql<State[]>`
      select status, counts, results, error, extract(epoch from checked_at - created_at)::float * 1000 as checking,
        extract(epoch from finished_at - started_at)::float * 1000 as running
      from imports order by created_at desc limit 1`;
    if (row?.status === status) return row;
    if (row && !["queued", "checking", "checked", "running"].includes(row.status))
      throw new Error(`the import is ${row.status}: ${row.error ?? JSON.stringify(row.counts)}`);
    return undefined;
  });

/** Waits until the files that are handed out after a check are made: whoever presses the button needs a moment, too. */
async function filesMade({ sql }: Place): Promise<number> {
  const began = performance.now();
  await until(async () => {
    const [found] = await sql`
      select 1 from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
      where t.identifier = 'build_import_files'`;
    return found ? undefined : true;
  });
  return performance.now() - began;
}

/** Uploads, lets it be checked, starts it, and waits for its end; milliseconds of each. */
async function take(muster: Served, cookie: string, place: Place, file: Buffer, count: number, look: () => number) {
  const busy = [look()];
  const began = performance.now();
  const page = await upload(muster, cookie, place, file);
  const uploading = performance.now() - began;
  const { checking, counts } = await reached(place, "checked");
  busy.push(look());
  const files = await filesMade(place);
  busy.push(look());
  const fields = { _account: place.accountId, create: String(counts.create), update: String(counts.update) };
  const started = await post(`${muster.url}${page}/start`, fields, cookie);
  if (started.status !== 303) throw new Error(`the start answered ${started.status}`);
  const { running, results } = await reached(place, "done");
  busy.push(look());
  const [mails] = await place.sql`select count(*)::int as n from mails where kind = 'first_sign_in'`;
  if (results.create !== count || mails!.n !== count)
    throw new Error(`${results.create} of ${count} were created, ${mails!.n} mails ordered`);
  const [checked, made, done] = busy.slice(1).map((now, n) => now - busy[n]!);
  const used = { checking: checked!, files: made!, running: done! };
  return { uploading, checking, running, files, used, whole: uploading + checking + running };
}

/** A workbook of `count` people beside its bare floor; what becomes of the list meanwhile; what it takes of the machine. */
async function importOf({ world, seconds: lasting }: Bench, count: number): Promise<{ whole: number; busy: number }> {
  const bare = await freshPlace(world);
  const file = await workbookFor(bare, count);
  const floor = await floorOf(bare, file, count);
  await bare.drop();

  const place = await freshPlace(world);
  // The copy has the ids of what it was copied from: the same file fits.
  const ends = [place.drop];
  try {
    const muster = await serveMuster({ DATABASE_URL: place.url });
    ends.unshift(muster.stop);
    const cookie = await signIn(muster.url);
    const worker = await serveWorker(place.url);
    ends.unshift(worker.stop);
    const reader = new Reader(muster, cookie);
    ends.unshift(() => reader.leave().catch(() => {}));
    await sleep(2000);
    reader.taken();
    await sleep(lasting * 1000);
    const idle = at(reader.taken(), 0.95);
    const before = [muster.processorTime(), await busyTime(place)];
    const took = await take(muster, cookie, place, file, count, worker.processorTime);
    const { used } = took;
    const [web, database] = [muster.processorTime() - before[0]!, (await busyTime(place)) - before[1]!];
    const list = at(reader.taken(), 0.95);

    const sum = floor.read + floor.insert + floor.queue;
    report(`import of ${count}`, seconds(took.whole), seconds(sum), took.whole / sum, "≤ 3", took.whole <= 3 * sum);
    report(
      "the same: uploaded, checked, applied; read, inserted, queued",
      [took.uploading, took.checking, took.running].map(ms).join(" / "),
      [floor.read, floor.insert, floor.queue].map(ms).join(" / "),
      null,
      "",
      null,
    );
    const all = sum + floor.rest;
    report("against all the same rows, bare", seconds(took.whole), seconds(all), took.whole / all, "", null);
    const busy = used.checking + used.running + web + database;
    report("processor of all", ms(busy), ms(floor.used), busy / floor.used, "", null);
    const parts = [used.checking, used.running, web, database].map(ms).join(" / ");
    report("the same: check with its reader, run, web, database", parts, "", null, "", null);
    report("files to hand out, between check and run", ms(took.files), "", null, "", null);
    report("the list meanwhile, p95", ms(list), ms(idle), list / idle, "≤ 3", list <= 3 * idle);
    const [peak, child] = [worker.peak(), worker.childPeak()];
    report("memory of the worker at most", `${peak.toFixed(0)} MB`, "", null, "≤ 256 MB", peak <= 256);
    report("memory of the reading process at most", `${child.toFixed(0)} MB`, "", null, "≤ 256 MB", child <= 256);
    return { whole: took.whole, busy };
  } finally {
    for (const end of ends) await end();
  }
}

/** `--people` in the workbook, into an account of `--rows`. Beyond 10,000 a tenth goes first: ten times the rows, at most twelve times as long. */
export const importCase: Case = async (bench) => {
  const tenth = bench.people > 10_000 ? await importOf(bench, Math.round(bench.people / 10)) : undefined;
  const whole = await importOf(bench, bench.people);
  if (!tenth) return;
  const ratio = whole.whole / tenth.whole;
  report(
    `import of ${bench.people}, against a tenth`,
    seconds(whole.whole),
    seconds(tenth.whole),
    ratio,
    "≤ 12",
    ratio <= 12,
  );
  report("the same, processor of all", seconds(whole.busy), seconds(tenth.busy), whole.busy / tenth.busy, "", null);
};
