import "./support/outbox.ts";
import { eq, sql } from "drizzle-orm";
import { beforeEach, describe, expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { importPeople, importProblems, importRights, imports, type ProblemTier, users } from "../src/db/schema.ts";
import { storeFile } from "../src/files/store.ts";
import { enqueue } from "../src/queue.ts";
import { admin, browserOf } from "./support/browser.ts";
import { runJobs } from "./support/outbox.ts";
import { type Account, changesOf, create, type User } from "./support/world.ts";

type Row = typeof imports.$inferInsert;

async function made(account: Account, user: User, values: Partial<Row> = {}) {
  const base = { accountId: account.id, fileName: "people.xlsx", sha256: crypto.randomUUID(), uploadedBy: user.id };
  const [row] = await db
    .insert(imports)
    .values({ ...base, ...values })
    .returning();
  return row!;
}

const problem = (importId: string, number: number, tier: ProblemTier, more: object = {}) =>
  db.insert(importProblems).values({
    ...{ importId, number, tier, sheet: "Users", sheetNumber: 3, row: number + 1, column: "C", code: "cell_formula" },
    ...{ value: `=1+${number}`, ...more },
  });

const words = ({ text }: { text: string }) => text.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");

beforeEach(() => db.execute(sql`delete from rate_limits`));

describe("A47 the way there", () => {
  test("A47 the menu offers one and many, by what the visitor may; D8 without a domain both are off, with the reason", async () => {
    const { account, browser } = await admin("users.view", "imports.run", "users.create");
    const menu = async (who = browser) => (await who.get("/admin/users").expect(200)).text;
    expect(await menu()).toMatch(/Needs an active domain[\s\S]*can be changed with a workbook/);
    expect(await menu()).not.toContain('href="/admin/users/create"');
    await create.domain(account, { status: "active", verifiedAt: new Date(), activatedAt: new Date() });
    const open = await menu();
    expect(open).toContain('<a href="/admin/users/create">Create user</a>');
    expect(open).toContain('<a href="/admin/imports/new">Create users</a>');
    expect(open).not.toContain("Needs an active domain");
    const importer = await browserOf((await create.colleague(account, ["users.view", "imports.run"])).user, account);
    expect(await menu(importer)).not.toContain("/admin/users/create");
    const viewer = await browserOf((await create.colleague(account, ["viewer"])).user, account);
    expect(await menu(viewer)).not.toContain("/admin/imports");
    for (const path of ["/admin/imports", "/admin/imports/new"]) {
      expect((await viewer.get(path)).status).toBe(403);
      expect((await importer.get(path)).status).toBe(200);
    }
  });

  test("A56 the form offers the mailboxes that the visitor may share, shared ones only", async () => {
    const { account, user, member, browser } = await admin("imports.run");
    const [own, other, gone] = [
      await create.mailbox(account, { name: "Support" }),
      await create.mailbox(account, { name: "Press" }),
      await create.mailbox(account, { name: "Old", archivedAt: new Date() }),
    ];
    await create.mailbox(account, { name: "Mine", personalUserId: user.id });
    const form = async () => words(await browser.get("/admin/imports/new").expect(200));
    expect(await form()).not.toContain("Only some mailboxes");
    await create.grant(member, { systemRole: "mailbox_owner" }, own);
    expect(await form()).toContain("The shared mailbox gets a sheet.");
    expect(await form()).toContain(own.address);
    expect(await form()).not.toContain(other.address);
    await create.grant(member, { permission: "users.edit" });
    expect(await form()).toContain("Each of the 2 shared mailboxes gets a sheet.");
    expect(await form()).not.toContain(gone.address);
  });
});

describe("the history", () => {
  test("A56 names who, when, which file and what came of it, page by page, the account's own only", async () => {
    const { account, user, browser } = await admin("imports.run");
    const at = (minutes: number) => new Date(Date.now() - minutes * 60_000);
    for (let i = 0; i < 27; i++)
      await made(account, user, { fileName: `file ${i}.xlsx`, createdAt: at(i), status: "done" });
    const results = { create: 7, update: 2, skip: 1 };
    await made(account, user, { fileName: "newest.xlsx", status: "done", startedAt: at(0), results });
    const neighbour = await admin("imports.run");
    await made(neighbour.account, neighbour.user, { fileName: "theirs.xlsx" });
    const first = await browser.get("/admin/imports").expect(200);
    expect(words(first)).toMatch(/newest\.xlsx .*Done 7 created, 2 changed, 1 left out/);
    expect(words(first)).toContain(user.email);
    expect(words(first)).toContain("file 23.xlsx");
    expect(words(first)).not.toContain("file 24.xlsx");
    const older = first.text.match(/href="(\/admin\/imports\?before=[^"]+)"/)![1]!;
    const second = words(await browser.get(older).expect(200));
    expect(second).toContain("file 26.xlsx");
    expect(second).not.toContain("file 23.xlsx");
    expect(words(first) + second).not.toContain("theirs.xlsx");
    const odd = await browser.get(`/admin/imports?before=${crypto.randomUUID()}&before=x`);
    expect(odd.status).toBe(200);
  });
});

describe("the page of an import", () => {
  test("is there for who may import, 403 without the right, 404 for a neighbour", async () => {
    const { account, user, browser } = await admin("imports.run");
    const row = await made(account, user);
    await browser.get(`/admin/imports/${row.id}`).expect(200);
    const viewer = await browserOf((await create.colleague(account, ["viewer"])).user, account);
    await viewer.get(`/admin/imports/${row.id}`).expect(403);
    await (await admin("owner")).browser.get(`/admin/imports/${row.id}`).expect(404);
    await browser.get("/admin/imports/nothing.xlsx").expect(404);
  });

  test("R22 while it is checked the page asks for itself again, says how far it is, and whether anybody works on it", async () => {
    const { account, user, browser } = await admin("imports.run");
    const row = await made(account, user, { status: "checking", done: 1234, total: 5000 });
    const page = await browser.get(`/admin/imports/${row.id}`).expect(200);
    expect(page.text).toContain(`hx-get="/admin/imports/${row.id}" hx-trigger="every 2s"`);
    expect(words(page)).toContain("1,234 of 5,000 rows");
    expect(page.text).toMatch(/<progress[^>]*value="24"/);
    expect(words(page)).not.toContain("waits for a worker");
    await db.execute(
      sql`update imports set moved_at = now() - interval '20 seconds', status = 'queued' where id = ${row.id}`,
    );
    const part = await browser.get(`/admin/imports/${row.id}`).set("HX-Request", "true").expect(200);
    expect(part.text).not.toContain("<html");
    expect(words(part)).toContain("It waits for a worker of this installation");
    await db.execute(sql`update imports set status = 'checked', checked_at = now() where id = ${row.id}`);
    expect((await browser.get(`/admin/imports/${row.id}`)).text).not.toContain("every 2s");
  });

  test("T84 every mistake stands there with sheet, cell, value and remedy: what stops the file first, 200 of them, escaped", async () => {
    const { account, user, browser } = await admin("imports.run");
    const counts = { create: 3, problems: 201, warnings: 5 };
    const row = await made(account, user, { status: "refused", checkedAt: new Date(), counts });
    for (let i = 1; i <= 5; i++) await problem(row.id, i, "warning", { value: `warned ${i}` });
    for (let i = 6; i <= 206; i++) await problem(row.id, i, "file");
    await problem(row.id, 999, "file", { number: 0, value: "<img src=x onerror=alert(1)>", sheet: "A<b>&co" });
    const page = await browser.get(`/admin/imports/${row.id}`).expect(200);
    expect(page.text.match(/Stops the file/g)).toHaveLength(200);
    expect(words(page)).toMatch(/Users C7 =1\+6 The cell holds a formula\. Type the value into the cell/);
    expect(page.text).toContain("&lt;img src=x onerror=alert(1)&gt;");
    expect(page.text).not.toContain("<img");
    expect(words(page)).not.toContain("warned");
    expect(words(page)).toContain("The first 200 are shown, and 6 more are in the workbook with results.");
    expect(words(page)).toContain("Nothing was written");
    expect(page.text).not.toContain("/start");
  });

  test("T84 what counts elsewhere is to be moved, and not looked up where it does stand", async () => {
    const { account, user, browser } = await admin("imports.run");
    const row = await made(account, user, { status: "refused", checkedAt: new Date(), counts: { problems: 1 } });
    const viewer = { sheet: "Press", column: "B", value: "Viewer", values: { item: "Viewer" } };
    await problem(row.id, 1, "file", { code: "role_wrong_level", ...viewer });
    const said = words(await browser.get(`/admin/imports/${row.id}`).expect(200));
    expect(said).toContain("Move it to a sheet where it counts, or take it out.");
    expect(said).not.toContain("Use a name or an id of the sheet “Roles”");
  });

  test("T84 semicolons, lines and names as the pages have them are known for what they are meant to be", async () => {
    const { account, user, browser } = await admin("imports.run");
    const row = await made(account, user, { status: "refused", checkedAt: new Date(), counts: { problems: 4 } });
    const items = [
      ["role_unknown", "Viewer; Admin"],
      ["role_unknown", "Viewer\nAdmin"],
      ["permission_unknown", "view Users"],
      ["permission_unknown", "users.fly"],
    ] as const;
    for (const [at, [code, item]] of items.entries())
      await problem(row.id, at, "file", { code, value: item, values: { item } });
    const said = async () => words(await browser.get(`/admin/imports/${row.id}`).expect(200));
    expect((await said()).match(/Separate several with commas\./g)).toHaveLength(2);
    expect(await said()).toContain("There is no permission “view Users”. Write its code: users.view");
    expect(await said()).toMatch(/“users\.fly”\. Use a code of the sheet “Permissions”/);
    await db.update(users).set({ locale: "de" }).where(eq(users.id, user.id));
    await db
      .update(importProblems)
      .set({ values: { item: "Benutzer ansehen" } })
      .where(eq(importProblems.number, 2));
    expect(await said()).toContain("Schreiben Sie ihren Code: users.view");
    await db
      .update(importProblems)
      .set({ values: { item: "betrachter" } })
      .where(eq(importProblems.number, 1));
    expect(await said()).toContain("In der Arbeitsmappe heißt sie „Viewer“.");
  });

  test("T84 warnings of a sheet that say the same are one row, with all their cells", async () => {
    const { account, user, browser } = await admin("imports.run");
    const row = await made(account, user, {
      status: "checked",
      checkedAt: new Date(),
      counts: { create: 3, warnings: 3 },
    });
    for (let i = 1; i <= 3; i++) await problem(row.id, i, "warning", { value: `warned ${i}` });
    const said = words(await browser.get(`/admin/imports/${row.id}`).expect(200));
    expect(said).toMatch(/Users 3 cells C2 warned 1 C3 warned 2 C4 warned 3/);
    expect(said.match(/The cell holds a formula/g)).toHaveLength(1);
  });

  test("a workbook that cannot be read is refused with what is wrong, the limit and what to do", async () => {
    const { account, user, browser } = await admin("imports.run");
    const said = async (error: string, errorValues: Record<string, string>) => {
      const row = await made(account, user, { status: "refused", error, errorValues, checkedAt: new Date() });
      return words(await browser.get(`/admin/imports/${row.id}`).expect(200));
    };
    expect(await said("too_large_unpacked", { limit: "400" })).toMatch(/larger than 400 MB.*Split the people/);
    expect(await said("too_long", { limit: "120" })).toMatch(/took longer than 120 seconds/);
    expect(await said("uploader_gone", {})).toMatch(/may not import users any more/);
    expect(await said("a reason of another release", {})).toMatch(/damaged/);
  });

  test("X5 a report that nobody changed says 0 changes, and there is nothing to start", async () => {
    const { account, user, browser } = await admin("imports.run");
    const row = await made(account, user, { status: "checked", checkedAt: new Date(), counts: { same: 12 } });
    const page = await browser.get(`/admin/imports/${row.id}`).expect(200);
    expect(words(page)).toContain("0 changes");
    expect(page.text).not.toContain(`/admin/imports/${row.id}/start`);
    const changing = await made(account, user, { status: "checked", checkedAt: new Date(), counts: { update: 1 } });
    const other = await browser.get(`/admin/imports/${changing.id}`).expect(200);
    for (const path of ["start", "difference?kind=changes", "cancel"])
      expect(other.text).toContain(`/admin/imports/${changing.id}/${path}"`);
    expect(words(other)).not.toContain("0 changes");
    expect(words(other)).toContain(
      "Nothing has been written yet. Whoever is here already is told when their rights change.",
    );
    expect(words(other)).not.toContain("gets a mail to create a password");
  });

  test("a workbook with nobody in it says so, not that all of it is here already", async () => {
    const { account, user, browser } = await admin("imports.run");
    const empty = await made(account, user, { status: "checked", checkedAt: new Date(), counts: {} });
    const said = words(await browser.get(`/admin/imports/${empty.id}`).expect(200));
    expect(said).toContain("Nobody stands in this workbook Fill in a row for each person");
    expect(said).not.toContain("0 changes");
    const left = await made(account, user, { status: "checked", checkedAt: new Date(), counts: { skip: 2 } });
    const other = words(await browser.get(`/admin/imports/${left.id}`).expect(200));
    expect(other).toContain("Whoever is not left out is here already");
  });

  test("T87 its files are offered while they are there, and are gone with their days", async () => {
    const { account, user, browser } = await admin("imports.run");
    const times = { checkedAt: new Date(), startedAt: new Date() };
    const row = await made(account, user, { status: "done", ...times });
    for (const kind of ["upload", "annotated", "before"] as const) {
      const order = {
        accountId: account.id,
        kind,
        subjectId: row.id,
        name: `${kind}.xlsx`,
        mediaType: "x/y",
        days: 30,
      };
      await storeFile(order, (async function* () {})());
    }
    const links = async () => (await browser.get(`/admin/imports/${row.id}`)).text.match(/files\/\w+"/g) ?? [];
    expect(await links()).toEqual(['files/annotated"', 'files/before"']);
    expect((await browser.get("/admin/imports")).text).toContain(`/admin/imports/${row.id}/files/annotated`);
    // There is nothing to undo where nothing was written.
    await db.execute(sql`update imports set status = 'refused' where id = ${row.id}`);
    expect(new Set(await links())).toEqual(new Set(['files/annotated"']));
    await db.execute(sql`update imports set status = 'done' where id = ${row.id}`);
    await db.execute(sql`update files set expires_at = now() where subject_id = ${row.id}`);
    expect(await links()).toEqual([]);
    expect(words(await browser.get(`/admin/imports/${row.id}`))).toContain("Deleted: they are kept for 30 days.");
    await db.transaction((tx) => enqueue(tx, "sweep_leftovers", {}));
    await runJobs();
    expect(await db.execute(sql`select id from files where subject_id = ${row.id}`)).toHaveLength(0);
    await browser.get(`/admin/imports/${row.id}`).expect(200);
  });

  test("T87 who stood in it goes with its days; the history keeps its line, and what was never started is called off", async () => {
    const { account, user, browser } = await admin("imports.run", "users.view");
    const person = { position: 1, email: "ana@people.test", row: 2, firstName: "Ana", action: "create" as const };
    const keep = async (values: Partial<typeof imports.$inferInsert>) => {
      const row = await made(account, user, values);
      await db.insert(importPeople).values({ importId: row.id, ...person });
      await db.insert(importRights).values({ importId: row.id, position: 1, sheet: 2, row: 3, items: ["viewer"] });
      await db.insert(importProblems).values({ importId: row.id, number: 1, tier: "warning", code: "no_rights" });
      return row.id;
    };
    const [createdAt, sha256] = [new Date(Date.now() - 31 * 86_400_000), () => crypto.randomUUID()];
    const old = await keep({ status: "done", createdAt, sha256: sha256() });
    const idle = await keep({ status: "checked", createdAt, sha256: sha256() });
    const fresh = await keep({ status: "done", sha256: sha256() });
    await db.transaction((tx) => enqueue(tx, "sweep_leftovers", {}));
    await runJobs();
    for (const table of [importPeople, importRights, importProblems]) {
      const left = (await db.select({ id: table.importId }).from(table)).map(({ id }) => id);
      expect(left.filter((id) => [old, idle, fresh].includes(id))).toEqual([fresh]);
    }
    for (const id of [old, idle]) await browser.get(`/admin/imports/${id}`).expect(200);
    expect(words(await browser.get(`/admin/imports/${idle}`))).toContain("Cancelled");
  });
});

describe("a check that was given up", () => {
  test("R21 is shown with what to do, and made once more; works, forbidden, foreign, wrong state", async () => {
    const { account, user, browser } = await admin("imports.run");
    const row = await made(account, user, { status: "failed", error: "failed" });
    const at = `/admin/imports/${row.id}`;
    expect(words(await browser.get(at))).toMatch(/Given up.*failed again and again.*Check again/);
    const viewer = await browserOf((await create.colleague(account, ["viewer"])).user, account);
    expect((await viewer.post(`${at}/check`)).status).toBe(403);
    expect((await (await admin("owner")).browser.post(`${at}/check`)).status).toBe(404);
    expect((await browser.post(`${at}/check`)).headers.location).toBe(at);
    expect(words(await browser.get(at))).toContain("It is checked once more.");
    expect((await browser.post(`${at}/check`)).status).toBe(409);
    expect(await changesOf(account.id)).toEqual(["import.resumed"]);
    const jobs = await db.execute(sql`select 1 from graphile_worker.jobs where task_identifier = 'check_import'`);
    expect(jobs).toHaveLength(1);
    const started = await made(account, user, { status: "failed", startedAt: new Date() });
    expect((await browser.post(`/admin/imports/${started.id}/check`)).status).toBe(409);
  });
});
