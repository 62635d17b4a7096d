import postgres from "postgres";
import { activationCase, activationWithMailboxesCase, planCase } from "./activation.ts";
import { apiCase } from "./api.ts";
import { againstPage, createCase } from "./create.ts";
import { dashboardCase } from "./dashboard.ts";
import { deepCase, searchTimes } from "./deep.ts";
import { browserFirstLoad } from "./first-load.ts";
import { importCase } from "./import.ts";
import { at, load, ms, report, sample } from "./measure.ts";
import { pdfCase } from "./pdf.ts";
import { fetchPage, post, type Served } from "./processes.ts";
import { readCase } from "./read.ts";
import { csvCase, reportCase, xlsxCase } from "./report.ts";
import { sealCase, verifyCase } from "./seals.ts";
import { secondFactorCase } from "./second-factor.ts";
import { signInCase } from "./sign-in.ts";
import { memory, startUp } from "./start.ts";
import { timingCase } from "./timing.ts";
import { webhooksCase } from "./webhooks.ts";
import { whyCase } from "./why.ts";
import type { World } from "./world.ts";

export interface Bench {
  world: World;
  floor: Served;
  muster: Served;
  cookie: string;
  seconds: number;
  /** How many people a domain brings, in the cases about activations. */
  people: number;
}

export type Case = (bench: Bench) => Promise<void>;

const rate = (value: number) => `${value.toFixed(0)}/s`;

/** The list's first page against the floor's, at three loads; 95th percentile alone. */
const list: Case = async ({ floor, muster, cookie, seconds }) => {
  // A server that has been up for a while: both have compiled what is hot.
  await load(`${floor.url}/`, 10, seconds);
  await load(`${muster.url}/admin/users`, 10, seconds * 2, cookie);
  const page = `${muster.url}/admin/users`;
  const bare = await load(`${floor.url}/`, 1, seconds);
  const alone = await load(page, 1, seconds, cookie);
  report("users list, c=1", rate(alone.perSecond), rate(bare.perSecond), alone.perSecond / bare.perSecond, "", null);
  const slow = alone.p95 / bare.p95;
  report("users list, p95 at c=1", ms(alone.p95), ms(bare.p95), slow, "≤ 5", slow <= 5);

  const [floors, ours, packed] = await inTurns([
    () => load(`${floor.url}/`, 10, seconds),
    () => load(page, 10, seconds, cookie),
    () => load(page, 10, seconds, cookie, "gzip, deflate, br, zstd"),
  ]);
  const ratio = ours! / floors!;
  report("users list, c=10", rate(ours!), rate(floors!), ratio, "≥ 0.4", ratio >= 0.4);
  report("the same, packed, as every browser takes it", rate(packed!), rate(floors!), packed! / floors!, "", null);

  const many = await load(page, 50, seconds, cookie);
  const bareMany = await load(`${floor.url}/`, 50, seconds);
  report(
    "users list, c=50",
    rate(many.perSecond),
    rate(bareMany.perSecond),
    many.perSecond / bareMany.perSecond,
    "",
    null,
  );
};

/** The rate of each, by all of its turns: three, one after the other, since a machine does not do the same in each minute. */
async function inTurns(works: (() => Promise<{ perSecond: number }>)[]): Promise<number[]> {
  const sums = works.map(() => 0);
  for (let turn = 0; turn < 3; turn++)
    for (const [at, work] of works.entries()) sums[at]! += (await work()).perSecond / 3;
  return sums;
}

/** The list with each filter and sort, against the plain first page. */
const filters: Case = async ({ muster, cookie }) => {
  const time = async (query: string) => {
    const times = await sample(30, () => fetchPage(`${muster.url}/admin/users?${query}`, cookie));
    return at(times, 0.5);
  };
  const plain = await time("");
  for (const query of [
    "status=active",
    "status=invited&sort=name",
    "role=viewer",
    "role=admin&status=blocked",
    "role=owner",
    "domain=domain7.test",
    "domain=domain7.test&sort=name",
    "mailbox=none",
    "mailbox=none&sort=name",
    "idle=90",
    "from=2026-01-01&to=2026-02-01&sort=name",
    "sort=name",
    "sort=address",
    "sort=signed_in",
    "size=100",
  ]) {
    const own = await time(query);
    report(`list with ${query}`, ms(own), ms(plain), own / plain, "", null);
  }
};

/** Search in the database itself, ten times each on one connection: a rare needle, a whole address, common words. */
const search: Case = async ({ world, floor, muster, cookie }) => {
  const typical = await searchTimes(world, "person1234");
  const rare = await searchTimes(world, `person${world.rows - 1}@`);
  const n = Math.floor(world.rows / 3);
  const others: [string, string][] = [
    ["a whole address", `person${n}@domain${n % 40}.test`],
    ["three letters nobody has", "zzq"],
    ["a common name", "okafor"],
    ["two common names", "ada okafor"],
    ["a domain of 40", "domain7.test"],
    ["two letters", "ad"],
  ];
  for (const [words, needle] of others) {
    const times = await searchTimes(world, needle);
    const [p50, p95] = [at(times, 0.5), at(times, 0.95)];
    report(`search in the database, ${words}: p50, p95`, ms(p50), ms(p95), null, "≤ 15 ms", p95 <= 15);
  }
  report(
    "search, p95 in the database",
    ms(at(rare, 0.95)),
    ms(at(typical, 0.5)),
    null,
    "≤ 15 ms",
    at(rare, 0.95) <= 15,
  );
  const ratio = (rare.at(-1) ?? 0) / at(typical, 0.5);
  report(
    "slowest rare needle, ten on one connection",
    ms(rare.at(-1) ?? 0),
    ms(at(typical, 0.5)),
    ratio,
    "≤ 3",
    ratio <= 3,
  );
  for (const [words, q] of [
    ["common", "okafor"],
    ["rare", `person${world.rows - 1}@`],
    ["two letters", "ad"],
  ] as const) {
    const own = await sample(20, () => fetchPage(`${muster.url}/admin/users?q=${q}`, cookie));
    const bare = await sample(20, () => fetch(`${floor.url}/search?q=${q}`).then((answer) => answer.text()));
    report(`search page, ${words}`, ms(at(own, 0.5)), ms(at(bare, 0.5)), at(own, 0.5) / at(bare, 0.5), "", null);
  }
};

/** One invitation: the form, then the button. Against one floor page. */
const invite: Case = async ({ world, floor, muster, cookie }) => {
  const run = crypto.randomUUID().slice(0, 8);
  const fields = (n: number) => ({
    _account: world.accountId,
    email: `invitee-${run}-${n}@guests.test`,
    firstName: "In",
    lastName: "Vitee",
    message: "",
  });
  const inviteOne = async (n: number) => {
    const draft = await post(`${muster.url}/admin/users/new`, fields(n), cookie);
    const id = /users\/([0-9a-f-]{36})/.exec(draft.headers.get("location") ?? "")?.[1];
    const sent = await post(`${muster.url}/admin/users/${id}/invitation`, { _account: world.accountId }, cookie);
    if (sent.status !== 303) throw new Error(`the invitation answered ${sent.status}`);
  };
  await againstPage("invite one (form and send)", floor.url, inviteOne);
};

/** A count that a page may show: capped, so the same at any size. */
const totals: Case = async ({ world }) => {
  const sql = postgres(world.url, { max: 1 });
  const times = await sample(
    20,
    () => sql`
    select count(*) from (select 1 from members where account_id = ${world.accountId} and status <> 'removed' limit 10001) x`,
  );
  await sql.end();
  report("capped total", ms(at(times, 0.5)), "", null, "≤ 10 ms", at(times, 0.5) <= 10);
};

export const cases: Record<string, Case> = {
  list,
  filters,
  deep: deepCase,
  search,
  totals,
  dashboard: dashboardCase,
  "sign-in": signInCase,
  "second-factor": secondFactorCase,
  invite,
  create: createCase,
  timing: timingCase,
  "first-load": browserFirstLoad,
  plan: planCase,
  activation: activationCase,
  "activation-mailboxes": activationWithMailboxesCase,
  import: importCase,
  report: reportCase,
  "report-csv": csvCase,
  "report-xlsx": xlsxCase,
  pdf: pdfCase,
  read: readCase,
  api: apiCase,
  webhooks: webhooksCase,
  seal: sealCase,
  verify: verifyCase,
  why: whyCase,
  "start-up": startUp,
  memory,
};
