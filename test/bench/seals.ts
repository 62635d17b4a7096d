import { spawn } from "node:child_process";
import postgres from "postgres";
import type { Bench, Case } from "./cases.ts";
import { report } from "./measure.ts";
import { productionEnv } from "./processes.ts";
import { serveWorker, until } from "./worker.ts";

const perSecond = (count: number, milliseconds: number) => (count / milliseconds) * 1000;
const rate = (value: number) => `${value.toFixed(0)}/s`;

/** Events as the console writes them, in transactions of a thousand; returns how many milliseconds that took. */
async function writeEvents(sql: postgres.Sql, accountId: string, count: number): Promise<number> {
  const began = performance.now();
  for (let n = 0; n < count; n += 1000) {
    await sql`
      insert into events (account_id, actor_label, name, subject_type, subject_id, subject_label, before, after, request_id, ip)
      select ${accountId}, 'olga@bench.test', 'member.rights_changed', 'member', gen_random_uuid()::text, 'person' || n || '@bench.test',
        jsonb_build_object('rights', array['Viewer']), jsonb_build_object('rights', array['Admin', 'Mailbox reader (Press)'], 'n', n),
        gen_random_uuid()::text, '192.0.2.7'
      from generate_series(${n + 1}::int, ${Math.min(n + 1000, count)}::int) n`;
  }
  return performance.now() - began;
}

const waiting = async (sql: postgres.Sql) => {
  const [row] = await sql`
    select exists (
      select from events e left join event_cursors c on c.name = 'seals'
      where c.name is null or (e.transaction, e.id) > (c.transaction, c.event_id)) as news`;
  return row!.news as boolean;
};

/** So many events wait (`--people`): how many a second the worker seals; and how far behind it is while events are written. */
export const sealCase: Case = async ({ world, people }: Bench) => {
  const sql = postgres(world.url, { max: 1, onnotice: () => {} });
  await writeEvents(sql, world.accountId, people);
  const [before] = await sql`select count(*)::int as count from seals`;
  const worker = await serveWorker(world.url);
  try {
    const began = performance.now();
    await until(async () => ((await waiting(sql)) ? undefined : true));
    const took = performance.now() - began;
    const [after] = await sql`select count(*)::int as count from seals`;
    const sealed = perSecond(after!.count - before!.count, took);
    report(
      `sealing ${after!.count - before!.count} events that wait`,
      rate(sealed),
      "",
      null,
      "≥ 2000/s",
      sealed >= 2000,
    );
    const wrote = perSecond(20_000, await writeEvents(sql, world.accountId, 20_000));
    const ended = performance.now();
    await until(async () => ((await waiting(sql)) ? undefined : true));
    const behind = (performance.now() - ended) / 1000;
    report(`behind, after 20000 events at ${rate(wrote)}`, `${behind.toFixed(1)} s`, "", null, "≤ 10 s", behind <= 10);
    report("memory of the worker at its peak", `${worker.peak().toFixed(0)} MB`, "", null, "", null);
  } finally {
    await worker.stop();
    await sql.end();
  }
};

/** `npm run audit:verify` over all that is sealed: run after the case `seal`. */
export const verifyCase: Case = async ({ world }: Bench) => {
  const began = performance.now();
  const env = { ...process.env, ...productionEnv, DATABASE_URL: world.url };
  const child = spawn(process.execPath, ["bin/audit-verify.ts", "--quiet"], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let told = "";
  let peak = 0;
  child.stdout.on("data", (data) => {
    told += data;
  });
  const { readFileSync } = await import("node:fs");
  const watch = setInterval(() => {
    const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8")) ?? [];
    peak = Math.max(peak, Number(kilobytes ?? 0) / 1024);
  }, 100);
  const code = await new Promise((done) => child.once("exit", done));
  clearInterval(watch);
  const took = performance.now() - began;
  const count = Number(/^([\d,]+) sealed events/m.exec(told)?.[1]?.replaceAll(",", "") ?? 0);
  const speed = rate(perSecond(count, took));
  report(
    `verifying ${count} events (exit ${code})`,
    `${(took / 1000).toFixed(1)} s, ${speed}`,
    "",
    null,
    "",
    code === 0 ? null : false,
  );
  report("memory of verifying at its peak", `${peak.toFixed(0)} MB`, "", null, "", null);
};
