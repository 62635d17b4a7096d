import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import postgres from "postgres";
import { attribute } from "../support/forms.ts";
import type { Bench } from "./cases.ts";
import { at, ms, report, sample } from "./measure.ts";
import { busyTime, domainName, freshPeople, type People } from "./people.ts";
import { post, productionEnv, type Served, serveMuster, signIn } from "./processes.ts";

const root = new URL("../../", import.meta.url).pathname;
const seconds = (value: number) => `${(value / 1000).toFixed(1)} s`;

/** Somebody else, who updates single rows of people in the domain all the while. */
class Bystander {
  times: number[] = [];
  pid = 0;
  private sql: postgres.Sql;
  private going = true;
  private loop: Promise<void>;

  constructor({ url }: People, count: number) {
    this.sql = postgres(url, { max: 1, onnotice: () => {} });
    this.loop = this.live(count);
  }

  private async live(count: number) {
    this.pid = Number((await this.sql`select pg_backend_pid() as pid`)[0]!.pid);
    while (this.going) {
      const email = `person${1 + Math.floor(Math.random() * count)}@${domainName}`;
      const began = performance.now();
      await this.sql`update users set last_sign_in_at = now() where email = ${email}`;
      this.times.push(performance.now() - began);
      await sleep(10);
    }
  }

  /** The times so far, sorted; and begins anew. */
  taken(): number[] {
    const all = this.times.sort((a, b) => a - b);
    this.times = [];
    return all;
  }

  async leave() {
    this.going = false;
    await this.loop;
    await this.sql.end();
  }
}

const startWorker = (people: People): ChildProcess =>
  spawn(process.execPath, ["src/worker.ts"], {
    cwd: root,
    env: { ...process.env, ...productionEnv, DATABASE_URL: people.url, LOG_LEVEL: "error" },
    stdio: ["ignore", "ignore", "inherit"],
  });

/** Confirms the plan as its page holds it; returns how long the page took. */
async function confirm(muster: Served, cookie: string, people: People): Promise<number> {
  const path = `${muster.url}/admin/domains/${people.domainId}/activation`;
  const began = performance.now();
  const page = await (await fetch(path, { headers: headersWith(cookie) })).text();
  const took = performance.now() - began;
  const plan = attribute(page.match(/<input[^>]*name="plan"[^>]*>/)?.[0] ?? "", "value") ?? "";
  const started = await post(path, { _account: people.accountId, plan, confirmation: domainName }, cookie);
  if (started.status !== 303) throw new Error(`the activation answered ${started.status}`);
  return took;
}

const headersWith = (cookie: string) => ({ Cookie: cookie, "X-Forwarded-Proto": "https" });

/** Waits until the newest run is over; returns its own clock's milliseconds, from its first to its last batch. */
async function runOver({ sql }: People): Promise<number> {
  for (;;) {
    const [run] = await sql`
      select status, extract(epoch from finished_at - started_at)::float * 1000 as took
      from activation_runs order by started_at desc limit 1`;
    if (run?.status === "done") return Number(run.took);
    if (run && run.status !== "running") throw new Error(`the run is ${run.status}`);
    await sleep(200);
  }
}

/** The same rows, bare: one UPDATE of everybody, and an insert of their places, events, mails and mailboxes. */
async function bare({ sql, accountId, ownerId }: People, mailboxes: boolean): Promise<void> {
  await sql.begin(async (tx) => {
    const mine = tx`split_part(email, '@', 2) = ${domainName} and email_proven_at is not null`;
    const run = crypto.randomUUID();
    await tx`update users set corporate_account_id = ${accountId}, corporate_since = now(), corporate_run_id = ${run} where ${mine}`;
    await tx`
      insert into members (account_id, user_id, email, first_name, last_name, corporate, status, joined_at, run_id, mailbox_access)
      select ${accountId}, id, email, first_name, last_name, true, 'active', now(), ${run}, ${mailboxes} from users where ${mine}`;
    await tx`
      insert into events (account_id, actor_id, actor_label, name, subject_type, subject_id, subject_label, after)
      select ${accountId}::uuid, ${ownerId}::uuid, 'owner@bench.test', 'user.assigned', 'user', id, email,
        jsonb_build_object('account', 'Everyone', 'domain', ${domainName}::text) from users where ${mine}`;
    await tx`
      insert into mails (kind, account_id, subject_id, data, held)
      select 'taken_in', ${accountId}::uuid, id, jsonb_build_object('domain', ${domainName}::text), true from users where ${mine}`;
    if (!mailboxes) return;
    await tx`
      insert into mailboxes (account_id, name, address, personal_user_id, run_id)
      select ${accountId}, first_name || ' ' || last_name, email, id, ${run} from users where ${mine}`;
    // Without it the planner takes the new mailboxes for none, and joins one by one for minutes.
    await tx`analyze mailboxes, members`;
    await tx`
      insert into grants (account_id, member_id, mailbox_id, system_role, source, source_id, granted_by)
      select m.account_id, m.id, b.id, 'mailbox_owner', 'activation', ${run}::text, ${ownerId}::uuid
      from mailboxes b join members m on m.account_id = b.account_id and m.user_id = b.personal_user_id
      where b.run_id = ${run}`;
  });
}

/** The bare statements in a copy of their own: milliseconds, by the clock and of the server's processor. */
async function floorOf(bench: Bench, mailboxes: boolean) {
  const people = await freshPeople(bench.world.embedded, bench.people);
  const busy = await busyTime(people);
  const began = performance.now();
  await bare(people, mailboxes);
  const took = performance.now() - began;
  const used = (await busyTime(people)) - busy;
  await people.drop();
  return { took, used };
}

/**
 * Taking everybody in, beside the bare statements for the same rows, before and after it, for a machine does not do the same
 * in each minute; somebody else's single updates alone and meanwhile; the plan before, and the undoing after it. By the
 * server's processor time too: the machine may be shared.
 */
async function activation(bench: Bench, mailboxes: boolean) {
  const count = bench.people;
  const words = mailboxes ? "with mailboxes" : "without mailboxes";
  const before = await floorOf(bench, mailboxes);
  const people = await freshPeople(bench.world.embedded, count);
  await people.sql`update accounts set personal_mailboxes = ${mailboxes} where id = ${people.accountId}`;
  const muster = await serveMuster({ DATABASE_URL: people.url });
  const cookie = await signIn(muster.url);
  const worker = startWorker(people);
  const bystander = new Bystander(people, count);
  let own = { took: Number.NaN, used: Number.NaN };
  try {
    await sleep(5_000);
    const alone = bystander.taken();
    const plan = await confirm(muster, cookie, people);
    report(`plan of ${count}, its page`, seconds(plan), "", null, "", null);
    const busy = await busyTime(people, [bystander.pid]);
    const took = await runOver(people);
    const used = (await busyTime(people, [bystander.pid])) - busy;
    const meanwhile = bystander.taken();
    const [p99, quiet] = [at(meanwhile, 0.99), at(alone, 0.99)];
    report("somebody else's update meanwhile, p99", ms(p99), ms(quiet), p99 / quiet, "≤ 5", p99 <= 5 * quiet);
    await post(`${muster.url}/admin/domains/${people.domainId}/undo`, { _account: people.accountId }, cookie);
    report(`undoing it, ${words}`, seconds(await runOver(people)), "", null, "", null);
    own = { took, used };
  } finally {
    await bystander.leave();
    worker.kill("SIGTERM");
    await muster.stop();
    await people.drop();
  }
  const after = await floorOf(bench, mailboxes);
  const floor = { took: (before.took + after.took) / 2, used: (before.used + after.used) / 2 };
  const ratio = own.took / floor.took;
  const twice = `${seconds(before.took)}, ${seconds(after.took)}`;
  report(`activation of ${count}, ${words}`, seconds(own.took), twice, ratio, "≤ 1.2", ratio <= 1.2);
  const share = own.used / floor.used;
  report("the same, processor of the database", seconds(own.used), seconds(floor.used), share, "", null);
}

/** The plan's page and its list, and what the list costs the web process in memory. */
export async function planCase(bench: Bench): Promise<void> {
  const people = await freshPeople(bench.world.embedded, bench.people);
  const muster = await serveMuster({ DATABASE_URL: people.url });
  const cookie = await signIn(muster.url);
  const path = `${muster.url}/admin/domains/${people.domainId}/activation`;
  const pages = await sample(3, () => fetch(path, { headers: headersWith(cookie) }).then((answer) => answer.text()));
  report(`plan of ${bench.people}, its page`, ms(at(pages, 0.5)), "", null, "", null);
  const before = muster.memory();
  let most = before;
  const began = performance.now();
  const list = await fetch(`${path}/plan.csv`, { headers: headersWith(cookie) });
  let bytes = 0;
  for await (const part of list.body!) {
    bytes += (part as Uint8Array).length;
    most = Math.max(most, muster.memory());
  }
  report("its list", `${seconds(performance.now() - began)}, ${(bytes / 1e6).toFixed(0)} MB`, "", null, "", null);
  report("memory that the list takes", `${(most - before).toFixed(0)} MB`, "", null, "≤ 50 MB", most - before <= 50);
  await muster.stop();
  await people.drop();
}

export const activationCase = (bench: Bench) => activation(bench, false);
export const activationWithMailboxesCase = (bench: Bench) => activation(bench, true);
