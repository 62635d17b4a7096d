import { setTimeout as sleep } from "node:timers/promises";
import postgres from "postgres";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { EmbeddedDatabase } from "../../src/db/embedded.ts";
import { demoPassword } from "../../src/db/seed-people.ts";
import { ownCluster } from "../support/cluster.ts";
import { attribute } from "../support/forms.ts";
import { type Running, startWeb, startWorker, until } from "../support/processes.ts";
import { readOnly } from "../support/waits.ts";

vi.setConfig({ testTimeout: 90_000, hookTimeout: 120_000 });

/** A cluster of its own, which is broken on purpose. */
let own: Awaited<ReturnType<typeof ownCluster>>;
let cluster: EmbeddedDatabase;
let web: Running;
let worker: Running;
let cookie: string;

beforeAll(async () => {
  // Its disk is not waited for: what was committed last is lost with it, as with a replica that lagged and takes over.
  own = await ownCluster("max_connections=40", "synchronous_commit=off");
  cluster = own.cluster;
  [web, worker] = await Promise.all([startWeb(), startWorker({ PEOPLE_PER_BATCH: "25", WORKER_SILENT_SECONDS: "1" })]);
  cookie = await web.signIn("olivia@northwind.test", demoPassword);
}, 120_000);

afterAll(async () => {
  for (const each of [web, worker]) each?.kill("SIGKILL");
  await own?.end();
});

const workersAlive = async () => JSON.parse((await web.fetch("/readyz")).text).worker === "ok";

test("R8 Postgres restarts under load: pages say 503, nothing hangs, sessions survive, everything comes back", async () => {
  await until(workersAlive);
  const answers: { status: number; ms: number; at: number }[] = [];
  let stop = false;
  const visitor = async () => {
    while (!stop) {
      const { status, ms } = await web.fetch("/admin/users", { cookie });
      answers.push({ status, ms, at: Date.now() });
      await sleep(25);
    }
  };
  const load = [...Array(6)].map(visitor);
  await sleep(1_000);
  await cluster.stop("immediate");
  const down = await web.fetch("/admin/users", { cookie });
  expect(down.status).toBe(503);
  expect(down.text).toContain("Muster cannot reach its database");
  expect(down.headers.get("Retry-After")).toBe("5");
  expect((await web.fetch("/healthz")).status).toBe(200);
  expect((await web.fetch("/readyz")).status).toBe(503);
  await sleep(1_000);
  await cluster.restart();
  const back = Date.now();
  await until(async () => (await web.fetch("/admin/users", { cookie })).status === 200, 15_000);
  const recovery = Date.now() - back;
  await sleep(2_000);
  stop = true;
  await Promise.all(load);

  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 503]));
  expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(10_000);
  expect(answers.filter(({ at, status }) => at > back + recovery + 1_000 && status !== 200)).toEqual([]);
  expect(recovery).toBeLessThan(15_000);
  expect([web.alive, worker.alive]).toEqual([true, true]);
  await until(workersAlive, 20_000, () => worker.log.slice(-20).join("\n"));
});

test("R17 Postgres crashes while people are taken in: nobody is left out, nor taken in or told twice", async () => {
  const app = postgres(cluster.url("muster"), { max: 1, backoff: () => 0.1, onnotice: () => {} });
  const [owner] = await app`
    select m.account_id, u.id from users u join members m on m.user_id = u.id
    join accounts a on a.id = m.account_id and a.kind = 'company' where u.email = 'olivia@northwind.test'`;
  const [domain] = await app`
    insert into domains (account_id, name, shown_name, status, token, dkim_selector, dkim_public_key, dkim_private_key,
      verified_at, created_by, next_check_at)
    values (${owner!.account_id}, 'crash.example', 'crash.example', 'verified', 'crash', 'm', '', '', now(), ${owner!.id},
      now() + interval '1 year') returning id`;
  await app`
    insert into users (email, first_name, email_proven_at)
    select 'p' || n || '@crash.example', 'P' || n, now() from generate_series(1, 4000) n`;
  const path = `/admin/domains/${domain!.id}/activation`;
  const { text } = await web.fetch(path, { cookie });
  const plan = attribute(text.match(/<input[^>]*name="plan"[^>]*>/)![0], "value")!;
  const body = new URLSearchParams({ _account: owner!.account_id, plan, confirmation: "crash.example" });
  expect((await web.fetch(path, { method: "POST", body, cookie })).status).toBe(303);

  // That it was started is on the disk, as in production, with whatever is written after it; its batches may not be.
  await app.begin(async (tx) => {
    await tx`set local synchronous_commit = on`;
    await tx`update users set version = version where id = ${owner!.id}`;
  });

  const runNow = async () => (await app`select status, done from activation_runs where domain_id = ${domain!.id}`)[0]!;
  const seen: number[] = [];
  for (let crashes = 0; crashes < 3; crashes++) {
    const from = (await runNow()).done;
    await until(
      async () => (await runNow()).done > from,
      30_000,
      () => worker.log.slice(-20).join("\n"),
    );
    seen.push((await runNow()).done);
    await cluster.stop("immediate");
    await cluster.restart();
    let refused: unknown = "no run is there";
    const found = () =>
      runNow().catch((error) => {
        refused = error;
      });
    await until(
      async () => Boolean(await found()),
      15_000,
      () => `after crash ${crashes + 1}: ${refused}`,
    );
    seen.push((await runNow()).done);
  }
  console.log(`people done before and after each crash: ${seen.join(", ")}`);
  expect(seen.at(-1)).toBeLessThan(4000);
  await until(
    async () => (await runNow()).status === "done",
    60_000,
    () => worker.log.slice(-20).join("\n"),
  );
  const [end] = await app`
    select r.done, (select count(*)::int from users where corporate_account_id = ${owner!.account_id}
        and split_part(email, '@', 2) = 'crash.example') as people,
      (select count(*)::int from members m where m.run_id = r.id and corporate) as places,
      (select count(distinct user_id)::int from members m where m.run_id = r.id and corporate) as placed,
      (select count(*)::int from mails where kind = 'taken_in' and data ->> 'domain' = 'crash.example') as told,
      (select count(*)::int from events where name = 'user.assigned' and after ->> 'domain' = 'crash.example') as logged
    from activation_runs r where r.domain_id = ${domain!.id}`;
  expect(end).toEqual({ done: 4000, people: 4000, places: 4000, placed: 4000, told: 4000, logged: 4000 });
  await app.end();
});

test("R11 a read-only phase: pages that read work, writes fail with 503, and the worker goes on afterwards", async () => {
  const admin = postgres(cluster.adminUrl, { max: 1 });
  await admin`alter database muster set default_transaction_read_only = on`;
  await admin`select pg_terminate_backend(pid) from pg_stat_activity where datname = 'muster'`;
  await until(async () => (await web.fetch("/admin/users", { cookie })).status === 200, 10_000);
  const body = new URLSearchParams({ email: "olivia@northwind.test", password: demoPassword });
  expect((await web.fetch("/sign-in", { method: "POST", body })).status).toBe(503);
  await sleep(readOnly);
  expect([web.alive, worker.alive]).toEqual([true, true]);

  await admin`alter database muster set default_transaction_read_only = off`;
  await admin`select pg_terminate_backend(pid) from pg_stat_activity where datname = 'muster'`;
  await admin.end();
  await until(async () => (await web.fetch("/sign-in", { method: "POST", body })).status === 303, 15_000);
  const seen = worker.log.length;
  await queueMail();
  await until(
    () => worker.log.slice(seen).some((line) => line.includes("job") || line.includes("mail")),
    30_000,
    () => worker.log.slice(-20).join("\n"),
  );
});

/** Something for the worker to do: a mail that is about nothing ends at once, as failed. */
async function queueMail() {
  const app = postgres(cluster.url("muster"), { max: 1 });
  const [mail] = await app`
    insert into mails (kind, subject_id) values ('registration', gen_random_uuid()) returning id`;
  await app`select graphile_worker.add_job('send_mail', json_build_object('v', 1, 'mailId', ${mail!.id}::text))`;
  await until(async () => {
    const [row] = await app`select status from mails where id = ${mail!.id}`;
    return row!.status === "failed";
  }, 30_000);
  await app.end();
}
