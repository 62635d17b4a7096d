import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import postgres from "postgres";
import { applyMigrations, migrationsFolder, outside } from "../../src/db/apply-migrations.ts";
import { attribute } from "../support/forms.ts";
import { System } from "./system.ts";
import { line, type Scene, s, under } from "./system-scene.ts";

/** What a next release might bring: a column, and an index that is built beside the people at work. */
const next = {
  next_column: 'ALTER TABLE "members" ADD COLUMN "next_release" text;',
  next_index: `${outside}\nCREATE INDEX CONCURRENTLY IF NOT EXISTS "members_next_release" ON "members" ("next_release");`,
};

function nextRelease(): string {
  const folder = mkdtempSync("/tmp/muster-next-release-");
  cpSync(migrationsFolder, folder, { recursive: true });
  const file = join(folder, "meta/_journal.json");
  const journal = JSON.parse(readFileSync(file, "utf8")) as { entries: Record<string, unknown>[] };
  for (const [tag, text] of Object.entries(next)) {
    appendFileSync(join(folder, `${tag}.sql`), text);
    const when = Number(journal.entries.at(-1)!.when) + 1_000;
    journal.entries.push({ ...journal.entries.at(-1), idx: journal.entries.length, tag, when });
  }
  writeFileSync(file, JSON.stringify(journal));
  return folder;
}

export const migration = (scene: Scene) =>
  under(
    scene,
    ["R20", "the next release migrates while this one is at work, somebody holding the table for 3 s", "migrate"],
    async () => {
      const { system } = scene;
      const url = system.database.url("muster");
      const env = { ...process.env, DATABASE_URL: url };
      const again = await new Promise((resolve) =>
        spawn(process.execPath, ["bin/migrate.ts"], { env, stdio: ["ignore", "ignore", "inherit"] }).on(
          "exit",
          resolve,
        ),
      );
      const folder = nextRelease();
      const client = postgres(url, { max: 1, onnotice: () => {} });
      const holding = system.sql.begin(async (tx) => {
        await tx`select 1 from members limit 1`;
        await sleep(3_000);
      });
      const began = Date.now();
      const count = await applyMigrations(client, folder);
      const took = Date.now() - began;
      await holding;
      await client.end();
      rmSync(folder, { recursive: true });
      const ready = await system.ask("/readyz");
      if (again !== 0 || count !== 2 || ready.status !== 200)
        throw new Error(`bin/migrate.ts ${again}, ${count} migrations, /readyz ${ready.status}`);
      return `this release’s migrations once more: nothing to do; ${count} of the next after ${s(took)}, /readyz ${ready.status}`;
    },
    (seen) => seen.lost === 0 && seen.refused === 0 && seen.slowest < 1_500,
  );

const domain = "everyone.example";

/** The owner's account has this domain verified, and so many people with an address in it who are nobody's yet. */
async function peopleOf({ system, account }: Scene, count: number): Promise<string> {
  for (let from = 1; from <= count; from += 2_000)
    await system.sql`
      with people as (
        insert into users (email, first_name, email_proven_at, password_hash)
        select 'p' || n || '@' || ${domain}::text, 'P' || n, case when n % 50 > 0 then now() end, 'x'
        from generate_series(${from}::int, ${from + 1_999}::int) n returning id, email
      ), own as (insert into accounts (id, name, kind) select id, email, 'personal' from people)
      insert into members (account_id, user_id, email, status, mailbox_access)
      select id, id, email, 'active', true from people`;
  await system.sql`analyze users, members`;
  const [row] = await system.sql<{ id: string }[]>`
    insert into domains (account_id, name, shown_name, token, dkim_selector, dkim_public_key,
      dkim_private_key, status, verified_at)
    values (${account}, ${domain}, ${domain}, gen_random_uuid()::text, 'muster', 'none', 'none', 'verified', now()) returning id`;
  return row!.id;
}

export const activation = async (scene: Scene) => {
  const { system, cookie, account } = scene;
  const count = 20_000;
  const id = await peopleOf(scene, count);
  const path = `/admin/domains/${id}/activation`;
  const page = await system.ask(path, cookie);
  const plan = attribute(page.text.match(/<input[^>]*name="plan"[^>]*>/)?.[0] ?? "", "value") ?? "";
  let kills = 0;
  await under(
    scene,
    [
      "R17",
      `a domain with ${count} people is activated, both workers killed (-9) three times while they are taken in`,
      "activation",
    ],
    async () => {
      const started = await system.ask(path, cookie, { _account: account, plan, confirmation: domain });
      if (started.status !== 303) throw new Error(`the activation answered ${started.status}`);
      const began = Date.now();
      const run = async () =>
        (
          await system.sql<{ status: string; done: number }[]>`
          select status, done from activation_runs where domain_id = ${id}`
        )[0]!;
      for (; (await run()).status === "running" && Date.now() - began < 420_000; await sleep(100))
        if (kills < 3 && (await run()).done > kills * 5_000 && ++kills)
          for (const name of ["worker1", "worker2"]) await system.kill(name);
      const took = Date.now() - began;
      const [found] = await system.sql<Record<string, number>[]>`
        with corporate as (select id, email, email_proven_at from users where corporate_account_id = ${account}
          and split_part(email, '@', 2) = ${domain}),
        places as (select user_id as id, count(*) as n from members where account_id = ${account} and corporate and status = 'active' group by 1),
        logged as (select subject_id as id, count(*) as n from events where account_id = ${account} and name = 'user.assigned' group by 1),
        told as (select subject_id as id, count(*) as n from mails where account_id = ${account} and kind = 'taken_in' group by 1)
        select count(*)::int as taken, count(*) filter (where c.email_proven_at is null)::int as unproven,
          count(*) filter (where p.n is distinct from 1 or l.n is distinct from 1 or t.n is distinct from 1)::int as wrong
        from corporate c left join places p on p.id = c.id left join logged l on l.id = c.id::text left join told t on t.id = c.id`;
      const wanted = count - count / 50;
      const { taken, unproven, wrong } = found!;
      if (taken !== wanted || unproven !== 0 || wrong !== 0)
        throw new Error(
          `${(await run()).status}: ${taken} of ${wanted} taken in, ${unproven} unproven, ${wrong} wrong`,
        );
      return `${taken} people taken in after ${s(took)}, each with one place, event and mail`;
    },
    (seen) => seen.lost === 0 && seen.refused === 0 && seen.p95 < 300 && kills === 3,
  );
};

/** The data folder is copied while the database stands still, and a second installation starts on the copy. */
export const backup = async (scene: Scene) => {
  const { system } = scene;
  const people = async (sql: postgres.Sql) =>
    (await sql<{ n: number }[]>`select count(*)::int as n from members`)[0]!.n;
  const wanted = await people(system.sql);
  await system.database.stop();
  const [alive, ready] = await Promise.all(["/healthz", "/readyz"].map((path) => system.ask(path)));
  const copy = mkdtempSync("/tmp/muster-system-");
  const copied = spawnSync("cp", ["-a", `${system.dir}-database`, `${copy}-database`]);
  await system.database.restart();
  const took = await system.untilReady();
  line(
    "R23",
    "Postgres stopped for the time of a copy",
    `/healthz ${alive!.status}, /readyz ${ready!.status}; ready ${s(took)} after it started again`,
    alive!.status === 200 && ready!.status === 503 && took < 15_000,
  );
  if (copied.status !== 0) throw new Error(String(copied.stderr));

  const restored = new System(copy);
  const ordered: string[] = [];
  try {
    await restored.start(async (sql) => {
      for (const ago of ["25 hours", "1 hour"]) {
        const [mail] = await sql<{ id: string }[]>`
          insert into mails (kind, subject_id, created_at)
          select 'password_changed', id, now() - ${ago}::interval from users where email = 'zoe@northwind.test' returning id`;
        await sql`select graphile_worker.add_job('send_mail', json_build_object('v', 1, 'mailId', ${mail!.id}::text),
          run_at := now() - ${ago}::interval)`;
        ordered.push(mail!.id);
      }
    });
    const cookie = await restored.signIn();
    const page = await restored.ask("/admin/users", cookie);
    const statuses = async () =>
      (
        await restored.sql<{ status: string }[]>`
        select status from mails where id = any(${ordered}) order by created_at`
      ).map(({ status }) => status);
    const settled = async () => (await statuses()).every((status) => status !== "queued" && status !== "sending");
    await restored.until(settled, 120_000, "the mails were not settled");
    const found = await people(restored.sql);
    const [old, young] = await statuses();
    line(
      "R25",
      "a second installation started on the copy",
      `${found} of ${wanted} places; signing in and the list answer ${page.status}; a mail ordered 25 h before: ${old}, one of an hour before: ${young}`,
      found === wanted && page.status === 200 && old === "failed" && young === "sent",
    );
  } finally {
    await restored.stop();
  }
};
