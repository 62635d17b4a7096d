import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { line, type Scene, s, startImport, statusOf, upload } from "./system-scene.ts";

const wish = { what: "all", format: "csv", sheets: "all", filter: "" };
const ours = ["web1", "web2", "web3", "worker1", "worker2"];

/** Every process of Muster at once, as a host that loses its power; back when all answer again. */
async function killAll({ system }: Scene) {
  for (const name of ours) await system.kill(name);
  await sleep(500);
  await system.untilReady();
}

async function order({ system, cookie, account }: Scene): Promise<string> {
  const answer = await system.ask("/admin/reports", cookie, { ...wish, _account: account });
  const place = answer.headers.get("location");
  if (!place) throw new Error(`ordering a report answered ${answer.status}`);
  return place;
}

const reportAt = async ({ system }: Scene, place: string) =>
  (
    await system.sql<{ status: string; total: number; generation: number }[]>`
    select status, total, generation from reports where id = ${place.split("/").at(-1)!}`
  )[0];
const mailsAbout = async ({ system }: Scene, place: string) =>
  (
    await system.sql<{ n: number }[]>`
    select count(*)::int as n from mails where subject_id = ${place.split("/").at(-1)!}`
  )[0]!.n;
const linesOf = (text: string) => text.trim().split("\r\n").length - 1;

export const renewedBetween = async (scene: Scene) => {
  const { system, cookie } = scene;
  const people = 300;
  const emails = Array.from({ length: people }, (_, n) => `between-${n}@northwind.test`);
  const place = (await upload(scene, emails)).headers.get("location")!;
  await killAll(scene);
  await startImport(scene, place);
  await killAll(scene);
  await system.until(async () => (await statusOf(scene, place)) === "done", 200_000, "the import did not end");
  const report = await order(scene);
  await system.until(async () => (await reportAt(scene, report))?.status === "done", 200_000, "no report was made");
  await killAll(scene);
  const file = await system.ask(`${report}/files/1`, cookie);
  const found = emails.filter((email) => file.text.includes(email)).length;
  line(
    "R15",
    "every process killed (-9) between upload and check, start and end, report and download",
    `the report answers ${file.status} and names ${found} of the ${people} people`,
    file.status === 200 && found === people,
  );
};

export const diskFull = async (scene: Scene) => {
  const { system } = scene;
  const emails = Array.from({ length: 10_000 }, (_, n) => `full-${crypto.randomUUID()}-${n}@northwind.test`);
  await system.sql`create or replace function full_disk() returns trigger language plpgsql as
    $$ begin raise exception 'No space left on device' using errcode = '53100'; end $$`;
  const count = async () =>
    (
      await system.sql<{ n: number }[]>`
      select (select count(*) from files) + (select count(*) from file_chunks) + (select count(*) from imports) as n`
    )[0]!.n;
  const before = await count();
  await system.sql`create trigger full_disk before insert on file_chunks for each row when (new.position > 0) execute function full_disk()`;
  const refused = await upload(scene, emails);
  const left = Number(await count()) - Number(before);
  await system.sql`drop trigger full_disk on file_chunks`;
  const taken = await upload(scene, emails);
  line(
    "R14",
    "the database says that its disk is full (error 53100) when the second piece of a workbook arrives",
    `${refused.status} after ${s(refused.ms)}, ${left} rows left behind; the same upload afterwards ${taken.status}`,
    refused.status === 503 && /Nothing was lost or changed/.test(refused.text) && left === 0 && taken.status === 303,
  );
};

/** The most memory that a process held so far, in MB; nothing where it is gone. */
function peakOf(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

export const report = async (scene: Scene) => {
  const { system, cookie, account } = scene;
  const people = 100_000;
  for (let from = 1; from <= people; from += 2_500)
    await system.sql`
      with people as (
        insert into members (account_id, email, first_name, last_name, status, created_at, mailbox_access)
        select ${account}, 'row-' || n || '@report.example', md5(n::text), 'No ' || n, 'invited',
          now() - interval '2 days' - make_interval(secs => n), false
        from generate_series(${from}::int, ${from + 2_499}::int) n returning *)
      insert into grants (account_id, member_id, system_role, source)
      select account_id, id, 'viewer', 'direct' from people`;
  await system.sql`analyze members, grants`;
  const place = await order(scene);
  const began = Date.now();
  await system.until(
    async () => (await reportAt(scene, place))!.status === "running" && (await reportAt(scene, place))!.total > 0,
    60_000,
    "the report did not begin",
  );
  await sleep(300);
  const status = (await reportAt(scene, place))!.status;
  for (const name of ["worker1", "worker2"]) await system.kill(name);
  let peak = 0;
  const done = async () => {
    for (const name of ["worker1", "worker2"]) peak = Math.max(peak, peakOf(system.pidNow(name) ?? 0));
    return (await reportAt(scene, place))!.status === "done";
  };
  await system.until(done, 300_000, "the report was not made");
  const took = Date.now() - began;
  const file = await system.ask(`${place}/files/1`, cookie);
  await sleep(2_000);
  const { generation } = (await reportAt(scene, place))!;
  const mails = await mailsAbout(scene, place);
  const rows = linesOf(file.text);
  line(
    "R27",
    `a report of ${people} people and more, both workers killed (-9) while it is ${status}`,
    `made at try ${generation}, done after ${s(took)}; ${rows} lines, ${mails} mail; a worker held ${peak.toFixed(0)} MB at most`,
    file.status === 200 && rows >= people && mails === 1 && generation === 2 && peak < 200,
  );
};
