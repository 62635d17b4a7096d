import { readdirSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { getPriority } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { system } from "../../src/access/actor.ts";
import { issueToken } from "../../src/access/tokens.ts";
import { recordEvents } from "../../src/audit/record.ts";
import { db } from "../../src/db/client.ts";
import { mails } from "../../src/db/schema.ts";
import { Inbox } from "../../src/dev/inbox.ts";
import { queueMail } from "../../src/mail/outbox.ts";
import { sealLag } from "../../src/seals/queries.ts";
import { PonderingServer } from "../support/pondering.ts";
import { startWeb, startWorker, until } from "../support/processes.ts";
import { kinds, sealAll } from "../support/seals.ts";
import { frozen, patience, silentSeconds } from "../support/waits.ts";
import { create } from "../support/world.ts";

vi.setConfig({ testTimeout: 90_000 * patience, hookTimeout: 120_000 });

/** A mail server that greets and then falls silent, for as long as it is told to. */
const silent = createServer((socket) => {
  held.add(socket);
  socket.on("error", () => {});
  socket.on("close", () => held.delete(socket));
});
const held = new Set<Socket>();
/** A killed or frozen worker's jobs are taken up within this many milliseconds: two minutes at most, with the real settings. */
const takeover = 27_000 + silentSeconds * 1000;
const silence = String(silentSeconds);
let inbox: Inbox;
let silentUrl: string;
let inboxUrl: string;

beforeAll(async () => {
  inbox = await new Inbox().listen();
  inboxUrl = `smtp://127.0.0.1:${inbox.port}`;
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  silentUrl = `smtp://127.0.0.1:${(silent.address() as { port: number }).port}`;
});
afterAll(async () => {
  for (const socket of held) socket.destroy();
  silent.close();
  await inbox.close();
});

/** Orders mails as a registration does; returns their ids. */
async function order(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    await db.transaction(async (tx) => {
      const email = `person-${crypto.randomUUID()}@people.test`;
      const token = await issueToken(tx, { purpose: "registration", email, minutes: 60 });
      ids.push(await queueMail(tx, { kind: "registration", subjectId: token.id, data: { locale: "en" } }));
    });
  }
  return ids;
}

const statuses = async (ids: string[]) => {
  const rows = await db.select({ id: mails.id, status: mails.status }).from(mails);
  return rows.filter(({ id }) => ids.includes(id)).map(({ status }) => status);
};
/** A mail as its row and its job stand. */
const stateOf = async (id: string) => {
  const [row] = await db.execute(sql`
    select m.*, j.locked_by, j.locked_at is not null as locked from mails m
    left join graphile_worker._private_jobs j on j.payload ->> 'mailId' = m.id::text where m.id = ${id}`);
  return row;
};
const locked = async () => {
  const [row] = await db.execute<{ locked: number }>(sql`
    select count(*)::int as locked from graphile_worker._private_jobs where locked_at is not null`);
  return row!.locked;
};
/** How many workers are in the middle of a batch of seals. */
const sealing = async () => {
  const [row] = await db.execute<{ waiting: number }>(sql`
    select count(*)::int as waiting from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and query ilike '%insert into seal_heads%'`);
  return row!.waiting;
};

describe("a worker", () => {
  test("R2 that is killed: its jobs are done by another within the silence that counts as death", async () => {
    const ids = await order(3);
    const doomed = await startWorker({ SMTP_URL: silentUrl, WORKER_SILENT_SECONDS: silence });
    await until(async () => (await locked()) === 3);
    doomed.kill("SIGKILL");
    await doomed.exited;

    const killed = Date.now();
    const heir = await startWorker({ SMTP_URL: inboxUrl, WORKER_SILENT_SECONDS: silence });
    await until(
      async () => (await statuses(ids)).every((status) => status === "sent"),
      takeover,
      () => heir.log.join("\n"),
    );
    expect(Date.now() - killed).toBeLessThan(takeover);
    expect(inbox.mails).toHaveLength(3);
    heir.kill("SIGTERM");
    expect(await heir.exited).toBe(0);
  });

  test("R2 that was only frozen loses its jobs, and one that is alive keeps them", async () => {
    const ids = await order(2);
    inbox.mails = [];
    const alive = await startWorker({
      SMTP_URL: silentUrl,
      WORKER_SILENT_SECONDS: silence,
      SMTP_SOCKET_MS: "300000",
      SMTP_CONNECT_MS: "300000",
    });
    await until(async () => (await locked()) === 2);
    const other = await startWorker({ SMTP_URL: inboxUrl, WORKER_SILENT_SECONDS: silence });
    await sleep(silentSeconds * 1000 + 2_000);
    expect(await statuses(ids)).toEqual(["sending", "sending"]);

    alive.kill("SIGSTOP");
    await until(async () => (await statuses(ids)).every((status) => status === "sent"), takeover);
    expect(inbox.mails).toHaveLength(2);
    alive.kill("SIGKILL");
    other.kill("SIGTERM");
    await Promise.all([alive.exited, other.exited]);
  });

  for (const [verdict, refusal] of [
    ["accepts", undefined],
    ["refuses", "5.1.1 No such person here"],
  ] as const) {
    test(`R2 that was frozen and goes on later changes nothing any more, when its mail server ${verdict}`, async () => {
      const settings = { WORKER_SILENT_SECONDS: silence, SMTP_SOCKET_MS: "300000", SMTP_CONNECT_MS: "300000" };
      const [theirs, ours] = await Promise.all([new PonderingServer().listen(), new PonderingServer().listen()]);
      const [id] = await order(1);
      const zombie = await startWorker({ ...settings, SMTP_URL: theirs.url });
      await until(() => theirs.pondered === 1);
      zombie.kill("SIGSTOP");
      const heir = await startWorker({ ...settings, SMTP_URL: ours.url });
      await until(
        () => ours.pondered === 1,
        takeover,
        () => heir.log.join("\n"),
      );

      // Both hold the mail; only the heir's try counts, and the job is the heir's.
      const before = await stateOf(id!);
      expect(before).toMatchObject({ status: "sending", attempts: 2, locked: true });
      await sleep(frozen);
      theirs.answer(refusal);
      zombie.kill("SIGCONT");
      await zombie.says("taken this mail over", takeover);
      expect(await stateOf(id!)).toEqual(before);

      // So nothing is lost when the heir is killed as well.
      heir.kill("SIGKILL");
      await heir.exited;
      zombie.kill("SIGKILL");
      await zombie.exited;
      inbox.mails = [];
      const last = await startWorker({ ...settings, SMTP_URL: inboxUrl });
      await until(async () => (await statuses([id!]))[0] === "sent", takeover);
      expect(inbox.mails).toHaveLength(1);
      last.kill("SIGTERM");
      expect(await last.exited).toBe(0);
      await Promise.all([theirs.close(), ours.close()]);
    });
  }

  test("X12 R1 that is killed while it seals: the next ones go on where the chain ends, without a gap or a double", async () => {
    const account = await create.account();
    const subject = { type: "account", id: account.id, label: "Sealed" } as const;
    await sealAll();
    const { position } = await sealLag();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    // The head of the batch cannot be written, so the batch stays half done.
    const lock = db.transaction(async (tx) => {
      await tx.execute(sql`lock table seal_heads in share mode`);
      await held;
    });
    await db.transaction((tx) =>
      recordEvents(tx, system(account.id), "account.renamed", Array(2_500).fill({ subject, change: {} })),
    );
    const doomed = await startWorker();
    await until(
      async () => (await sealing()) === 1,
      20_000,
      () => doomed.log.join("\n"),
    );
    doomed.kill("SIGKILL");
    await doomed.exited;
    release();
    await lock;
    expect((await sealLag()).position).toBe(position);

    const heirs = await Promise.all([startWorker(), startWorker()]);
    await until(
      async () => (await sealLag()).waiting === 0,
      20_000,
      () => heirs[0]!.log.join("\n"),
    );
    const [chain] = await db.execute(sql`
      select count(*)::int as seals, count(distinct event_id)::int as events, min(position)::int as first,
        max(position)::int as last, (select count(*)::int from events) as all from seals`);
    const all = Number(chain!.all);
    expect(chain).toEqual({ seals: all, events: all, first: 1, last: all, all });
    expect(all).toBeGreaterThanOrEqual(position + 2_500);
    expect(await kinds()).toEqual([]);
    for (const heir of heirs) heir.kill("SIGTERM");
    expect(await Promise.all(heirs.map(({ exited }) => exited))).toEqual([0, 0]);
    // The killed one counts as alive for a minute.
    await db.execute(sql`delete from workers`);
  });

  test("R18 that is told to stop with ten jobs running ends with 0 within 25 s, and the jobs are not lost", async () => {
    const ids = await order(10);
    inbox.mails = [];
    const worker = await startWorker({ SMTP_URL: silentUrl, SMTP_CONNECT_MS: "4000", WORKER_SILENT_SECONDS: silence });
    await until(
      async () => (await locked()) === 10,
      20_000,
      () => worker.log.join("\n"),
    );
    const told = Date.now();
    worker.kill("SIGTERM");
    expect(await worker.exited).toBe(0);
    expect(Date.now() - told).toBeLessThan(25_000);
    expect(await locked()).toBe(0);
    expect((await statuses(ids)).every((status) => status === "queued")).toBe(true);
  });

  test("stands behind whoever answers people, with all of its threads", async ({ skip }) => {
    if (process.platform !== "linux") skip("threads have priorities of their own on Linux only");
    const worker = await startWorker({ NODE_ENV: "development" });
    const threads = readdirSync(`/proc/${worker.pid}/task`).map(Number);
    expect(threads.length).toBeGreaterThan(1);
    expect(threads.filter((thread) => getPriority(thread) !== Math.min(19, getPriority() + 10))).toEqual([]);
    worker.kill("SIGTERM");
    expect(await worker.exited).toBe(0);
  });

  test("R18 reads what an older release queued", async () => {
    await db.execute(sql`delete from graphile_worker._private_jobs`);
    inbox.mails = [];
    const [id] = await order(1);
    await db.execute(sql`delete from graphile_worker._private_jobs`);
    await db.execute(sql`select graphile_worker.add_job('send_mail', json_build_object('mailId', ${id!}::text))`);
    const worker = await startWorker({ SMTP_URL: inboxUrl });
    await until(
      () => inbox.mails.length === 1,
      20_000,
      () => worker.log.join("\n"),
    );
    worker.kill("SIGTERM");
    expect(await worker.exited).toBe(0);
  });

  test("R22 that is absent shows: readiness says so, and how long the queue has waited", async () => {
    const [id] = await order(1);
    await db.execute(sql`
      update graphile_worker._private_jobs set run_at = now() - interval '6 minutes', created_at = now() - interval '6 minutes'`);
    const web = await startWeb();
    const answer = await web.fetch("/readyz");
    expect(JSON.parse(answer.text)).toMatchObject({ database: "ok", migrations: "ok", worker: "away" });
    expect(JSON.parse(answer.text).queue.oldestSeconds).toBeGreaterThan(350);
    expect(JSON.parse(answer.text).queue.alarm).toBe(true);
    expect(await statuses([id!])).toEqual(["queued"]);
    web.kill("SIGTERM");
    await web.exited;
  });
});

describe("a mail server", () => {
  test("R4 that is down or defers costs nothing but time: the request is quick, the mail goes once, later", async () => {
    await db.execute(sql`delete from graphile_worker._private_jobs`);
    inbox.mails = [];
    inbox.mode = "defer";
    const worker = await startWorker({ SMTP_URL: inboxUrl });
    const started = Date.now();
    const [id] = await order(1);
    expect(Date.now() - started).toBeLessThan(500);
    const attempts = async () =>
      (await db.execute<{ attempts: number }>(sql`select attempts from graphile_worker._private_jobs`))[0]?.attempts ??
      0;
    await until(async () => (await attempts()) >= 1 && (await statuses([id!]))[0] === "queued");
    expect(inbox.mails).toHaveLength(0);
    inbox.mode = "accept";
    await until(() => inbox.mails.length === 1, 20_000);
    await sleep(500);
    expect(inbox.mails).toHaveLength(1);
    expect(await statuses([id!])).toEqual(["sent"]);
    worker.kill("SIGTERM");
    await worker.exited;
  });

  test("R6 that stalls is given up after the time that is set, and tried again", async () => {
    const [id] = await order(1);
    const worker = await startWorker({ SMTP_URL: silentUrl, SMTP_CONNECT_MS: "700", SMTP_SOCKET_MS: "700" });
    await until(async () => {
      const [mail] = (await db.select().from(mails)).filter((mail) => mail.id === id);
      return mail!.attempts >= 1 && mail!.status === "queued" && /timeout|greeting/i.test(mail!.reply ?? "");
    }, 10_000);
    worker.kill("SIGTERM");
    expect(await worker.exited).toBe(0);
  });
});
