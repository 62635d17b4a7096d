import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import postgres from "postgres";
import type { Bench } from "./cases.ts";
import { report } from "./measure.ts";
import { post, productionEnv } from "./processes.ts";

const root = new URL("../../", import.meta.url).pathname;
const seconds = (value: number) => `${(value / 1000).toFixed(1)} s`;
const megabytes = (value: number) => `${value.toFixed(0)} MB`;

/** What a process holds now, and held at most, in MB. */
const memoryOf = ({ pid }: ChildProcess) => {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const field = (name: string) => Number(status.match(new RegExp(`${name}:\\s+(\\d+)`))?.[1]) / 1024;
  return { now: field("VmRSS"), peak: field("VmHWM") };
};

/** A report by way of the form and the line of jobs, in a worker of its own: its own clock's milliseconds, and memory. */
async function ordered({ world, muster, cookie }: Bench, sql: postgres.Sql, format: string) {
  await sql`delete from rate_limits`;
  const worker = spawn(process.execPath, ["--max-semi-space-size=8", "src/worker.ts"], {
    cwd: root,
    env: { ...process.env, ...productionEnv, DATABASE_URL: world.url, LOG_LEVEL: "error" },
    stdio: ["ignore", "ignore", "inherit"],
  });
  await sleep(4000);
  const before = memoryOf(worker).now;
  const wish = { _account: world.accountId, what: "all", filter: "", format, sheets: "all" };
  const answer = await post(`${muster.url}/admin/reports`, wish, cookie);
  const id = answer.headers.get("location")?.split("/").at(-1);
  if (!id) throw new Error(`the order answered ${answer.status}`);
  for (;;) {
    await sleep(200);
    const [row] = await sql`
      select status, error, extract(epoch from finished_at - started_at)::float * 1000 as took,
        (select sum(size)::float / 1e6 from files where subject_id = r.id) as size from reports r where id = ${id}`;
    if (row!.status === "queued" || row!.status === "running") continue;
    if (row!.status !== "done") throw new Error(`the report is ${row!.status}`);
    const { peak } = memoryOf(worker);
    worker.kill("SIGTERM");
    await sql`delete from files where subject_id = ${id}`;
    return { took: Number(row!.took), peak, growth: peak - before, size: Number(row!.size) };
  }
}

/** The same cells, bare: one COPY of them. */
async function copied(sql: postgres.Sql, accountId: string): Promise<number> {
  const began = performance.now();
  const rows = await sql
    .unsafe(`copy (
      select m.first_name, m.last_name, m.email, m.status, m.corporate, h.roles, h.permissions, h.boxes, m.last_sign_in_at, m.created_at
      from members m left join (
        select g.member_id, string_agg(coalesce(g.system_role, r.name), '; ') filter (where g.mailbox_id is null) as roles,
          string_agg(g.permission, '; ') filter (where g.mailbox_id is null) as permissions, string_agg(b.name, '; ') as boxes
        from grants g left join roles r on r.id = g.role_id left join mailboxes b on b.id = g.mailbox_id
        where g.account_id = '${accountId}' and g.ended_at is null group by 1) h on h.member_id = m.id
      where m.account_id = '${accountId}' and m.status <> 'removed' order by m.created_at desc, m.id desc
    ) to stdout (format csv)`)
    .readable();
  for await (const _ of rows);
  return performance.now() - began;
}

/** The same cells through the bare writer of workbooks, from memory, kept nowhere. */
async function written(rows: number): Promise<number> {
  const { openWorkbook } = await import("../../src/workbook/writer.ts");
  const began = performance.now();
  const book = openWorkbook(async () => {});
  const address = (n: number) => `person${n}@domain${n % 40}.test`;
  await book.sheet("users", "Users");
  for (let n = 0; n < rows; n++) await book.row(["Ngozi", `Achterberg${n}`, address(n), null]);
  await book.sheet("account", "Account", "Bench");
  for (let n = 0; n < rows; n++) await book.row([address(n), "Viewer", ""]);
  for (let box = 0; box < 50; box++) {
    await book.sheet("mailbox", `Mailbox ${box}`, "Mailbox");
    for (let n = box; n < rows; n += 50) await book.row([address(n), "Mailbox reader", ""]);
  }
  await book.close();
  return performance.now() - began;
}

/** Reports on everybody in the account, as CSV and as workbook: against one COPY, and against the bare writer. */
export async function reportsCase(bench: Bench): Promise<void> {
  const { world } = bench;
  const sql = postgres(world.url, { max: 1, onnotice: () => {} });
  const large = world.rows > 100_000;
  await copied(sql, world.accountId);
  const floor = await copied(sql, world.accountId);
  const csv = await ordered(bench, sql, "csv");
  report(
    `CSV report, ${csv.size.toFixed(1)} MB`,
    seconds(csv.took),
    seconds(floor),
    csv.took / floor,
    "≤ 3",
    csv.took <= 3 * floor,
  );
  report("CSV report, memory growth", megabytes(csv.growth), "", null, "≤ 50 MB", csv.growth <= 50);
  await written(Math.min(world.rows, 20_000));
  const bare = await written(world.rows);
  const book = await ordered(bench, sql, "xlsx");
  const ratio = book.took / bare;
  report(
    `workbook, ${book.size.toFixed(1)} MB`,
    seconds(book.took),
    seconds(bare),
    ratio,
    large ? "" : "≤ 1.5",
    large ? null : ratio <= 1.5,
  );
  report("workbook, peak of the worker", megabytes(book.peak), "", null, "≤ 200 MB", book.peak <= 200);
  await sql.end();
}
