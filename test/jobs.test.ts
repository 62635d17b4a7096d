import { sql } from "drizzle-orm";
import { beforeEach, describe, expect, test } from "vitest";
import { tasks } from "../jobs/index.ts";
import { issueToken, secretOf } from "../src/access/tokens.ts";
import { db } from "../src/db/client.ts";
import { mails, rateLimits, tokens } from "../src/db/schema.ts";
import { queueMail } from "../src/mail/outbox.ts";
import { Browser } from "./support/browser.ts";
import { inbox, runJobs } from "./support/outbox.ts";
import { create, password } from "./support/world.ts";

beforeEach(() => db.execute(sql`delete from graphile_worker._private_jobs`));

const add = (task: string, payload: string) =>
  db.execute(sql`select graphile_worker.add_job(${task}::text, payload := ${payload}::json)`);
/** The jobs that are still there, with what went wrong. */
const waiting = () =>
  db.execute(sql`select t.identifier, j.last_error from graphile_worker._private_jobs j
    join graphile_worker._private_tasks t on t.id = j.task_id`);

describe("T91 a poisoned payload", () => {
  const poison = [
    "{}",
    '{"mailId":7}',
    '{"mailId":"not an id"}',
    '{"mailId":null}',
    '{"mailId":["a"]}',
    '{"__proto__":{"mailId":"x"}}',
    '{"mailId":"00000000-0000-4000-8000-000000000000"}',
    `{"mailId":"${"x".repeat(1_000_000)}"}`,
    '"a string"',
    "[]",
    "null",
  ];

  test("T91 of any task ends without a retry, a change, or a mail", async () => {
    const before = await db.execute(sql`select count(*)::int as n from events`);
    for (const payload of poison) await add("send_mail", payload);
    await runJobs();
    expect([...(await waiting())]).toEqual([]);
    expect(inbox.mails).toEqual([]);
    expect(({} as { mailId?: string }).mailId).toBeUndefined();
    expect(await db.execute(sql`select count(*)::int as n from events`)).toEqual(before);
  });

  test("T91 is read by every task there is", async () => {
    for (const name of Object.keys(tasks)) for (const payload of poison) await add(name, payload);
    await runJobs();
    expect([...(await waiting())]).toEqual([]);
  });
});

test("T93 job rows hold ids only: no link, address, name or secret, neither in the payload nor in an error", async () => {
  const { user } = await create.colleague(await create.account(), ["owner"], { firstName: "Hedwig" });
  await new Browser().post("/forgot", { email: user.email }).expect(200);
  await new Browser().post("/register", { email: "fresh@people.test" });
  inbox.mode = "defer";
  await runJobs();
  inbox.mode = "accept";

  const rows = await db.execute<{ row: string }>(sql`
    select coalesce(j.payload::text, '') || coalesce(j.last_error, '') || coalesce(j.key, '') as row
    from graphile_worker._private_jobs j`);
  expect(rows.length).toBeGreaterThan(0);
  const all = rows.map(({ row }) => row).join("\n");
  const links = (await db.select().from(tokens)).map(secretOf);
  expect(links.length).toBeGreaterThan(0);
  for (const hidden of [...links, user.email, "fresh@people.test", "Hedwig", password, "http://", "/reset/"]) {
    expect(all.includes(hidden), hidden).toBe(false);
  }
  for (const { row } of rows) expect(row).toMatch(/^\{"v": ?1/);
});

test("T93 a statement that fails inside a job leaves its code there, and no value of anybody's", async () => {
  await new Browser().post("/register", { email: "fails@people.test" }).expect(200);
  await db.execute(sql`alter table tokens rename to gone`);
  try {
    await runJobs();
  } finally {
    await db.execute(sql`alter table gone rename to tokens`);
  }
  const [job] = await db.execute<{ last_error: string }>(sql`select last_error from graphile_worker._private_jobs`);
  expect(job!.last_error).toContain("The database refused a statement: 42P01");
  expect(job!.last_error).not.toMatch(/params|Failed query|select |people\.test/);
});

test("R25 after a restore, mails that were queued long ago are not sent", async () => {
  inbox.mails = [];
  const order = () =>
    db.transaction(async (tx) => {
      const token = await issueToken(tx, { purpose: "registration", email: "late@people.test", minutes: 10_000 });
      return queueMail(tx, { kind: "registration", subjectId: token.id, data: { locale: "en" } });
    });
  const old = await order();
  await db.execute(sql`update mails set created_at = now() - interval '25 hours' where id = ${old}`);
  await runJobs();
  expect(inbox.mails).toEqual([]);
  const [mail] = (await db.select().from(mails)).filter(({ id }) => id === old);
  expect(mail).toMatchObject({ status: "failed", reply: "too old to be sent" });

  await order();
  await runJobs();
  expect(inbox.mails).toHaveLength(1);
});

test("the nightly sweep deletes what nobody can use any more, and nothing else", async () => {
  const { user } = await create.colleague(await create.account(), ["owner"]);
  await new Browser().signIn(user.email);
  await db.delete(rateLimits);
  await db.execute(sql`
    insert into rate_limits (key, points, resets_at) values ('old', 1, now() - interval '1 second'), ('new', 1, now() + interval '1 hour')`);
  await db.execute(sql`
    insert into sessions (sid, sess, expire) values ('old', '{}', now() - interval '1 second')`);
  await db.execute(sql`
    insert into mails (kind, subject_id, status, finished_at) values
      ('registration', gen_random_uuid(), 'sent', now() - interval '91 days'),
      ('registration', gen_random_uuid(), 'sent', now() - interval '89 days')`);
  const [{ kept }] = (await db.execute(sql`
    select count(*)::int as kept from mails where finished_at is null or finished_at > now() - interval '90 days'`)) as never as [
    { kept: number },
  ];
  await add("sweep_leftovers", '{"v":1}');
  await runJobs();

  expect((await db.select().from(rateLimits)).map(({ key }) => key)).toContain("new");
  expect((await db.select().from(rateLimits)).map(({ key }) => key)).not.toContain("old");
  const [sessions] = await db.execute(sql`
    select count(*) filter (where sid = 'old')::int as old, count(*) filter (where sid <> 'old')::int as live from sessions`);
  expect(sessions).toMatchObject({ old: 0 });
  expect(Number(sessions!.live)).toBeGreaterThan(0);
  expect(await db.$count(mails)).toBe(kept);
});
