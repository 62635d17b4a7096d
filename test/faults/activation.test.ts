import "../support/outbox.ts";
import { setTimeout as sleep } from "node:timers/promises";
import { eq, sql } from "drizzle-orm";
import { expect, test, vi } from "vitest";
import { issueToken, secretOf } from "../../src/access/tokens.ts";
import { planOf } from "../../src/activations/plan.ts";
import { activateDomain } from "../../src/activations/start.ts";
import { db } from "../../src/db/client.ts";
import { activationRuns, type domains, users } from "../../src/db/schema.ts";
import { Browser, browserOf } from "../support/browser.ts";
import { postFrom, profile } from "../support/invites.ts";
import { type Running, startWorker, until } from "../support/processes.ts";
import { times } from "../support/waits.ts";
import { type Account, create, password } from "../support/world.ts";

vi.setConfig({ testTimeout: 300_000 });

const name = "everyone.example";
/** Batches small enough that a run has many seams to be cut at; a dead worker is missed after a second. */
const env = { PEOPLE_PER_BATCH: "100", WORKER_SILENT_SECONDS: "1" };

/** A company with a verified domain, and so many people with an address in it, each the Owner of an account. */
async function company(count: number, domainName = name) {
  const account = await create.account();
  const { user } = await create.colleague(account, ["owner"]);
  const domain = await create.domain(account, { name: domainName, status: "verified", verifiedAt: new Date() });
  const hash = user.passwordHash;
  for (let from = 1; from <= count; from += 2000) {
    await db.execute(sql`
      with people as (
        insert into users (email, first_name, email_proven_at, password_hash)
        select 'p' || n || '@' || ${domainName}::text, 'P' || n, case when n % 50 > 0 then now() end, ${hash}
        from generate_series(${from}::int, ${from + 1999}::int) n returning id, email
      ), own as (insert into accounts (id, name, kind) select id, email, 'personal' from people)
      insert into members (account_id, user_id, email, status, mailbox_access)
      select id, id, email, 'active', true from people`);
  }
  await db.execute(sql`
    insert into grants (account_id, member_id, system_role, source)
    select account_id, id, 'owner', 'registration' from members
    where account_id = user_id and split_part(email, '@', 2) = ${domainName}`);
  await db.execute(sql`analyze users, members, grants`);
  return { account, domain, user };
}

async function start({ account, domain, user }: Awaited<ReturnType<typeof company>>) {
  const actor = { userId: user.id, accountId: account.id, label: user.email } as Parameters<typeof activateDomain>[0];
  return activateDomain(actor, domain.id, { confirmation: domain.name, plan: await planOf(domain) });
}

const runNow = async (id: string) => (await db.select().from(activationRuns).where(eq(activationRuns.id, id)))[0]!;

/** Every grant outside the account, byte for byte; of those only whom the account manages, when it is over. */
const grantsElsewhere = async (account: Account, managed = false) => {
  const theirs = managed
    ? sql`m.user_id in (select id from users where corporate_account_id = ${account.id})`
    : sql`true`;
  const rows = await db.execute<{ id: string; row: string }>(sql`
    select g.id, g::text as row from grants g join members m on m.id = g.member_id
    where g.account_id <> ${account.id} and ${theirs}`);
  return new Map(rows.map(({ id, row }) => [id, row]));
};

/** What is wrong with the end of it: nothing, however it came about. */
async function wrongs(account: Account, domain: typeof domains.$inferSelect, runId: string) {
  await db.execute(sql`analyze users, members, events, mails, grants`);
  const [found] = await db.execute(sql`
    with corporate as (select id, email, email_proven_at, corporate_run_id from users where corporate_account_id = ${account.id}),
    places as (
      select user_id as id, count(*) as n from members where account_id = ${account.id} and corporate and status = 'active' group by 1
    ), logged as (
      select subject_id as id, count(*) as n from events where account_id = ${account.id} and name = 'user.assigned' group by 1
    ), told as (select subject_id as id, count(*) as n from mails where account_id = ${account.id} and kind = 'taken_in' group by 1),
    sums as (
      select c.*, coalesce(p.n, 0) as places, coalesce(l.n, 0) as logged, coalesce(t.n, 0) as told from corporate c
      left join places p on p.id = c.id left join logged l on l.id = c.id::text left join told t on t.id = c.id
    )
    select
      (select count(*)::int from users where split_part(email, '@', 2) = ${domain.name} and email_proven_at is not null
        and disabled_at is null and corporate_account_id is distinct from ${account.id}) as left_out,
      (select count(*)::int from corporate
        where split_part(email, '@', 2) <> ${domain.name} or email_proven_at is null) as wrongly_in,
      (select count(*)::int from sums where places <> 1) as without_one_place,
      (select count(*)::int from sums where logged <> 1) as without_one_event,
      (select count(*)::int from sums where corporate_run_id = ${runId} and told <> 1 or told > 1) as not_told_once,
      (select (sum(n) - (select sum(told) from sums))::int from told) as told_for_nothing,
      (select count(*)::int from grants g join members m on m.id = g.member_id
        where g.account_id = ${account.id} and m.run_id = ${runId}) as given_something,
      (select count(*)::int - (select (result ->> 'taken')::int from activation_runs where id = ${runId})
        from corporate where corporate_run_id = ${runId}) as miscounted`);
  return Object.fromEntries(Object.entries(found!).filter(([, count]) => count !== 0));
}

/** People who come, change their address and go while it runs, through their own doors. */
async function lifeGoesOn(over: () => boolean) {
  const seen = { registered: 0, moved: 0, gone: 0, proven: 0 };
  const someone = async (proven: boolean) => {
    const [row] = await db
      .select()
      .from(users)
      .where(
        sql`split_part(email, '@', 2) = ${name} and corporate_account_id is null and disabled_at is null
          and (email_proven_at is not null) = ${proven} and id > ${crypto.randomUUID()}`,
      )
      .limit(1);
    return row;
  };
  for (let n = 0; !over(); n++) {
    const email = `new${n}@${name}`;
    const token = await db.transaction((tx) => issueToken(tx, { purpose: "registration", email, minutes: 60 }));
    const link = `/register/${secretOf(token)}`;
    if ((await postFrom(new Browser(), link, link, profile)).status === 303) seen.registered++;

    const mover = await someone(true);
    if (mover) {
      const to = await db.transaction((tx) =>
        issueToken(tx, { purpose: "address_change", email: `moved${n}@free.example`, userId: mover.id, minutes: 60 }),
      );
      const change = `/address/${secretOf(to)}`;
      if ((await postFrom(new Browser(), change, change)).status === 303) seen.moved++;
    }
    const goer = await someone(true);
    if (goer) {
      const leaving = await browserOf(goer).catch(() => undefined);
      const gone = await leaving?.post("/profile/deletion", { email: goer.email, confirmation: password });
      if (gone?.status === 303) seen.gone++;
    }

    const late = await someone(false);
    if (late) {
      const proof = await db.transaction((tx) =>
        issueToken(tx, { purpose: "password_reset", email: late.email, userId: late.id, minutes: 60 }),
      );
      const reset = `/reset/${secretOf(proof)}`;
      if ((await postFrom(new Browser(), reset, reset, { password: profile.password })).status < 400) seen.proven++;
    }
  }
  return seen;
}

test("R17 T27 T28 workers are killed in the middle while people come, move and go: the end is exact", async () => {
  // Starting a worker is what costs: the suite kills some, `npm run bench -- faults` as many as are asked for.
  const [kills, people] = [times(7, 20), times(7_000, 20_000)];
  const corp = await company(people);
  const before = await grantsElsewhere(corp.account);
  let over = false;
  const crew: Running[] = await Promise.all([startWorker(env), startWorker(env)]);
  const run = await start(corp);
  const life = lifeGoesOn(() => over);

  let cut = 0;
  for (let killed = 0; killed < kills; killed++) {
    const next = startWorker(env);
    await sleep(Math.random() * 600);
    const running = (await runNow(run.id)).status === "running";
    const victim = crew.splice(Math.floor(Math.random() * crew.length), 1)[0]!;
    victim.kill("SIGKILL");
    if (running) cut++;
    crew.push(await next);
  }
  await until(
    async () => (await runNow(run.id)).status === "done",
    150_000,
    () =>
      crew
        .flatMap(({ log }) => log)
        .slice(-20)
        .join("\n"),
  );
  over = true;
  const seen = await life;
  console.log(`${cut} of ${kills} kills hit a run under way; meanwhile ${JSON.stringify(seen)}`);

  expect(cut).toBeGreaterThan(kills / 4);
  expect(seen.registered).toBeGreaterThan(0);
  expect(await wrongs(corp.account, corp.domain, run.id)).toEqual({});
  const after = await grantsElsewhere(corp.account, true);
  expect(after.size).toBeGreaterThan(0.9 * people);
  expect([...after].filter(([id, row]) => before.get(id) !== row)).toEqual([]);
  for (const worker of crew) worker.kill("SIGKILL");
});

test("R18 a worker that is told to end stops after its batch, with 0, and the next one goes on from there", async () => {
  const corp = await company(3_000, "handover.example");
  const first = await startWorker({ ...env, PEOPLE_PER_BATCH: "25" });
  const run = await start(corp);
  await until(async () => (await runNow(run.id)).done > 0);
  const told = Date.now();
  first.kill("SIGTERM");
  expect(await first.exited).toBe(0);
  expect(Date.now() - told).toBeLessThan(10_000);
  const handedOver = await runNow(run.id);
  expect(handedOver).toMatchObject({ status: "running" });
  expect(handedOver.done).toBeLessThan(3_000);

  const second = await startWorker(env);
  await until(async () => (await runNow(run.id)).status === "done", 30_000);
  expect(await wrongs(corp.account, corp.domain, run.id)).toEqual({});
  second.kill("SIGTERM");
  await second.exited;
});

test("T31 deactivating the domain in the middle stops the run within one batch", async () => {
  const corp = await company(3_000, "closing.example");
  const worker = await startWorker({ ...env, PEOPLE_PER_BATCH: "25" });
  const run = await start(corp);
  await until(async () => (await runNow(run.id)).done > 0);
  await db.execute(sql`update domains set status = 'verified', deactivated_at = now() where id = ${corp.domain.id}`);
  const [closed] = await db.execute<{ n: number }>(
    sql`select count(*)::int as n from users where corporate_run_id = ${run.id}`,
  );
  await until(async () => (await runNow(run.id)).status === "stopped");
  await sleep(300);
  const [later] = await db.execute<{ n: number }>(
    sql`select count(*)::int as n from users where corporate_run_id = ${run.id}`,
  );
  expect(later!.n).toBe(closed!.n);
  worker.kill("SIGTERM");
  await worker.exited;
});
