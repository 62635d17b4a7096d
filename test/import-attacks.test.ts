import "./support/outbox.ts";
import { and, eq, isNull, sql } from "drizzle-orm";
import { beforeEach, describe, expect, test } from "vitest";
import { checkImportJob } from "../jobs/check-import.ts";
import { db } from "../src/db/client.ts";
import { events, grants, imports, members, rolePermissions, roles, users } from "../src/db/schema.ts";
import { checkImport } from "../src/import-checks/check.ts";
import { runImport } from "../src/import-runs/work.ts";
import { queueCheck, queueFiles } from "../src/imports/limits.ts";
import { admin, type Browser, browserOf } from "./support/browser.ts";
import { checkedImport, importNow, peopleOf } from "./support/checked-imports.ts";
import { checked, foundBy, uploaded } from "./support/imports.ts";
import { inbox, runJobs } from "./support/outbox.ts";
import { headers, sharedStrings, workbookFrom, worksheet } from "./support/workbook-parts.ts";
import { type Account, create, grantsOf } from "./support/world.ts";

let counter = 0;

/** An account with an active domain, and somebody signed in who may import. */
async function company(...held: Parameters<typeof admin>) {
  const visitor = await admin(...(held.length ? held : (["owner"] as typeof held)));
  const name = `attack${++counter}.example`;
  const since = { verifiedAt: new Date(), activatedAt: new Date() };
  const domain = await create.domain(visitor.account, { name, status: "active", ...since });
  return { ...visitor, domain, name, at: (local: string) => `${local}@${name}` };
}

const onAccount = (account: Account, ...rows: (string | null)[][]) => ({ id: account.id, rows });
const userAt = async (email: string) => (await db.select().from(users).where(eq(users.email, email)))[0];

async function start(browser: Browser, id: string) {
  const { counts } = await importNow({ id });
  return browser.post(`/admin/imports/${id}/start`, {
    create: String(counts.create ?? 0),
    update: String(counts.update ?? 0),
  });
}

beforeEach(async () => {
  inbox.mails.length = 0;
  await db.execute(sql`delete from graphile_worker._private_jobs`);
  await db.execute(sql`delete from rate_limits`);
});

describe("what a workbook tells about people elsewhere", () => {
  test("T12 T86 of somebody who is only invited, neither that they are registered nor what they are called", async () => {
    const { account, user, browser } = await company();
    const stranger = await create.user({ firstName: "Secret", lastName: "Surname" });
    const nobody = "not-registered@elsewhere.example";
    for (const email of [stranger.email, nobody])
      for (const status of ["invited"] as const)
        await create.member(account, null, { email, status, firstName: "Typed", lastName: "Here" });

    const book = [stranger.email, nobody].map((email) => ["Guess", "Work", email, ""]);
    const { id, problems, people } = await checked(account, user, { users: book });
    const said = problems.map(({ code, values }) => [code, values]);
    expect(said.slice(0, 2)).toEqual(said.slice(2));
    expect(people.map(({ userId, firstName, lastName }) => [userId, firstName, lastName])).toEqual([
      [null, "Typed", "Here"],
      [null, "Typed", "Here"],
    ]);
    for (const page of ["", "/difference", "/people"])
      expect((await browser.get(`/admin/imports/${id}${page}`).expect(200)).text).not.toMatch(/Secret|Surname/);
  });

  test("T12 T86 drafts and those who left tell as little", async () => {
    const { account, user } = await company();
    const stranger = await create.user({ firstName: "Secret", lastName: "Surname" });
    await create.member(account, null, {
      email: stranger.email,
      status: "draft",
      firstName: "Typed",
      lastName: "Here",
    });
    const gone = await create.user({ firstName: "Secret", lastName: "Leaver" });
    await create.member(account, gone, { status: "removed" });
    const { problems, people } = await checked(account, user, {
      users: [["Guess", "Work", stranger.email, ""]],
      account: onAccount(account, [gone.email, "", ""]),
    });
    expect(JSON.stringify([problems, people])).not.toMatch(/Secret|Surname|Leaver/);
  });

  test("T85 D9 without the right to view users, nothing about members: no names, no rights", async () => {
    const { account, user, browser, at } = await company("imports.run", "users.create");
    const person = await create.user({ email: at("ana"), firstName: "Secret", lastName: "Surname" });
    const member = await create.member(account, person);
    await create.grant(member, { permission: "audit.view" });
    const { id, run } = await checked(account, user, {
      users: [["Guess", "Work", at("ana"), ""]],
      account: onAccount(account, [at("ana"), "", ""]),
    });
    expect(run.status).toBe("refused");
    await browser.get(`/admin/imports/${id}/difference`).expect(403);
    await browser.get(`/admin/imports/${id}/files/before`).expect(403);
    for (const page of ["", "/people"])
      expect((await browser.get(`/admin/imports/${id}${page}`).expect(200)).text).not.toMatch(/Secret|Surname/);

    const only = await checked(account, user, { users: [["New", "Person", at("new"), ""]] });
    expect((await browser.get(`/admin/imports/${only.id}/difference`).expect(200)).text).toContain("New Person");
  });
});

describe("tenancy", () => {
  test("T49 T50 an import of one account is not there in another one of the same person, whichever door", async () => {
    const home = await company();
    const other = await create.account();
    await create.grant(await create.member(other, home.user), { systemRole: "owner" });
    const { id } = await checked(home.account, home.user, { users: [["Ana", "Berg", home.at("ana"), ""]] });
    await home.browser.get(`/admin/imports/${id}`).expect(200);

    await db.update(users).set({ lastAccountId: other.id }).where(eq(users.id, home.user.id));
    const there = await browserOf(home.user, other);
    for (const path of ["", "/difference", "/people", "/files/upload", "/files/annotated", "/files/before"])
      await there.get(`/admin/imports/${id}${path}`).expect(404);
    for (const verb of ["start", "cancel", "resume", "check"])
      await there.post(`/admin/imports/${id}/${verb}`, { create: "1", update: "0" }).expect(404);
    expect((await there.get("/admin/imports").expect(200)).text).not.toContain(id);
    expect((await there.get(`/admin/imports?before=${id}`).expect(200)).text).not.toContain("people.xlsx");
    expect(await importNow({ id })).toMatchObject({ status: "checked" });
  });

  test("T50 files are found by import and kind: another subject's, kind's or spelling's are not", async () => {
    const { account, user, browser } = await company();
    const { id, run } = await checked(account, user, { users: [] });
    const tried = ["report", "upload/", "UPLOAD", "__proto__", "constructor", "toString", run.fileId!, "..%2fupload"];
    for (const kind of tried.filter((kind) => kind !== "upload/"))
      await browser.get(`/admin/imports/${id}/files/${kind}`).expect(404);
    await browser.get(`/admin/imports/${run.fileId}/files/upload`).expect(404);
    await browser.get(`/admin/reports/${id}/files/1`).expect(404);
  });

  test("T49 the example has no sheet of a neighbour's mailbox, whatever is asked for", async () => {
    const { browser } = await company();
    const neighbour = await company();
    const box = await create.mailbox(neighbour.account);
    for (const query of [`mailboxes=${box.id}`, "mailboxes=__proto__", "mailboxes=", `mailboxes=${box.id}&personal=1`])
      await browser.get(`/admin/imports/example.xlsx?${query}`).expect(404);
  });

  test("T50 a member, role or mailbox of a neighbour is unknown, in cells and in A1", async () => {
    const { account, user, at } = await company();
    const neighbour = await company();
    const role = await create.role(neighbour.account, "account", "Theirs", ["users.view"]);
    const box = await create.mailbox(neighbour.account, { name: "Theirs" });
    const { said, rights } = await checked(account, user, {
      users: [["Ana", "Berg", at("ana"), ""]],
      account: onAccount(account, [at("ana"), `${role.id}, ${role.name}`, ""], [neighbour.user.email, "Owner", ""]),
      mailboxes: [{ id: box.id, rows: [[at("ana"), "Mailbox reader", ""]] }],
    });
    expect(said.filter((line) => line.startsWith("file"))).toEqual([
      "file role_unknown Account!B3",
      "file role_unknown Account!B3",
      expect.stringMatching(/^file mailbox_unknown .*!A1$/),
    ]);
    expect(rights.flatMap(({ items }) => items)).not.toContain(role.id);
  });
});

describe("rights", () => {
  test("T51 an Admin makes nobody Owner, by title, key, other case or list, and not through a role of the same name", async () => {
    const { account, user, at } = await company("admin");
    await create.role(account, "account", "owner", ["users.view"]);
    for (const cell of ["Owner", "owner", "OWNER", " Viewer ,  oWnEr "]) {
      const { said } = await checked(account, user, {
        users: [["Ana", "Berg", at("ana"), ""]],
        account: onAccount(account, [at("ana"), cell, ""]),
      });
      expect(said, cell).toContain("file right_not_held Account!B3");
    }
  });

  test("T50 T51 a role that is called like the id of another one is not that one", async () => {
    const { account, user, at } = await company();
    const first = await create.role(account, "account", "First", ["users.view"]);
    const second = await create.role(account, "account", "Second", ["users.add"]);
    await db.update(roles).set({ name: second.id }).where(eq(roles.id, first.id));
    await db.update(roles).set({ name: first.id }).where(eq(roles.id, second.id));
    const { rights } = await checked(account, user, {
      users: [["Ana", "Berg", at("ana"), ""]],
      account: onAccount(account, [at("ana"), first.id.toUpperCase(), ""]),
    });
    expect(rights.map(({ items }) => items)).toEqual([[first.id]]);
  });

  test("T51 T85 a role that grew between check and start refuses the file; half way it stops it", async () => {
    const { account, user, browser, at } = await company("imports.run", "users.create", "users.edit", "users.view");
    const role = await create.role(account, "account", "Desk", ["users.view"]);
    const { id, run, said } = await checked(account, user, {
      users: [["Ana", "Berg", at("ana"), ""]],
      account: onAccount(account, [at("ana"), "Desk", ""]),
    });
    expect(run.status, said.join()).toBe("checked");
    await db.insert(rolePermissions).values({ roleId: role.id, accountId: account.id, permission: "users.delete" });
    (await start(browser, id)).status;
    await runJobs();
    expect(await importNow({ id })).toMatchObject({ status: "refused", error: "starter_demoted" });
    expect(await userAt(at("ana"))).toBeUndefined();

    const halfway = await checkedImport(
      account,
      user,
      [
        { email: at("x"), action: "skip" },
        { email: at("bo"), rights: [{ items: [role.id] }] },
      ],
      { status: "running", startedBy: user.id, startedAt: new Date(), cursor: 1, done: 1, total: 2 },
    );
    await runImport(halfway.id);
    expect(await importNow(halfway)).toMatchObject({ status: "failed", error: "rights_lost" });
    expect(await userAt(at("bo"))).toBeUndefined();
  });

  test("T55 two Owners who demote each other by workbooks that were both checked: one stays", async () => {
    const { account, user, member, browser } = await company();
    const second = await create.colleague(account, ["owner"]);
    const theirs = await browserOf(second.user, account);
    const mine = await checked(account, user, {
      users: [],
      account: onAccount(account, [second.user.email, "Admin", ""]),
    });
    const other = await checked(account, second.user, {
      users: [],
      account: onAccount(account, [user.email, "Admin", ""]),
    });
    await Promise.all([start(browser, mine.id), start(theirs, other.id)]);
    await runJobs();
    await start(theirs, other.id);
    await start(browser, mine.id);
    await runJobs();
    const held = [...(await grantsOf(member.id)), ...(await grantsOf(second.member.id))].sort();
    expect(held).toEqual(["admin", "owner"]);
  });

  test("T55 who was disabled since the check does not count as the Owner that remains", async () => {
    const { account, user, member } = await company();
    const heir = await create.colleague(account, ["viewer"]);
    await db.update(users).set({ disabledAt: new Date() }).where(eq(users.id, heir.user.id));
    const row = (of: typeof member, before: string, item: string) => ({
      email: of.email,
      action: "update" as const,
      member: of,
      rights: [{ items: [item], before: [before] }],
    });
    const rows = [
      { email: "x@x.example", action: "skip" as const },
      row(member, "owner", "viewer"),
      row(heir.member, "viewer", "owner"),
    ];
    const going = {
      status: "running",
      startedBy: user.id,
      startedAt: new Date(),
      cursor: 1,
      done: 1,
      total: 3,
    } as const;
    const run = await checkedImport(account, user, rows, going);
    await runImport(run.id);
    expect(await grantsOf(member.id)).toEqual(["owner"]);
    expect((await peopleOf(run))[1]).toMatchObject({ result: "skipped", reason: "last_owner" });
  });
});

test("T85 who lost the right to edit users half way gives nobody new anything on the account any more", async () => {
  const { account, user, at } = await company("imports.run", "users.create", "users.view");
  const rows = [
    { email: "x@x.example", action: "skip" as const },
    { email: at("ana"), rights: [{ items: ["users.view"] }] },
  ];
  const going = { status: "running", startedBy: user.id, startedAt: new Date(), cursor: 1, done: 1, total: 2 } as const;
  const run = await checkedImport(account, user, rows, going);
  await runImport(run.id);
  expect(await importNow(run)).toMatchObject({ status: "failed", error: "rights_lost" });
  expect(await userAt(at("ana"))).toBeUndefined();
});

describe("between check and start", () => {
  test("D1 T31 T50 everything that was judged may have changed: nothing is created or given that could not be by now", async () => {
    const { account, user, browser, at, domain } = await company();
    const box = await create.mailbox(account);
    const role = await create.role(account, "account", "Soon gone", ["users.view"]);
    const [moved, gone, blocked] = [
      await create.colleague(account, []),
      await create.colleague(account, []),
      await create.colleague(account, []),
    ];
    const { id, run } = await checked(account, user, {
      users: [
        ["Ana", "Berg", at("ana"), "Y"],
        ["Bo", "Berg", at("bo"), ""],
      ],
      account: onAccount(
        account,
        [at("ana"), "Soon gone", ""],
        [moved.user.email, "Viewer", ""],
        [gone.user.email, "Viewer", ""],
        [blocked.user.email, "Viewer", ""],
      ),
      mailboxes: [{ id: box.id, rows: [[at("ana"), "Mailbox reader", ""]] }],
    });
    expect(run).toMatchObject({ status: "checked", counts: { create: 2, update: 3 } });
    await create.grant(moved.member, { permission: "users.view" });
    await db.update(members).set({ status: "removed" }).where(eq(members.id, gone.member.id));
    await db.execute(sql`update roles set ended_at = now() where id = ${role.id}`);
    await db.execute(sql`update mailboxes set archived_at = now() where id = ${box.id}`);
    await create.mailbox(account, { address: at("ana") });
    const taken = await create.user({ email: at("bo"), firstName: "Other" });
    (await start(browser, id)).status;
    await runJobs();
    const people = await peopleOf({ id });
    expect(people.map(({ email, result, reason }) => [email, result, reason])).toEqual([
      [at("ana"), "created", "mailbox_taken"],
      [at("bo"), "skipped", "in_use_meanwhile"],
      [moved.user.email, "skipped", "changed_meanwhile"],
      [gone.user.email, "skipped", "member_gone"],
      [blocked.user.email, "updated", null],
    ]);
    expect(await grantsOf(people[0]!.memberId!)).toEqual([]);
    expect(await userAt(at("bo"))).toEqual(taken);
    expect(domain.status).toBe("active");
  });

  test("R13 start and cancel at once: exactly one of them counts", async () => {
    for (let round = 0; round < 6; round++) {
      const { account, user, browser, at } = await company();
      const run = await checkedImport(account, user, [{ email: at("ana") }]);
      const both = await Promise.all([start(browser, run.id), browser.post(`/admin/imports/${run.id}/cancel`)]);
      expect(both.map(({ status }) => status).sort()).toEqual([303, 409]);
      await runJobs();
      const { status } = await importNow(run);
      expect(Boolean(await userAt(at("ana")))).toBe(status === "done");
      expect(["done", "cancelled"]).toContain(status);
      const logged = await db.select().from(events).where(eq(events.accountId, account.id));
      expect(logged.filter(({ name }) => ["import.started", "import.cancelled"].includes(name))).toHaveLength(1);
    }
  });
});

describe("what one file may cost", () => {
  /** An Account sheet of our own making: long texts stand in the file once, however many cells hold them. */
  function shared(account: Account, texts: string[], rows: [email: string, roles: number, codes: number][]): Buffer {
    const cell = (column: string, at: number, text: string) =>
      `<c r="${column}${at}" t="inlineStr"><is><t>${text}</t></is></c>`;
    const line = (at: number, cells: string) => `<row r="${at}">${cells}</row>`;
    const titled = line(1, cell("A", 1, `X - ${account.id}`));
    const headed = line(2, cell("A", 2, "Email") + cell("B", 2, "Roles") + cell("C", 2, "Permissions"));
    const said = rows.map(([email, roles, codes], n) =>
      line(
        n + 3,
        `${cell("A", n + 3, email)}<c r="B${n + 3}" t="s"><v>${roles}</v></c><c r="C${n + 3}" t="s"><v>${codes}</v></c>`,
      ),
    );
    return workbookFrom({
      sheets: [
        { name: "Users", xml: worksheet(headers) },
        { name: "Account", xml: worksheet(titled + headed + said.join("")) },
      ],
      strings: sharedStrings(...texts),
    });
  }
  const words = (letter: string, n: number) =>
    Array.from({ length: n }, (_, k) => `${letter}${k.toString(36)}`).join(",");

  test("T79 T84 thousands of faults in each of many cells: every cell is named, not every word of it", async () => {
    const { account, user, at, browser } = await company();
    const rows = Array.from({ length: 600 }, (_, n): [string, number, number] => [at(`p${n}`), 0, 1]);
    const book = shared(account, [words("r", 1600), words("c", 1600)], rows);
    const { id, run, problems } = await checked(account, user, book);
    expect(run).toMatchObject({ status: "refused", error: null });
    expect(run.counts.problems).toBe(600 * 20 + 600);
    expect(problems).toHaveLength(10_000);
    expect((await browser.get(`/admin/imports/${id}`).expect(200)).text.length).toBeLessThan(400_000);
  });

  test("T79 pairs of long cells, each pair another one, do not pile up in memory", async () => {
    const { account, user, at } = await company();
    const texts = Array.from({ length: 28 }, (_, n) => words(`${n.toString(36)}x`, 1200));
    const rows = texts.flatMap((_, n) => texts.map((_, k): [string, number, number] => [at(`p${n}-${k}`), n, k]));
    let most = 0;
    const began = process.memoryUsage().heapUsed;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().heapUsed - began);
    }, 20);
    const id = await uploaded(account, user, shared(account, texts, rows));
    await checkImport(id);
    clearInterval(watch);
    expect((await foundBy(id)).run).toMatchObject({ status: "refused", error: null });
    expect(most).toBeLessThan(220 * 1024 * 1024);
  });

  test("T92 workbooks are read in few lines of all installation, an account's in the same one", async () => {
    const lines = new Set<string>();
    for (let n = 0; n < 12; n++) {
      const account = await create.account();
      const own = new Set<string>();
      for (let k = 0; k < 2; k++) {
        const run = { id: crypto.randomUUID(), accountId: account.id };
        await db.transaction(async (tx) => {
          await queueCheck(tx, run);
          await queueFiles(tx, run);
        });
        const jobs = await db.execute<{ queue: string }>(sql`
          select q.queue_name as queue from graphile_worker._private_jobs j
          join graphile_worker._private_job_queues q on q.id = j.job_queue_id where j.payload->>'importId' = ${run.id}`);
        expect(jobs).toHaveLength(2);
        for (const { queue } of jobs) own.add(queue);
      }
      expect(own.size).toBe(2);
      for (const queue of own) lines.add(queue);
    }
    expect(lines.size).toBeLessThanOrEqual(4);
  });

  test("R21 a workbook at which the worker dies each time is given up, and the page says so", async () => {
    const { account, user, browser } = await company();
    const id = await uploaded(account, user, { users: [] });
    await db.update(imports).set({ status: "checking" }).where(eq(imports.id, id));
    await checkImportJob({ v: 1, importId: id }, { job: { attempts: 6, max_attempts: 8 } } as never);
    expect((await foundBy(id)).run).toMatchObject({ status: "failed" });
    await browser.post(`/admin/imports/${id}/check`).expect(303);
    await runJobs();
    expect((await foundBy(id)).run.status).toBe("checked");
  });
});

describe("names that mean something to a program", () => {
  test("T63 T71 sheets, titles and file names with quotes, formulas and markup are shown as they are", async () => {
    const { account, user, at, browser } = await company();
    const evil = `=1+1 <img src=x onerror=alert(1)> <%= 1 %> ' " & \u00e4`;
    const box = await create.mailbox(account, { name: evil });
    await create.role(account, "account", `<b>'=cmd</b> <%= 7*7 %>`, ["users.view"]);
    const { id, said } = await checked(account, user, {
      users: [
        [evil, "=HYPERLINK(1)", at("ana"), ""],
        ["A\u202Eb", "C", at("rtl"), ""],
      ],
      account: onAccount(account, [at("ana"), "<b>'=cmd</b> <%= 7*7 %>", ""]),
      mailboxes: [{ id: box.id, name: evil, rows: [[at("ana"), "Mailbox reader", ""]] }],
    });
    expect(said.filter((line) => line.startsWith("file"))).toEqual(["file name_unreadable Users!A3"]);
    await db
      .update(imports)
      .set({ fileName: `${evil}.xlsx` })
      .where(eq(imports.id, id));
    for (const page of ["", "/difference", "/people"]) {
      const { text } = await browser.get(`/admin/imports/${id}${page}`).expect(200);
      expect(text).not.toMatch(/<img src=x|<b>'=cmd|> 1 '/);
    }
    expect((await browser.get("/admin/imports/example.xlsx").expect(200)).headers["content-disposition"]).toMatch(
      /^attachment; filename="[^"]*"; filename\*=UTF-8''[^'"()*!;\s]*$/,
    );
    const download = await browser.get(`/admin/imports/${id}/files/upload`).expect(200);
    expect(download.headers["content-disposition"]).toMatch(/^attachment; filename="[^"\r\n]*"; /);
    expect(await db.$count(grants, and(eq(grants.accountId, account.id), isNull(grants.endedAt)))).toBe(1);
  });
});
