import "../support/outbox.ts";
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { eq, sql } from "drizzle-orm";
import { expect, test, vi } from "vitest";
import { db } from "../../src/db/client.ts";
import { files, mails, reports } from "../../src/db/schema.ts";
import { readFile } from "../../src/files/read.ts";
import { readWorkbook } from "../../src/xlsx/read.ts";
import { type Browser, browserOf } from "../support/browser.ts";
import { mailsTo } from "../support/outbox.ts";
import { type Running, startWeb, startWorker, until } from "../support/processes.ts";
import { create } from "../support/world.ts";

vi.setConfig({ testTimeout: 180_000 });

/** A dead worker is missed after a second. */
const env = { WORKER_SILENT_SECONDS: "1" };

/** An account with so many people, each with a role and a mailbox. */
async function crowd(count: number) {
  const account = await create.account();
  const { user } = await create.colleague(account, ["owner"]);
  const box = await create.mailbox(account);
  for (let from = 1; from <= count; from += 2500)
    await db.execute(sql`
    with people as (
      insert into members (account_id, email, first_name, last_name, status, created_at, mailbox_access)
      select ${account.id}, 'p' || n || '@' || ${account.id}::text, md5(n::text), 'No ' || n, 'invited',
        now() - make_interval(secs => n), true
      from generate_series(${from}::int, ${Math.min(count, from + 2499)}::int) n returning *)
    insert into grants (account_id, member_id, mailbox_id, system_role, source)
    select account_id, id, b, case when b is null then 'viewer' else 'mailbox_reader' end, 'direct'
    from people, unnest(array[null, ${box.id}::uuid]) b`);
  await db.execute(sql`analyze members, grants`);
  return { account, user, browser: await browserOf(user, account) };
}

async function order(browser: Browser) {
  const wish = { what: "all", format: "xlsx", sheets: "all", filter: "" };
  const answer = await browser.post("/admin/reports", wish).expect(303);
  return answer.headers.location!.split("/").at(-1)!;
}

const reload = async (id: string) => (await db.select().from(reports).where(eq(reports.id, id)))[0]!;
const done = (id: string) =>
  until(
    async () => (await reload(id)).status === "done",
    60_000,
    () => `${id} is not done`,
  );

/** Waits until it is well under way: some people are done, and not all. */
async function midWay(id: string, attempt: number) {
  await until(async () => {
    const now = await reload(id);
    if (now.status === "done") throw new Error("it was done before it could be killed");
    return now.status === "running" && now.generation === attempt && now.total > 0;
  }, 60_000);
  await sleep(100 * attempt);
}

test("R27 a worker that is killed mid-way: the report is made again from the start, whole, with one mail", async () => {
  const { user, browser } = await crowd(20_000);
  let worker: Running = await startWorker(env);
  const id = await order(browser);
  for (const attempt of [1, 2]) {
    await midWay(id, attempt);
    worker.kill("SIGKILL");
    await worker.exited;
    worker = await startWorker(env);
  }
  await done(id);
  const kept = await db.select().from(files).where(eq(files.subjectId, id));
  expect(kept.map(({ part, completedAt }) => [part, completedAt !== null])).toEqual([[1, true]]);
  const hash = createHash("sha256");
  let people = 0;
  async function* bytes() {
    for await (const part of readFile(kept[0]!.id)) {
      hash.update(part);
      yield part;
    }
  }
  let sheet = "";
  for await (const events of readWorkbook(bytes())) {
    for (const event of events) {
      if (event.type === "sheet") sheet = event.name;
      else if (sheet === "Users") people++;
    }
  }
  expect(hash.digest("hex")).toBe(kept[0]!.sha256);
  // And the row of headers.
  expect(people).toBe(20_002);
  expect(await reload(id)).toMatchObject({ done: 20_001, total: 20_001, generation: 3 });
  const told = () => db.select().from(mails).where(eq(mails.subjectId, id));
  await until(async () => (await told())[0]?.status === "sent");
  expect(await told()).toHaveLength(1);
  expect(mailsTo(user.email)).toHaveLength(1);
  worker.kill("SIGTERM");
  await worker.exited;
});

test("R27 one that is cancelled while it is made stops, and nothing of it stays; R18 one whose worker is told to end goes on elsewhere", async () => {
  const { user, browser } = await crowd(10_000);
  const worker = await startWorker(env);
  const cancelled = await order(browser);
  await midWay(cancelled, 1);
  await browser.post(`/admin/reports/${cancelled}/cancel`, { _account: browser.accountId }).expect(303);
  const given = await order(browser);
  await midWay(given, 1);
  expect(await db.$count(files, eq(files.subjectId, cancelled))).toBe(0);
  worker.kill("SIGTERM");
  expect(await worker.exited).toBe(0);
  expect(await reload(given)).toMatchObject({ status: "queued" });
  expect(await db.$count(files, eq(files.subjectId, given))).toBe(0);

  const next = await startWorker(env);
  await done(given);
  await until(() => mailsTo(user.email).length > 0);
  expect(await reload(cancelled)).toMatchObject({ status: "cancelled" });
  next.kill("SIGTERM");
  await next.exited;
  expect(mailsTo(user.email)).toHaveLength(1);
});

test("R15 web and worker need no common disk: both are new between the order, the making and the download", async () => {
  const { user } = await crowd(10);
  const first = await startWeb();
  const cookie = await first.signIn(user.email);
  const page = await first.fetch("/admin/reports/new", { cookie });
  const account = page.text.match(/name="_account" value="([^"]+)"/)![1]!;
  const body = new URLSearchParams({ _account: account, what: "all", format: "csv", filter: "", sheets: "all" });
  const ordered = await first.fetch("/admin/reports", { method: "POST", body, cookie });
  const path = ordered.headers.get("location")!;
  first.kill("SIGKILL");
  await first.exited;

  const worker = await startWorker(env);
  await done(path.split("/").at(-1)!);
  worker.kill("SIGKILL");
  await worker.exited;

  const second = await startWeb();
  const answer = await second.fetch(`${path}/files/1`, { cookie });
  expect(answer.status).toBe(200);
  expect(answer.text.trim().split("\r\n")).toHaveLength(12);
  second.kill("SIGTERM");
  await second.exited;
});
