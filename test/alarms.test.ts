import { eq, isNull, sql } from "drizzle-orm";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type AlarmKind, judge } from "../src/alarms/judge.ts";
import { judgeAlarms, settleAlarms } from "../src/alarms/settle.ts";
import { mailWithoutWorker } from "../src/alarms/without-worker.ts";
import { config } from "../src/config.ts";
import { db } from "../src/db/client.ts";
import { alarms, instanceSettings, mails, webhooks } from "../src/db/schema.ts";
import { type Facts, readFacts } from "../src/operations/facts.ts";
import { Browser, browserOf, owner } from "./support/browser.ts";
import { mailsTo, runJobs } from "./support/outbox.ts";
import { create } from "./support/world.ts";

const address = "olivia@alarmed.test";
let operator: Browser;

beforeAll(async () => {
  operator = await browserOf(await create.user({ instanceAdmin: true, email: address }));
});
beforeEach(async () => {
  await db.execute(sql`delete from graphile_worker._private_jobs`);
  await db.execute(sql`delete from rate_limits`);
  await db.delete(alarms);
  await db.update(instanceSettings).set({ alarmRecipients: [] });
  await db.execute(sql`insert into workers (id) values ('worker-1') on conflict (id) do update set seen_at = now()`);
});

const standing = async () =>
  (await db.select().from(alarms).where(isNull(alarms.clearedAt))).map(({ kind }) => kind as AlarmKind);
const subjects = () => mailsTo(address).map(({ subject }) => subject);
const look = async () => settleAlarms(await readFacts());
const past = (table: "alarms", seconds: number) =>
  db.execute(sql`update ${sql.identifier(table)} set raised_at = raised_at - make_interval(secs => ${seconds}::int)`);
const due = (seconds: number) =>
  db.execute(
    sql`select graphile_worker.add_job('note_figures', run_at := now() - make_interval(secs => ${seconds}::int))`,
  );

const well: Required<Facts> = {
  queue: { workers: 1, oldest: 0, due: 0, later: 0, running: 0, failed: 0 },
  mails: { waiting: 0, held: 0, unknown: 0, failed: 0, bounced: 0, sent: 0, failingSeconds: null, reply: "" },
  database: {
    ...{ version: "18", used: 5, usedByAll: 9, most: 100, pending: 0, sealSeconds: 2, oldestTransaction: 0 },
  },
  log: { last: { position: 9, seconds: 60, findings: 0 }, findings: 0, lines: [] },
  webhooks: { seconds: 0 },
};

describe("R22 what is an alarm", () => {
  const cases: [string, Facts, AlarmKind[]][] = [
    ["nothing, where all is well", well, []],
    ["nothing, where nothing was answered", {}, []],
    ["no worker", { ...well, queue: { ...well.queue, workers: 0 } }, ["no_worker"]],
    ["a job due for six minutes", { ...well, queue: { ...well.queue, oldest: 360 } }, ["queue_late"]],
    ["not one due for five", { ...well, queue: { ...well.queue, oldest: 300 } }, []],
    ["a job that failed for good", { ...well, queue: { ...well.queue, failed: 1 } }, ["jobs_failed"]],
    ["mail that is not taken", { ...well, mails: { ...well.mails, failingSeconds: 301 } }, ["mail_failing"]],
    ["a full pool", { ...well, database: { ...well.database, used: 19 } }, ["connections_full"]],
    ["a full server", { ...well, database: { ...well.database, usedByAll: 91 } }, ["connections_full"]],
    ["X12 seals a minute behind", { ...well, database: { ...well.database, sealSeconds: 61 } }, ["sealing_late"]],
    ["X12 a log that does not verify", { ...well, log: { findings: 1, lines: ["ALTERED"] } }, ["log_broken"]],
    ["webhooks due for six minutes", { ...well, webhooks: { seconds: 360 } }, ["webhooks_late"]],
    ["not one that is not there yet", { ...well, database: { ...well.database, sealSeconds: null } }, []],
  ];
  test.each(cases)("%s", (_what, facts, kinds) => {
    expect(judge(facts, 20).map(({ kind }) => kind)).toEqual(kinds);
  });
});

describe("R22 an alarm", () => {
  test("is mailed once when it is raised, and once when it is over", async () => {
    await due(400);
    await look();
    await look();
    await Promise.all([look(), look(), look()]);
    expect(await standing()).toEqual(["queue_late"]);
    await db.execute(sql`delete from graphile_worker._private_jobs where run_at < now() - interval '1 minute'`);
    await runJobs();
    expect(subjects()).toEqual(["Muster, alarm: Jobs have been waiting for 7 minutes."]);
    expect((await operator.get("/instance/operations").expect(200)).text).toContain(
      "Jobs have been waiting for 7 minutes.",
    );

    await look();
    await look();
    await runJobs();
    expect(subjects()[0]).toMatch(/^Muster, over: /);
    expect(subjects()).toHaveLength(2);
    expect(await standing()).toEqual([]);
  });

  test("what passes by itself within a minute, such as a deploy, is none", async () => {
    await db.execute(sql`delete from workers`);
    await look();
    expect((await operator.get("/instance/operations")).text).toContain("No alarm within a week.");
    await db.execute(sql`insert into workers (id) values ('worker-2')`);
    await look();
    expect(await db.select().from(alarms)).toEqual([]);
  });

  test("that there is no worker is mailed by the web process, once", async () => {
    await db.execute(sql`delete from workers`);
    const before = mailsTo(address).length;
    await look();
    await past("alarms", 60);
    await look();
    expect(await mailWithoutWorker()).toBe(1);
    expect(await mailWithoutWorker()).toBe(0);
    await runJobs();
    expect(mailsTo(address)).toHaveLength(before + 1);
    expect(subjects()[0]).toContain("No worker is running");
  });

  test("R5 that the mail server takes nothing is not said by mail, until it is over", async () => {
    const waiting = { kind: "mail_test", subjectId: crypto.randomUUID(), status: "queued", attempts: 3 } as const;
    const reply = "Invalid login: 535 no";
    const times = { createdAt: new Date(Date.now() - 600_000), startedAt: new Date() };
    await db
      .update(mails)
      .set({ finishedAt: new Date(Date.now() - 580_000) })
      .where(eq(mails.status, "sent"));
    const [mail] = await db
      .insert(mails)
      .values({ ...waiting, ...times, reply })
      .returning();
    const before = mailsTo(address).length;
    await look();
    expect(await standing()).toEqual(["mail_failing"]);
    await runJobs();
    expect(mailsTo(address)).toHaveLength(before);
    await db.delete(mails).where(eq(mails.id, mail!.id));
    await look();
    await runJobs();
    expect(subjects()[0]).toMatch(/over: The mail server has taken no mail/);
  });

  test("one address that is asked to wait is no mail server that fails", async () => {
    const waiting = { kind: "mail_test", subjectId: crypto.randomUUID(), status: "queued", attempts: 3 } as const;
    const times = { createdAt: new Date(Date.now() - 600_000), startedAt: new Date() };
    const [mail] = await db
      .insert(mails)
      .values({ ...waiting, ...times, reply: "451 greylisted" })
      .returning();
    expect((await readFacts()).mails).toMatchObject({ failingSeconds: null, waiting: 1 });
    await db.delete(mails).where(eq(mails.id, mail!.id));
  });

  test("webhooks that nobody takes count, not a receiver that fails or is being sent to", async () => {
    const account = await create.account();
    const values = { accountId: account.id, url: "https://hook.test", secret: "" };
    const due = new Date(Date.now() - 400_000);
    const [hook] = await db
      .insert(webhooks)
      .values({ ...values, dueAt: due })
      .returning();
    expect((await readFacts()).webhooks!.seconds).toBeGreaterThan(390);
    for (const other of [{ failingSince: due }, { failingSince: null, workedUntil: new Date(Date.now() + 60_000) }]) {
      await db.update(webhooks).set(other).where(eq(webhooks.id, hook!.id));
      expect((await readFacts()).webhooks).toEqual({ seconds: 0 });
    }
  });

  test("is judged once a minute, however many processes look", async () => {
    await due(400);
    await judgeAlarms();
    await db.delete(alarms);
    await judgeAlarms();
    expect(await standing()).toEqual([]);
  });
});

describe("who gets alarms", () => {
  test("whoever was chosen, instead of the administrators of the installation", async () => {
    await operator
      .post("/instance/operations/recipients", { recipients: "Pager@Alarmed.test\nops@alarmed.test" })
      .expect(303);
    const before = mailsTo(address).length;
    await operator.post("/instance/operations/test-alarm").expect(303);
    await runJobs();
    expect(mailsTo("pager@alarmed.test")[0]!.subject).toContain("This is a test.");
    expect(mailsTo("ops@alarmed.test")).toHaveLength(1);
    expect(mailsTo(address)).toHaveLength(before);
  });

  test("is refused with what was typed, and is for administrators of the installation alone", async () => {
    const answer = await operator
      .post("/instance/operations/recipients", { recipients: "ops@alarmed.test nobody" })
      .expect(422);
    expect(answer.text).toContain("“nobody” is not an address");
    const { browser } = await owner();
    await browser.post("/instance/operations/recipients", { recipients: "me@mine.test" }).expect(403);
    await browser.post("/instance/operations/test-alarm").expect(403);
    expect(config.DATABASE_CONNECTIONS).toBeGreaterThan(0);
    await new Browser().post("/instance/operations/test-alarm").expect(303);
    expect((await db.select().from(instanceSettings))[0]!.alarmRecipients).toEqual([]);
  });
});
