import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { desc, type SQL, sql } from "drizzle-orm";
import { afterEach, describe, expect, test, vi } from "vitest";
import { system } from "../src/access/actor.ts";
import { settleAlarms } from "../src/alarms/settle.ts";
import { recordEvents } from "../src/audit/record.ts";
import { config } from "../src/config.ts";
import { db } from "../src/db/client.ts";
import { logChecks } from "../src/db/schema.ts";
import { rotateKeys } from "../src/key-rotation/rotate.ts";
import { beginCheck } from "../src/log-checks/begin.ts";
import { verifySlice } from "../src/log-checks/verify-slice.ts";
import { readFacts } from "../src/operations/facts.ts";
import { checkExport, linesOf } from "../src/seal-checks/check-file.ts";
import { lineOf } from "../src/seal-checks/finding.ts";
import { acceptEnd } from "../src/seals/accept-end.ts";
import { canonical, type EventText, eventText } from "../src/seals/canonical.ts";
import { signHead } from "../src/seals/head.ts";
import { sealLag } from "../src/seals/queries.ts";
import { sealEvents } from "../src/seals/seal-events.ts";
import { admin, browserOf } from "./support/browser.ts";
import { mailsTo, runJobs } from "./support/outbox.ts";
import { kinds, sealAll, verify } from "./support/seals.ts";
import { create } from "./support/world.ts";

const account = await create.account({ name: "Sealed" });
const hostile = '"\\\u2028\u0001\t\u007f 😀 </script> é';

/** Writes so many events, in a transaction each. */
async function write(count: number, accountId = account.id) {
  for (let n = 0; n < count; n++)
    await db.transaction((tx) =>
      recordEvents(tx, { ...system(accountId), ip: "192.0.2.7" }, "account.changed", [
        {
          subject: { type: "account", id: accountId, label: `${hostile} ${n}` },
          change: {
            before: { b: 1, aa: "é" },
            after: { name: hostile, big: 12345678901234567890n.toString(), list: [1.5, null, true] },
          },
        },
      ]),
    );
}

/** Does what only whoever owns the database could do, and takes it back after the look. */
async function tampered<Result>(statements: SQL[], look: () => Promise<Result>): Promise<Result> {
  const tables = ["events", "seals", "seal_heads", "redactions"];
  for (const table of tables) await db.execute(sql.raw(`create table kept_${table} as select * from ${table}`));
  await db.execute(sql`alter table events disable trigger user`);
  try {
    for (const statement of statements) await db.execute(statement);
    return await look();
  } finally {
    await db.execute(sql`delete from redactions`);
    for (const table of ["events", "seals", "seal_heads", "redactions"]) {
      await db.execute(sql.raw(`delete from ${table}`));
      await db.execute(sql.raw(`insert into ${table} overriding system value select * from kept_${table}`));
      await db.execute(sql.raw(`drop table kept_${table}`));
    }
    await db.execute(sql`alter table events enable trigger user`);
  }
}

const seal = async (position: number) =>
  (
    await db.execute<{ event_id: string; hash: string; content: string }>(
      sql`select * from seals where position = ${position}`,
    )
  )[0]!;

await write(12);
await sealAll();

afterEach(async () => {
  expect((await verify()).found.map(lineOf)).toEqual([]);
});

/** Has the log verified as the worker does it, in slices of a single batch each. */
async function walk(): Promise<typeof logChecks.$inferSelect> {
  await beginCheck();
  for (;;) {
    const [check] = await db.select().from(logChecks).orderBy(desc(logChecks.startedAt)).limit(1);
    if (check!.finishedAt) return check!;
    await verifySlice(check!.id, undefined, { slice: 0, pause: 0, size: 5 });
  }
}

describe("a worker that verifies", () => {
  test("X12 goes on where the slice before ended, once however many are at it, and a break is an alarm", async () => {
    await beginCheck();
    await beginCheck();
    const state = async () => (await db.select().from(logChecks))[0]!;
    const { id } = await state();
    const jobs = await db.execute(sql`
      select j.key from graphile_worker.jobs j where j.task_identifier = 'verify_slice' and j.locked_at is null`);
    expect(jobs.map(({ key }) => key)).toEqual([`verify_slice:${id}`]);

    const slice = () => verifySlice(id, undefined, { slice: 0, pause: 0, size: 5 });
    await slice();
    await slice();
    expect(await state()).toMatchObject({ phase: "chain", position: 5, finishedAt: null });
    // Another worker takes over while this one looks at the chain.
    const { slice: number } = await state();
    let late: Promise<void> | undefined;
    await db.transaction(async (tx) => {
      await tx.execute(sql`lock table seals in access exclusive mode`);
      late = slice();
      await expect.poll(async () => (await state()).slice).toBe(number + 1);
      await db.execute(sql`update log_checks set slice = slice + 1`);
    });
    await late;
    expect(await state()).toMatchObject({ phase: "chain", position: 5, slice: number + 2 });
    const good = await walk();
    expect(good).toMatchObject({ id, findings: 0, lines: [], position: (await sealLag()).position });
    await slice();
    expect(await state()).toEqual(good);

    const operator = await create.user({ instanceAdmin: true });
    const browser = await browserOf(operator);
    let later = 0;
    const page = async () => {
      await settleAlarms(await readFacts());
      // What the page read is kept for two seconds.
      later += 3_000;
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + later });
      const { text } = await browser.get("/instance/operations").expect(200);
      vi.useRealTimers();
      return text;
    };
    expect(await page()).toContain(`It is what was sealed, up to place ${good.position};`);

    const { event_id } = await seal(3);
    await tampered([sql`update events set subject_label = 'nobody' where id = ${event_id}::bigint`], async () => {
      expect(await walk()).toMatchObject({
        findings: 1,
        lines: [`ALTERED · event ${event_id} · position 3 · It does not say what was sealed.`],
      });
      expect(await page()).toMatch(/The audit log is not what was sealed: 1 finding\.[\s\S]*ALTERED · event/);
      expect(await page()).toContain("Does not verify");
      await runJobs();
      expect(mailsTo(operator.email)[0]!.subject).toContain("The audit log is not what was sealed");
    });

    const { hash } = await seal(5);
    const cut = signHead({ position: 5, hash }, config.ENCRYPTION_KEYS);
    const statements = [
      sql`delete from seals where position > 5`,
      sql`delete from seal_heads`,
      sql`insert into seal_heads (position, hash, key_id, mac) values (5, ${hash}, ${cut.keyId}, ${cut.mac})`,
    ];
    await tampered(statements, async () =>
      expect((await walk()).lines[0]).toContain(`CUT · position ${good.position} · The log was longer than it is`),
    );

    expect(await walk()).toMatchObject({ findings: 0, position: (await sealLag()).position });
    expect(await page()).not.toContain("ALTERED");
  });
});

describe("sealing", () => {
  test("X12 gives every event one place, in the order of the commits, without a gap, and again does nothing", async () => {
    await write(5);
    await sealAll();
    const rows = await db.execute<{ position: string; id: string; events: number }>(sql`
      select s.position::text, s.event_id::text as id, (select count(*)::int from events) as events
      from seals s join events e on e.id = s.event_id order by e.transaction, e.id`);
    expect(rows.map(({ position }) => Number(position))).toEqual(rows.map((_row, n) => n + 1));
    expect(rows.length).toBe(rows[0]!.events);
    await sealEvents();
    expect((await verify()).checked).toMatchObject({ events: rows.length, waiting: 0 });
    // A log that was walked to its end once before: after a restore into another cluster nothing is sealed twice.
    await db.execute(sql`update event_cursors set transaction = 9000000000000 where name = 'seals'`);
    await write(1);
    await sealAll();
    expect((await verify()).checked.events).toBe(rows.length + 1);
  });

  test("X12 R1 whatever ends a batch in the middle leaves no half of it", async () => {
    await write(2);
    const { position } = await sealLag();
    await db.execute(sql`
      create function fail_once() returns trigger language plpgsql as $$ begin raise exception 'killed'; end $$;`);
    await db.execute(sql`create trigger fail before insert on seal_heads for each row execute function fail_once()`);
    await expect
      .poll(
        () =>
          sealEvents().then(
            () => "done",
            (error) => String(error.cause ?? error),
          ),
        { timeout: 10_000 },
      )
      .toContain("killed");
    expect((await sealLag()).position).toBe(position);
    await db.execute(sql`drop trigger fail on seal_heads`);
    await sealAll();
    expect((await sealLag()).position).toBe(position + 2);
  });

  test("X12 the form that is hashed is RFC 8785, the same in the database, and an auditor can do it by hand", async () => {
    const rows = await db.execute<EventText & { theirs: string }>(
      sql`select ${eventText}, event_canonical(e) as theirs from events e order by e.id`,
    );
    for (const row of rows) expect(row.theirs).toBe(canonical(row));
    const [first] = await db.execute<{ salt: string; content: string; hash: string }>(
      sql`select * from seals where position = 1`,
    );
    const [event] = await db.execute<EventText>(
      sql`select ${eventText} from events e join seals s on s.event_id = e.id where s.position = 1`,
    );
    const sha = (bytes: Buffer) => createHash("sha256").update(bytes).digest();
    const content = sha(
      Buffer.concat([
        Buffer.from(first!.salt, "hex"),
        Buffer.from(JSON.stringify(Object.fromEntries(Object.entries(event!).sort(([a], [b]) => (a < b ? -1 : 1))))),
      ]),
    );
    expect(content.toString("hex")).toBe(first!.content);
    const place = Buffer.from("0000000000000001", "hex");
    expect(sha(Buffer.concat([Buffer.alloc(32), place, content])).toString("hex")).toBe(first!.hash);
  });

  test("X12 an event that was not committed is not sealed, and the lag says how many wait and how long", async () => {
    await write(1);
    const before = await sealLag();
    expect(before.waiting).toBe(1);
    await sealAll();
    expect(await sealLag()).toMatchObject({ waiting: 0, seconds: 0, position: before.position + 1 });
  });

  test("X12 an end whose key is lost is accepted by whoever runs the installation, and that is an event", async () => {
    const old = config.ENCRYPTION_KEYS[0]!;
    await write(1);
    await sealAll();
    const end = await acceptEnd();
    config.ENCRYPTION_KEYS = [{ id: "found again", key: randomBytes(32) }];
    await write(1);
    const refused = () => sealEvents().then(String, String);
    await expect.poll(refused, { timeout: 10_000 }).toContain("is not sealed on");
    expect(await acceptEnd()).toEqual(end);
    await sealAll();
    expect(await kinds()).toEqual([]);
    config.ENCRYPTION_KEYS = [old];
    await acceptEnd();
    await sealAll();
    const [noted] = await db.execute(sql`select count(*)::int as count from events where name = 'log.end_accepted'`);
    expect(noted).toEqual({ count: 3 });
  });

  test("X12 nothing is built on an end that is not ours", async () => {
    const { position } = await sealLag();
    await write(1);
    const refused = async () => {
      await expect
        .poll(
          () =>
            sealEvents().then(
              () => "",
              (error) => String(error),
            ),
          { timeout: 10_000 },
        )
        .toContain("is not sealed on");
    };
    await tampered([sql`delete from seal_heads where position = ${position}`], refused);
    await tampered([sql`update seal_heads set mac = repeat('0', 64) where position = ${position}`], refused);
    await tampered([sql`delete from seals`, sql`delete from seal_heads`], refused);
    await sealAll();
  });
});

describe("verifying", () => {
  test.each<[what: string, statements: SQL[], found: RegExp]>([
    [
      "an altered event",
      [sql`update events e set after = '{"name": "nothing"}' from seals s where s.event_id = e.id and s.position = 5`],
      /^altered 5$/,
    ],
    [
      "an event dated back",
      [sql`update events e set at = at - interval '1 day' from seals s where s.event_id = e.id and s.position = 5`],
      /^altered 5$/,
    ],
    [
      "a missing event",
      [sql`delete from events where id = (select event_id from seals where position = 6)`],
      /^missing 6$/,
    ],
    [
      "two in another order",
      [
        sql`update seals set position = 1005 where position = 5`,
        sql`update seals set position = 5 where position = 6`,
        sql`update seals set position = 6 where position = 1005`,
      ],
      /^link 5 .*link 6/,
    ],
    ["a seal taken out", [sql`delete from seals where position = 4`], /^gap 4 unsealed event \d+$/],
    [
      "event and seal taken out",
      [
        sql`delete from events where id = (select event_id from seals where position = 4)`,
        sql`delete from seals where position = 4`,
      ],
      /^gap 4$/,
    ],
    [
      "an end that was cut off",
      [sql`delete from seals where position > (select max(position) - 2 from seals)`],
      /^cut \d+ unsealed event \d+ unsealed event \d+$/,
    ],
    [
      "the end cut off with its head",
      [sql`delete from seals where position > (select max(position) - 2 from seals)`, sql`delete from seal_heads`],
      /^cut \d+ unsealed/,
    ],
    ["a salt taken away", [sql`update seals set salt = null where position = 3`], /^altered 3$/],
    [
      "an event put in",
      [
        sql`insert into events (account_id, actor_label, name, subject_type, subject_id, subject_label, transaction) values (${account.id}, 'Nobody', 'account.changed', 'account', '1', 'Put in', 3)`,
      ],
      /^unsealed event \d+$/,
    ],
    [
      "an event hashed anew",
      [
        sql`update events e set after = '{}' from seals s where s.event_id = e.id and s.position = 5`,
        sql`update seals s set salt = null, content = encode(sha256(convert_to(event_canonical(e), 'utf8')), 'hex') from events e where s.event_id = e.id and s.position = 5`,
      ],
      /^altered 5 link 5$/,
    ],
    [
      "a redaction that nobody asked for",
      [
        sql`insert into redactions (event_id, content, erasure_id) select event_id, repeat('0', 64), event_id from seals where position = 5`,
      ],
      /^altered 5 redaction event \d+$/,
    ],
  ])("X12 names %s", async (_what, statements, expected) => {
    expect((await tampered(statements, kinds)).join(" ")).toMatch(expected);
  });

  test("X12 names a chain that was made anew by somebody without the key, and one that was written down elsewhere", async () => {
    const { position } = await sealLag();
    const end = { position, hash: (await seal(position)).hash };
    const anew = sql`update seals set hash = repeat('a', 64) where position = ${position}`;
    expect(await tampered([anew], kinds)).toEqual([`link ${position}`, `head ${position}`]);
    const head = sql`update seal_heads set hash = repeat('a', 64) where position = ${position}`;
    expect(await tampered([anew, head], () => kinds(end))).toEqual([
      `link ${position}`,
      `head ${position}`,
      `head ${position}`,
    ]);
    expect(await kinds(end)).toEqual([]);
    expect(await kinds({ ...end, position: position + 1 })).toEqual([`cut ${position + 1}`]);
  });

  test("M13 X12 heads survive a rotation of keys; one that is forged is not made good by it", async () => {
    const old = config.ENCRYPTION_KEYS[0]!;
    const next = { id: "next", key: randomBytes(32) };
    try {
      config.ENCRYPTION_KEYS = [next, old];
      const { position } = await sealLag();
      const bad = signHead({ position: position - 1, hash: (await seal(position - 1)).hash }, [
        { ...old, key: randomBytes(32) },
      ]);
      const forged = sql`insert into seal_heads (position, hash, key_id, mac) values (${bad.position}, ${bad.hash}, ${bad.keyId}, ${bad.mac})`;
      await tampered([forged], async () => {
        expect((await rotateKeys()).at(-1)).toMatchObject({ unreadable: 1 });
        expect(await kinds()).toEqual([`head ${position - 1}`]);
      });
      await rotateKeys();
      config.ENCRYPTION_KEYS = [next];
      await write(1);
      await sealAll();
      expect(await kinds()).toEqual([]);
      config.ENCRYPTION_KEYS = [next, old];
    } finally {
      config.ENCRYPTION_KEYS = [old, next];
      await rotateKeys();
      config.ENCRYPTION_KEYS = [old];
    }
  });
});

describe("the file", () => {
  const keys = () => config.ENCRYPTION_KEYS.map(({ id, key }) => `${id}:${key.toString("base64")}`).join(",");
  const command = (env: Record<string, string | undefined>, ...words: string[]) =>
    spawnSync(process.execPath, ["bin/audit-verify.ts", ...words], {
      encoding: "utf8",
      env: { ...process.env, ...env },
    });

  /** What is found in a text, by somebody with the keys or without. */
  async function check(text: string, given: typeof config.ENCRYPTION_KEYS = []) {
    const found: string[] = [];
    // In pieces that end anywhere.
    const pieces = linesOf(Readable.from(text.match(/[\s\S]{1,999}/g) ?? []));
    for await (const finding of checkExport(pieces, { keys: given })) found.push(lineOf(finding));
    return found.join("\n");
  }

  test("X12 holds the account's own events with the proof, and is checked without a database", async () => {
    const { browser, account: home } = await admin("audit.view");
    await write(2, home.id);
    await write(3);
    await write(1, home.id);
    await sealAll();
    const answer = await browser.get("/admin/audit/files/ndjson").expect(200);
    const text = String(answer.text ?? answer.body);
    expect(text).not.toContain(account.id);
    const own = text.trimEnd().split("\n");
    const told = own.map((line) => JSON.parse(line)).filter(({ event }) => event?.name === "account.changed");
    expect(told.map(({ event }) => event.account_id)).toEqual([home.id, home.id, home.id]);
    await sealAll();

    const file = join(mkdtempSync(join("/tmp", "muster-seals-")), "log.ndjson");
    writeFileSync(file, text);
    const { head } = JSON.parse(own.at(-2)!);
    const alone = { DATABASE_URL: undefined, ENCRYPTION_KEYS: undefined };
    const ran = command(alone, "--file", file, "--head", `${head.position}:${head.hash}`);
    expect(ran.stdout).toContain("The log is what was sealed.");
    expect(ran.status).toBe(0);
    expect(await check(text, config.ENCRYPTION_KEYS)).toBe("");

    const at = own.findIndex((line) => line.includes("account.changed"));
    const changed = own.with(at, own[at]!.replace("192.0.2.7", "192.0.2.8")).join("\n");
    expect(await check(changed)).toContain("ALTERED");
    expect(await check(own.toSpliced(at, 1).join("\n"))).toContain("position does not follow");
    expect(await check(own.slice(0, -2).join("\n"))).toContain("cut off");
    expect(await check(own.toSpliced(1, 1).join("\n"))).toContain("beginning is missing");
    // One left out with its hash kept: only whoever has the key can tell.
    const others = JSON.stringify({ others: [JSON.parse(own[at]!).proof.content] });
    const count = JSON.parse(own.at(-2)!).events - 1;
    const hidden = own
      .with(at, others)
      .with(-2, JSON.stringify({ head, events: count }))
      .join("\n");
    expect(await check(hidden)).toBe("");
    expect(await check(hidden, config.ENCRYPTION_KEYS)).toContain("not as it left");
  });

  test("X12 is noted in the log, and a look at its headers is not; without the right 403", async () => {
    const { browser, account: home } = await admin("audit.view");
    await browser.get("/admin/audit/files/ndjson").expect(200);
    await browser.head("/admin/audit/files/ndjson").expect(200);
    const [noted] = await db.execute(
      sql`select count(*)::int as count from events where account_id = ${home.id} and name = 'log.exported'`,
    );
    expect(noted).toEqual({ count: 1 });
    await (await admin("viewer")).browser.get("/admin/audit/files/ndjson").expect(403);
    await sealAll();
  });

  test("X12 the command names what it found, and the page shows where each event stands", async () => {
    const alter = sql`update events e set ip = '192.0.2.9' from seals s where s.event_id = e.id and s.position = 5`;
    const bad = await tampered([alter], async () => command({ ENCRYPTION_KEYS: keys() }, "--quiet"));
    const { event_id: id } = await seal(5);
    expect(bad.stdout).toContain(`ALTERED · event ${id} · position 5 · It does not say what was sealed.`);
    expect(bad.status).toBe(1);

    const { browser, account: home } = await admin("audit.view");
    await write(1, home.id);
    await sealAll();
    const { position } = await sealLag();
    const page = (await browser.get("/admin/audit").expect(200)).text;
    expect(page).toContain((await seal(position)).hash);
    expect(page).toContain("/admin/audit/files/ndjson");
  });
});
