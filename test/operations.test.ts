import { eq, sql } from "drizzle-orm";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { config } from "../src/config.ts";
import { db } from "../src/db/client.ts";
import { events, logChecks, mails } from "../src/db/schema.ts";
import { plainError } from "../src/operations/queue.ts";
import { Browser, browserOf, owner } from "./support/browser.ts";
import { inbox, mailsTo, runJobs } from "./support/outbox.ts";
import { create, type User } from "./support/world.ts";

const here = "/instance/operations";
let operator: Browser;
let person: User;
let outsider: Browser;

beforeAll(async () => {
  person = await create.user({ instanceAdmin: true, email: "olivia@operators.test" });
  operator = await browserOf(person);
  ({ browser: outsider } = await owner());
});
beforeEach(() => db.execute(sql`delete from graphile_worker._private_jobs`));

let later = 0;
/** The page a little later each time: what it read is kept for two seconds. */
async function page(): Promise<string> {
  const { vi } = await import("vitest");
  later += 3_000;
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + later });
  const { text } = await operator.get(here).expect(200);
  vi.useRealTimers();
  return text;
}

async function failed(error: string, attempts = 1, name = "expire_invites"): Promise<string> {
  const [job] = await db.execute<{ id: string }>(
    sql`select id::text from graphile_worker.add_job(${name}::text, max_attempts := 3, run_at := now() + interval '1 hour')`,
  );
  await db.execute(sql`
    update graphile_worker._private_jobs set attempts = ${attempts}, last_error = ${error} where id = ${job!.id}::bigint`);
  return job!.id;
}
const jobNow = async (id: string) =>
  (
    await db.execute<{ attempts: number; due: boolean }>(sql`
      select attempts::int, run_at <= now() as due from graphile_worker._private_jobs where id = ${id}::bigint`)
  )[0];
const lastEvent = async () => (await db.select().from(events).orderBy(sql`id desc`).limit(1))[0]!;

describe("the page of operations", () => {
  test("R22 says how everything stands: workers, queue, mail, database, versions, sizes", async () => {
    await db.execute(sql`insert into workers (id) values ('worker-1') on conflict do nothing`);
    await db.execute(sql`select graphile_worker.add_job('note_figures', run_at := now() - interval '2 minutes')`);
    const text = await page();
    for (const words of [
      "Workers",
      "1 is running",
      "note_figures",
      "Postgres",
      "Largest tables",
      "All have run",
      "members",
    ])
      expect(text).toContain(words);
    expect(text).toContain("Something needs attention");
    expect(text).toMatch(/hx-get="\/instance\/operations" hx-trigger="every 5s"/);
    const part = (await operator.get(here).set("HX-Request", "true").expect(200)).text;
    expect(part).toContain('id="state"');
    expect(part).not.toContain("<html");
  });

  test("R22 says that no worker is running", async () => {
    await db.execute(sql`delete from workers`);
    const text = await page();
    expect(text).toContain("Something does not work");
    expect(text).toContain("None is running");
  });

  test("is for administrators of the installation alone", async () => {
    const id = await failed("Hello", 3);
    await outsider.get(here).expect(403);
    for (const path of [
      "mail-test",
      "mail-server-check",
      "test-alarm",
      "recipients",
      `jobs/${id}/retry`,
      `jobs/${id}/removal`,
    ])
      await outsider.post(`${here}/${path}`, { to: "ana@operators.test" }).expect(403);
    await new Browser().get(here).expect(303);
    expect(await jobNow(id)).toMatchObject({ attempts: 3 });
  });
});

describe("R21 failed jobs", () => {
  test("stand with what went wrong, without addresses, links and secrets (T93)", async () => {
    await failed(
      "No answer for ana@secret.test from smtp://user:pass@mail.test key muster_cs_0123456789abcdefghijklmnopqrstuv\nat x",
      3,
    );
    const text = await page();
    expect(text).toContain("No answer for […] from […] key […]");
    expect(text).not.toContain("secret.test");
    expect(plainError("a b")).toBe("a b");
  });

  test("are tried again with all their tries, or given up when the queue has", async () => {
    const id = await failed("Hello", 3);
    await operator.post(`${here}/jobs/${id}/retry`).expect(303);
    expect(await jobNow(id)).toEqual({ attempts: 0, due: true });
    expect(await lastEvent()).toMatchObject({ name: "job.retried", accountId: null, subjectLabel: "expire_invites" });

    const trying = await failed("Hello", 1);
    await operator.post(`${here}/jobs/${trying}/removal`).expect(409);
    const over = await failed("Hello", 3);
    await operator.post(`${here}/jobs/${over}/removal`).expect(303);
    expect(await jobNow(over)).toBeUndefined();
    expect((await lastEvent()).name).toBe("job.removed");
    await operator.post(`${here}/jobs/${over}/retry`).expect(404);
    await operator.post(`${here}/jobs/x/retry`).expect(404);
  });

  test("that a worker has in hand are left to it, and a job that never failed is none", async () => {
    const id = await failed("Hello", 1);
    await db.execute(
      sql`update graphile_worker._private_jobs set locked_at = now(), locked_by = 'w' where id = ${id}::bigint`,
    );
    await operator.post(`${here}/jobs/${id}/retry`).expect(409);
    const [fresh] = await db.execute<{ id: string }>(sql`select id::text from graphile_worker.add_job('note_figures')`);
    await operator.post(`${here}/jobs/${fresh!.id}/retry`).expect(404);
  });
});

describe("who administers the installation", () => {
  test("T55 is added and removed by one of them, never the last, and by nobody else", async () => {
    const list = "/instance/administrators";
    const other = await create.user({ email: "anna@operators.test" });
    await outsider.get(list).expect(403);
    await outsider.post(list, { email: other.email }).expect(403);
    await operator.post(list, { email: "nobody@operators.test" }).expect(422);
    await operator.post(list, { email: "Anna@Operators.test" }).expect(303);
    expect((await operator.get(list).expect(200)).text).toContain(other.email);
    expect((await lastEvent()).name).toBe("instance.administrator_added");
    const second = await browserOf(other);
    await outsider.post(`${list}/${other.id}/removal`).expect(403);
    await operator.post(`${list}/${crypto.randomUUID()}/removal`).expect(404);
    await second.post(`${list}/${other.id}/removal`).expect(303);
    await second.get(list).expect(403);
    await operator.post(`${list}/${person.id}/removal`).expect(409);
    await operator.get(list).expect(200);
  });
});

describe("trying the mail", () => {
  test("a test mail goes the way of all mails, and the page says how it fares", async () => {
    await operator.post(`${here}/mail-test`, { to: "Postmaster@Operators.test" }).expect(303);
    expect(await page()).toMatch(/Test mail to postmaster@operators\.test[\s\S]*Waiting/);
    await runJobs();
    expect(mailsTo("postmaster@operators.test")).toHaveLength(1);
    expect(await page()).toMatch(/Test mail to postmaster@operators\.test[\s\S]*Handed over/);
    const refused = await operator.post(`${here}/mail-test`, { to: "nobody" }).expect(422);
    expect(refused.text).toMatch(/href="\/instance\/operations" aria-current="true"/);
    expect(refused.text).toMatch(/<input id="to"[^>]* value="nobody"[^>]* aria-invalid="true"/);
    expect(refused.text).toMatch(/<small id="to-error"[^>]*>This is not an e-mail address/);
  });

  test("R5 the connection is checked by a worker, which says what the server said", async () => {
    await operator.post(`${here}/mail-server-check`).expect(303);
    expect(await page()).toContain("A worker will try it");
    await runJobs();
    expect(await page()).toContain("Reached, and signed in");

    const { SMTP_URL } = config;
    config.SMTP_URL = "smtp://user:the-password@127.0.0.1:9";
    await operator.post(`${here}/mail-server-check`).expect(303);
    await runJobs();
    config.SMTP_URL = SMTP_URL;
    const text = await page();
    expect(text).toContain("Not reached");
    expect(text).toContain("ECONNREFUSED");
    expect(text).not.toContain("the-password");
  });

  test("R5 what bounced stands there without its address, and is sent again", async () => {
    const colleague = await create.user({ instanceAdmin: true });
    const values = { kind: "mail_test", subjectId: colleague.id, data: { to: "late@operators.test" } } as const;
    const bounced = {
      status: "bounced",
      sentTo: "late@operators.test",
      reply: "550 <late@operators.test> unknown here",
    } as const;
    const [mail] = await db
      .insert(mails)
      .values({ ...values, ...bounced })
      .returning();
    const text = await page();
    expect(text).toContain("unknown here");
    expect(text).toContain("To an address in operators.test");
    expect(text).not.toContain("late@operators.test");

    await operator.post(`${here}/mails/${mail!.id}/delivery`).expect(303);
    await runJobs();
    expect(mailsTo("late@operators.test")).toHaveLength(1);
    await operator.post(`${here}/mails/${mail!.id}/delivery`).expect(409);
    await operator.post(`${here}/mails/${crypto.randomUUID()}/delivery`).expect(404);
    await outsider.post(`${here}/mails/${mail!.id}/delivery`).expect(403);
    const [now] = await db.select().from(mails).where(eq(mails.id, mail!.id));
    expect(now!.status).toBe("sent");
    expect(inbox.mails.length).toBeGreaterThan(0);
  });
});

describe("verifying the audit log now", () => {
  const press = (by: Browser) => by.post(`${here}/log-check`).expect(303);
  const slices = () =>
    db.execute<{ id: string; locked: boolean }>(sql`
      select j.id::text, j.locked_at is not null as locked from graphile_worker._private_jobs j
      join log_checks c on c.id::text = j.payload ->> 'checkId' and c.finished_at is null`);
  const walks = async () => (await db.select().from(logChecks)).filter(({ finishedAt }) => !finishedAt);

  test("X12 R13 pressed by two at once, twice each, and while a worker is at it, is one walk of one job", async () => {
    await db.delete(logChecks);
    const colleague = await browserOf(await create.user({ instanceAdmin: true }));
    await Promise.all([operator, colleague, operator, colleague].map(press));
    expect(await walks()).toHaveLength(1);
    const [job] = await slices();
    await db.execute(
      sql`update graphile_worker._private_jobs set locked_at = now(), locked_by = 'w' where id = ${job!.id}::bigint`,
    );
    await press(colleague);
    expect(await slices()).toEqual([{ id: job!.id, locked: true }]);

    // The queue has given it up: then it is walked on.
    await db.execute(sql`
      update graphile_worker._private_jobs set locked_at = null, locked_by = null, attempts = max_attempts where id = ${job!.id}::bigint`);
    await press(operator);
    await runJobs();
    expect(await walks()).toEqual([]);
    expect(await db.$count(logChecks)).toBe(1);
  });
});
