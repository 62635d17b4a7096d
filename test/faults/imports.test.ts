import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { expect, test, vi } from "vitest";
import { db } from "../../src/db/client.ts";
import { startImport } from "../../src/import-runs/start.ts";
import { askReset } from "../../src/passwords/ask-reset.ts";
import { importNow, manyPeople } from "../support/checked-imports.ts";
import { mailsTo } from "../support/outbox.ts";
import { type Running, startWorker, until } from "../support/processes.ts";
import { times } from "../support/waits.ts";
import { create } from "../support/world.ts";

vi.setConfig({ testTimeout: 300_000 });

/** Batches small enough that an import has many seams to be cut at; a dead worker is missed after a second. */
const env = { PEOPLE_PER_BATCH: "100", WORKER_SILENT_SECONDS: "1" };

/** A company with an active domain, a mailbox, and an import of so many people that was checked. */
async function company(count: number, name: string) {
  const account = await create.account();
  const { user } = await create.colleague(account, ["owner"]);
  await create.domain(account, { name, status: "active", verifiedAt: new Date(), activatedAt: new Date() });
  const box = await create.mailbox(account, { name: "Press" });
  const rights = [
    { mailboxId: null, items: ["viewer"] },
    { mailboxId: box.id, items: ["mailbox_reader", "messages.send"] },
  ];
  const run = await manyPeople(account, user, { count, domain: name, personal: true, rights });
  return { account, user, run, name };
}

async function start({ account, user, run }: Awaited<ReturnType<typeof company>>) {
  const permissions = new Set(["imports.run", "users.create"]);
  const actor = {
    userId: user.id,
    accountId: account.id,
    label: user.email,
    permissions,
    mailboxPermissions: new Map(),
  };
  await startImport(actor as unknown as Parameters<typeof startImport>[0], run.id, {
    create: run.counts.create!,
    update: 0,
  });
}

const isDone = async (run: { id: string }) => (await importNow(run)).status === "done";

/** What is wrong with the end of it: nothing, however it came about. */
async function wrongs({ account, run }: Awaited<ReturnType<typeof company>>) {
  await db.execute(sql`analyze users, members, events, mails, grants, tokens, mailboxes`);
  const [found] = await db.execute(sql`
    with people as (
      select p.position, p.email, p.mail_id, p.result, u.id as user_id, m.id as member_id, m.status, m.mailbox_access
      from import_people p left join users u on u.email = p.email and u.corporate_account_id = ${account.id}
      left join members m on m.user_id = u.id and m.account_id = ${account.id} where p.import_id = ${run.id}
    ), held as (
      select g.member_id, count(*) as n from grants g where g.account_id = ${account.id} and g.ended_at is null group by 1
    ), told as (
      select t.user_id, count(*) as n, max(x.id::text) as mail from mails x join tokens t on t.id = x.subject_id
      where x.account_id = ${account.id} and x.kind = 'first_sign_in' group by 1
    ), logged as (
      select subject_id, count(*) as n from events where account_id = ${account.id} and name = 'user.created' group by 1
    )
    select count(*) filter (where p.result is distinct from 'created')::int as unmarked,
      count(*) filter (where p.member_id is null or p.status <> 'waiting' or not p.mailbox_access)::int as not_here,
      count(*) filter (where h.n is distinct from 4)::int as other_rights,
      count(*) filter (where t.n is distinct from 1 or t.mail is distinct from p.mail_id::text)::int as not_one_mail,
      count(*) filter (where l.n is distinct from 1)::int as not_one_event,
      (select count(*)::int from members m where m.account_id = ${account.id}) - count(*)::int - 1 as too_many,
      (select count(*)::int from mails where account_id = ${account.id} and kind = 'import_finished') - 1 as summaries,
      (select done + (results ->> 'create')::int from imports where id = ${run.id}) - 2 * count(*)::int as miscounted
    from people p left join held h on h.member_id = p.member_id left join told t on t.user_id = p.user_id
    left join logged l on l.subject_id = p.member_id::text`);
  return Object.fromEntries(Object.entries(found!).filter(([, count]) => count !== 0));
}

/** The mails to create a password that are handed over, how many tries that took, and over how long. */
async function sentTo({ account }: { account: { id: string } }) {
  const [row] = await db.execute<{ sent: number; first: number; again: number; seconds: number }>(sql`
    select count(*) filter (where status = 'sent')::int as sent, count(*) filter (where attempts > 1)::int as again,
      count(distinct subject_id)::int / greatest(count(*), 1)::int as first,
      extract(epoch from max(finished_at) - min(started_at))::float as seconds
    from mails where account_id = ${account.id} and kind = 'first_sign_in'`);
  return row!;
}

test("R1 R3 workers are killed at random rows, two at work at a time: exactly the file, one mail each", async () => {
  // As many as are asked for in `npm run bench -- faults`: to start each is what costs.
  const kills = times(5, 10);
  const corp = await company(times(1200, 3000), "killed.example");
  const small = { ...env, PEOPLE_PER_BATCH: "25" };
  const crew: Running[] = await Promise.all([startWorker(small), startWorker(small)]);
  await start(corp);
  let cut = 0;
  for (let killed = 0; killed < kills; killed++) {
    const next = startWorker(small);
    await sleep(Math.random() * 400);
    if ((await importNow(corp.run)).status === "running") cut++;
    crew.splice(Math.floor(Math.random() * crew.length), 1)[0]!.kill("SIGKILL");
    crew.push(await next);
  }
  const last = () => crew.flatMap(({ log }) => log).slice(-20);
  await until(
    () => isDone(corp.run),
    60_000,
    () => last().join("\n"),
  );
  console.log(`${cut} of ${kills} kills hit an import under way`);
  expect(cut).toBeGreaterThan(kills / 4);
  expect(await wrongs(corp)).toEqual({});
  for (const worker of crew) worker.kill("SIGKILL");
});

test("R1 a worker killed between a batch and its progress leaves nothing of that batch", async () => {
  const corp = await company(200, "between.example");
  // The last statement of a batch waits here until its worker is killed.
  await db.execute(sql`
    create function hold_progress() returns trigger language plpgsql as $$
    begin perform pg_sleep(30); return new; end $$`);
  await db.execute(
    sql.raw(`create trigger hold_progress before update of cursor on imports for each row
    when (new.id = '${corp.run.id}' and new.cursor > old.cursor) execute function hold_progress()`),
  );
  const first = await startWorker(env);
  await start(corp);
  await until(async () => {
    const [held] = await db.execute(sql`select 1 from pg_stat_activity where wait_event = 'PgSleep'`);
    return Boolean(held);
  });
  first.kill("SIGKILL");
  await first.exited;
  await db.execute(sql`select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'`);
  await db.execute(sql`drop trigger hold_progress on imports`);
  const [nobody] = await db.execute<{ n: number }>(
    sql`select count(*)::int as n from users where corporate_account_id = ${corp.account.id}`,
  );
  expect(nobody!.n).toBe(0);
  const second = await startWorker(env);
  await until(() => isDone(corp.run), 30_000);
  expect(await wrongs(corp)).toEqual({});
  second.kill("SIGKILL");
});

test("R18 a worker that is told to end stops after its batch, with 0, and the next one goes on from there", async () => {
  const corp = await company(800, "handover.example");
  const first = await startWorker({ ...env, PEOPLE_PER_BATCH: "25" });
  await start(corp);
  await until(async () => (await importNow(corp.run)).done > 0);
  const told = Date.now();
  first.kill("SIGTERM");
  expect(await first.exited).toBe(0);
  expect(Date.now() - told).toBeLessThan(10_000);
  const handedOver = await importNow(corp.run);
  expect(handedOver).toMatchObject({ status: "running" });
  expect(handedOver.done).toBeLessThan(800);

  const second = await startWorker(env);
  await until(() => isDone(corp.run), 30_000);
  expect(await wrongs(corp)).toEqual({});
  second.kill("SIGTERM");
  await second.exited;
});

test("T92 a long import of one tenant does not hold up another one's reset mail, with one worker that does one thing at a time", async () => {
  const corp = await company(2500, "busy.example");
  const other = await create.user({ email: "reset@other.test" });
  const worker = await startWorker({ ...env, PEOPLE_PER_BATCH: "10", WORKER_CONCURRENCY: "1" });
  await start(corp);
  await until(async () => (await importNow(corp.run)).done > 0);
  const asked = Date.now();
  await askReset(other.email, undefined);
  await until(() => mailsTo(other.email).length === 1, 10_000);
  const waited = Date.now() - asked;
  console.log(`the reset mail came after ${waited} ms`);
  expect(waited).toBeLessThan(10_000);
  expect((await importNow(corp.run)).status).toBe("running");
  worker.kill("SIGKILL");
  await worker.exited;
});

test("R26 thousands of people: one summary mail and bell to the starter, the people's mails at the set rate, resumable", async () => {
  // Those of the tests before would go first.
  await db.execute(sql`update mails set held = false, status = 'failed' where held`);
  await db.execute(sql`delete from graphile_worker._private_jobs`);
  const corp = await company(times(1500, 5000), "crowd.example");
  const rate = { MAILS_PER_SECOND: "200", WORKER_SILENT_SECONDS: "1" };
  const worker = await startWorker(rate);
  await start(corp);
  await until(() => isDone(corp.run), 60_000);
  expect(await wrongs(corp)).toEqual({});
  await until(() => mailsTo(corp.user.email).length > 0, 20_000);
  const [bells] = await db.execute<{ n: number }>(
    sql`select count(*)::int as n from notifications where user_id = ${corp.user.id} and kind = 'import.finished'`,
  );
  expect(bells!.n).toBe(1);

  // The clock's job lets them in; the worker is killed while they go out.
  await db.execute(sql`select graphile_worker.add_job('release_mails')`);
  await until(async () => (await sentTo(corp)).sent > 100, 30_000);
  worker.kill("SIGKILL");
  const next = await startWorker(rate);
  await until(async () => (await sentTo(corp)).sent >= times(600, 1500), 60_000);
  next.kill("SIGTERM");
  await next.exited;
  // Who was being sent to when the worker was killed may get the same letter, with the same id, once more (R7).
  const { first, seconds, sent, again } = await sentTo(corp);
  console.log(`${sent} mails within ${seconds.toFixed(1)} s, ${again} of them tried twice`);
  expect(first).toBe(1);
  expect(again).toBeLessThan(30);
  expect(seconds).toBeGreaterThan(sent / 200 - 2);
  expect(mailsTo(corp.user.email).length).toBeLessThanOrEqual(1);
});
