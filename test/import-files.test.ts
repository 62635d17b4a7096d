import "./support/outbox.ts";
import { eq } from "drizzle-orm";
import ExcelJS from "exceljs";
import { describe, expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { files, importPeople, importProblems, importRights, imports, users } from "../src/db/schema.ts";
import { storeFile } from "../src/files/store.ts";
import { buildImportFiles } from "../src/import-files/build.ts";
import { workbookType } from "../src/import-files/kinds.ts";
import { enqueue } from "../src/queue.ts";
import type { Entry } from "../src/workbook/entries.ts";
import { admin, type Browser, owner } from "./support/browser.ts";
import { runJobs } from "./support/outbox.ts";
import { contentsOf, entriesIn, inPieces, type Wanted, workbookOf } from "./support/workbooks.ts";
import { changesOf, create, grantsOf } from "./support/world.ts";

type Home = Awaited<ReturnType<typeof owner>>;

/** The bytes of a download. */
async function download(browser: Browser, path: string) {
  const answer = await browser
    .get(path)
    .buffer(true)
    .parse((res, done) => {
      const chunks: Buffer[] = [];
      res.on("data", (chunk: Buffer) => chunks.push(chunk)).on("end", () => done(null, Buffer.concat(chunks)));
    })
    .expect(200);
  return { bytes: answer.body as Buffer, headers: answer.headers };
}

/** An import of this workbook as a check leaves it. */
async function checked(
  { account, user }: Home,
  wanted: Wanted | Buffer,
  values: Partial<typeof imports.$inferInsert> = {},
) {
  const [run] = await db
    .insert(imports)
    .values({
      ...{ accountId: account.id, fileName: "people.xlsx", sha256: crypto.randomUUID(), uploadedBy: user.id },
      ...{ status: "checked", checkedAt: new Date(), ...values },
    })
    .returning();
  const bytes = Buffer.isBuffer(wanted) ? wanted : await workbookOf(wanted);
  const order = { accountId: account.id, kind: "upload", subjectId: run!.id, name: "people.xlsx" } as const;
  const file = await storeFile({ ...order, mediaType: workbookType, days: 30 }, inPieces(bytes));
  await db.update(imports).set({ fileId: file.id }).where(eq(imports.id, run!.id));
  return run!;
}

const build = async (importId: string) => {
  await db.transaction((tx) => enqueue(tx, "build_import_files", { importId }));
  await runJobs();
};

describe("the example", () => {
  test("A56 A59 A60 A61 A65 A67 holds the account's own roles, permissions and shared mailboxes, and nobody", async () => {
    const home = await owner();
    const role = await create.role(home.account, "mailbox", "=Front desk", ["messages.read"]);
    const box = await create.mailbox(home.account, { name: "Users" });
    await create.mailbox(home.account, { name: "Gone", archivedAt: new Date() });
    const personal = await create.mailbox(home.account, { name: "Mine", personalUserId: home.user.id });
    const { bytes, headers } = await download(home.browser, "/admin/imports/example.xlsx");
    expect(headers["content-disposition"]).toContain("example.xlsx");
    expect(headers["content-type"]).toBe(workbookType);

    const book = new ExcelJS.Workbook();
    await book.xlsx.load(bytes as never);
    const names = ["Roles", "Permissions", "Users", "Account"];
    expect(book.worksheets.map(({ name }) => name)).toEqual([...names, "Users (2)", "Read me"]);
    const sheets = await contentsOf(bytes);
    expect(Object.values(sheets.Roles!)).toContainEqual(["Owner", "owner", "Account"]);
    expect(Object.values(sheets.Roles!)).toContainEqual(["=Front desk", role.id, "Mailbox"]);
    expect(sheets.Permissions![1]).toEqual(["Name", "Code", "Type"]);
    expect(Object.values(sheets.Users!)).toEqual([["First Name", "Last Name", "Email", "Create personal mailbox"]]);
    expect(sheets.Account).toEqual({
      1: [`${home.account.name} - ${home.account.id}`],
      2: ["Email", "Roles", "Permissions"],
    });
    expect(sheets["Users (2)"]![1]).toEqual([`Users - ${box.id}`]);
    expect(await entriesIn(bytes, home.account.id)).toEqual([]);

    const users = book.getWorksheet("Users")!;
    expect(users.getCell("D2").dataValidation).toMatchObject({
      type: "list",
      formulae: ['"Y,N"'],
      showErrorMessage: true,
    });
    expect(book.getWorksheet("Users (2)")!.getCell("B3").dataValidation).toMatchObject({
      formulae: ["Roles!$A$5:$A$8"],
      showErrorMessage: false,
    });
    expect(users.getCell("C1").note).toBeTruthy();
    expect(users.views[0]).toMatchObject({ state: "frozen", ySplit: 1 });

    const mine = await download(home.browser, `/admin/imports/example.xlsx?mailboxes=${box.id}&personal=on`);
    expect(Object.keys(await contentsOf(mine.bytes)).slice(4, 6)).toEqual(["Users (2)", "Mine"]);
    const one = await download(home.browser, `/admin/imports/example.xlsx?mailboxes=${personal.id}`);
    expect(Object.keys(await contentsOf(one.bytes)).slice(4, -1)).toEqual(["Mine"]);
  });

  test("helps in the reader's language, and is called what is read back in every one", async () => {
    const home = await owner();
    await db.update(users).set({ locale: "de" }).where(eq(users.id, home.user.id));
    const { bytes } = await download(home.browser, "/admin/imports/example.xlsx");
    const book = new ExcelJS.Workbook();
    await book.xlsx.load(bytes as never);
    const people = book.getWorksheet("Users")!;
    expect(people.getRow(1).values).toEqual([undefined, "First Name", "Last Name", "Email", "Create personal mailbox"]);
    expect(JSON.stringify(people.getCell("A1").note)).toContain("Nötig für alle, die neu sind.");
    expect(people.getCell("D2").dataValidation.prompt).toMatch(/^Y legt ein persönliches Postfach an/);
    expect(JSON.stringify(book.getWorksheet("Account")!.getCell("B2").note)).toContain("Die Rollen im Konto");
    const { "Read me": about, Permissions, Roles } = await contentsOf(bytes);
    expect(Object.values(about!)).toContainEqual(["Template version", "1"]);
    expect(Object.values(about!)).toContainEqual(["Zellen", expect.stringMatching(/^Nur Text: Formeln/)]);
    expect(Object.values(Permissions!)).toContainEqual(["Benutzer ansehen", "users.view", "Account"]);
    expect(Object.values(Roles!)).toContainEqual(["Viewer", "viewer", "Account"]);
    expect((await entriesIn(bytes, home.account.id)).length).toBe(0);
  });

  test("A67 holds only mailboxes that one may give access to, and a neighbour's is not found", async () => {
    const { account, member, browser } = await admin("imports.run");
    const [mine, other] = [await create.mailbox(account), await create.mailbox(account)];
    await create.grant(member, { permission: "members.grant" }, mine);
    const all = await contentsOf((await download(browser, "/admin/imports/example.xlsx?personal=on")).bytes);
    expect(Object.keys(all).slice(4, -1)).toEqual([mine.name]);
    const foreign = await create.mailbox(await create.account());
    for (const id of [other.id, foreign.id, "x"])
      await browser.get(`/admin/imports/example.xlsx?mailboxes=${id}`).expect(404);
  });

  test("is refused without the permission", async () => {
    const { browser } = await admin("users.view");
    await browser.get("/admin/imports/example.xlsx").expect(403);
  });
});

describe("the workbook back", () => {
  const people = (accountId: string, boxId: string): Wanted => ({
    users: [
      ["Ana", "Berg", "Ana@acme.test", "Y"],
      ["Bo", "Carl", "bo@elsewhere.test", null],
    ],
    account: {
      id: accountId,
      rows: [
        ["ana@acme.test", "Nobody", null],
        ["cy@acme.test", null, "users.view"],
      ],
    },
    mailboxes: [{ id: boxId, name: "Sales", rows: [["ana@acme.test", "Mailbox reader", null]] }],
  });
  const note = { tier: "file", sheet: "Users", sheetNumber: 1 } as const;

  test("X4 T84 has what is wrong in its cell, a word for each row, and a list of everything", async () => {
    const home = await owner();
    const box = await create.mailbox(home.account);
    const run = await checked(home, people(home.account.id, box.id), { status: "refused", finishedAt: new Date() });
    await db.insert(importProblems).values([
      { ...note, importId: run.id, number: 1, row: 3, column: "C", value: "bo@elsewhere.test", code: "cell_formula" },
      { ...note, importId: run.id, number: 2, row: 3, column: null, code: "users_missing", tier: "warning" },
      {
        importId: run.id,
        number: 3,
        tier: "address",
        sheet: "Account",
        sheetNumber: 2,
        row: 4,
        column: "A",
        code: "some_code",
      },
    ]);
    await build(run.id);

    const { bytes, headers } = await download(home.browser, `/admin/imports/${run.id}/files/annotated`);
    expect(headers["content-disposition"]).toContain("people - annotated.xlsx");
    const sheets = await contentsOf(bytes);
    expect(Object.keys(sheets)).toEqual(["Users", "Account", "Sales", "Read me", "Problems"]);
    expect(sheets.Users![1]!.slice(4)).toEqual(["Result", "Problem"]);
    expect(sheets.Users![2]).toEqual(["Ana", "Berg", "Ana@acme.test", "Y", "Not applied"]);
    expect(sheets.Users![3]!.slice(4)).toEqual(["Problem", expect.stringMatching(/formula.*There is no sheet/)]);
    expect(sheets.Account![2]).toEqual(["Email", "Roles", "Permissions", "Result", "Problem"]);
    expect(sheets.Account![4]![3]).toBe("Problem");
    expect(Object.values(sheets.Problems!)).toHaveLength(4);
    expect(sheets.Problems![2]!.slice(0, 3)).toEqual(["Users", "C3", "bo@elsewhere.test"]);

    const book = new ExcelJS.Workbook();
    await book.xlsx.load(bytes as never);
    const cell = book.getWorksheet("Users")!.getCell("C3");
    expect(cell.value).toBe("bo@elsewhere.test");
    expect(cell.fill).toMatchObject({ fgColor: { argb: "FFFBD5D5" } });
    expect(JSON.stringify(cell.note)).toContain("formula");

    // Uploaded again it says the same as the first time.
    const entries = (said: Awaited<ReturnType<typeof entriesIn>>) => said.filter((each) => "kind" in each);
    expect(entries(await entriesIn(bytes, home.account.id))).toEqual(
      entries(await entriesIn(await workbookOf(people(home.account.id, box.id)), home.account.id)),
    );

    const failed = await contentsOf((await download(home.browser, `/admin/imports/${run.id}/files/failed`)).bytes);
    expect(Object.values(failed.Users!).map((row) => row[2])).toEqual(["Email", "bo@elsewhere.test"]);
    expect(Object.values(failed.Account!).map((row) => row[0])).toEqual([expect.any(String), "Email", "cy@acme.test"]);
    expect(Object.keys(failed)).toEqual(["Users", "Account", "Sales", "Read me"]);
    await home.browser.get(`/admin/imports/${run.id}/files/before`).expect(404);
    expect((await changesOf(home.account.id)).filter((name) => name === "import.downloaded")).toHaveLength(2);
  });

  test("X4 says what became of each in the language of its problems", async () => {
    const home = await owner();
    await db.update(users).set({ locale: "de" }).where(eq(users.id, home.user.id));
    const box = await create.mailbox(home.account);
    const run = await checked(home, people(home.account.id, box.id), { status: "refused", finishedAt: new Date() });
    const at = { row: 3, column: "C", value: "bo@elsewhere.test", code: "cell_formula" };
    await db.insert(importProblems).values({ ...note, importId: run.id, number: 1, ...at });
    await build(run.id);
    const { Users, Problems } = await contentsOf(
      (await download(home.browser, `/admin/imports/${run.id}/files/annotated`)).bytes,
    );
    expect([Users![2]![4], Users![3]![4]]).toEqual(["Nicht übernommen", "Problem"]);
    expect(Problems![2]!.at(-1)).toBe("Die ganze Datei wird abgelehnt.");
  });

  test("X4 says after the run what became of each, and is replaced when it is made again", async () => {
    const home = await owner();
    const box = await create.mailbox(home.account);
    const run = await checked(home, people(home.account.id, box.id));
    const person = { importId: run.id, firstName: "x", lastName: "y" };
    await db.insert(importPeople).values([
      { ...person, position: 1, email: "ana@acme.test", row: 2, action: "create" },
      { ...person, position: 2, email: "bo@elsewhere.test", row: 3, action: "create" },
      { ...person, position: 3, email: "cy@acme.test", row: null, action: "skip", reason: "cell_date" },
    ]);
    await build(run.id);
    const results = async (kind: string) => {
      const sheets = await contentsOf((await download(home.browser, `/admin/imports/${run.id}/files/${kind}`)).bytes);
      return [
        ...Object.values(sheets.Users!)
          .slice(1)
          .map((row) => row[4]),
        ...Object.values(sheets.Account!)
          .slice(2)
          .map((row) => row[3]),
      ];
    };
    expect(await results("annotated")).toEqual(["To be created", "To be created", "To be created", "Left out"]);
    expect(await results("failed")).toEqual(["Left out"]);

    await db.update(imports).set({ status: "done", finishedAt: new Date() }).where(eq(imports.id, run.id));
    await db.update(importPeople).set({ result: "created" }).where(eq(importPeople.importId, run.id));
    await db
      .update(importPeople)
      .set({ result: "skipped", reason: "cell_date" })
      .where(eq(importPeople.email, "cy@acme.test"));
    await buildImportFiles(run.id);
    await build(run.id);
    expect(await results("annotated")).toEqual(["Created", "Created", "Created", "Left out"]);
    const kept = await db.select({ kind: files.kind }).from(files).where(eq(files.subjectId, run.id));
    expect(kept.map(({ kind }) => kind).sort()).toEqual(["annotated", "failed", "upload"]);
  });

  test("X4 keeps what somebody else's program wrote: moved columns, other sheets, empty rows between", async () => {
    const home = await owner();
    const book = new ExcelJS.Workbook();
    const sheet = book.addWorksheet("users");
    sheet.getRow(2).values = ["Note", "Email", "Last Name", "First Name", "Create personal mailbox"];
    sheet.getRow(5).values = ["=x", { text: "ana@acme.test", hyperlink: "mailto:ana@acme.test" }, "Berg", "Ana"];
    sheet.getRow(9).values = [null, { formula: "B5" }, "Berg", "Bo"];
    book.addWorksheet("Prices").getRow(3).values = ["Tea", 4];
    const run = await checked(home, Buffer.from(await book.xlsx.writeBuffer()), { status: "refused" });
    await db
      .insert(importProblems)
      .values({ ...note, importId: run.id, number: 1, sheet: "users", row: 9, column: "B", code: "cell_formula" });
    await build(run.id);
    const { bytes } = await download(home.browser, `/admin/imports/${run.id}/files/annotated`);
    const sheets = await contentsOf(bytes);
    expect(sheets.users![5]).toEqual(["=x", "ana@acme.test", "Berg", "Ana", null, "Not applied"]);
    expect(sheets.users![9]!.slice(1, 6)).toEqual(["=B5", "Berg", "Bo", null, "Problem"]);
    expect(sheets.Prices).toEqual({ 3: ["Tea", "4"] });
    const failed = await contentsOf((await download(home.browser, `/admin/imports/${run.id}/files/failed`)).bytes);
    expect(failed.Prices).toBeUndefined();
    expect(Object.values(failed.users!)).toHaveLength(2);
  });

  test("X5 the file of what was before holds the earlier names and rights of what is changed", async () => {
    const home = await owner();
    const role = await create.role(home.account, "account", "Desk", ["users.view"]);
    const box = await create.mailbox(home.account, { name: "Sales" });
    const run = await checked(home, { users: [] });
    const person = { importId: run.id, firstName: "x", lastName: "y", action: "update" } as const;
    await db.insert(importPeople).values([
      { ...person, position: 1, email: "ana@acme.test", row: 2, namesBefore: { firstName: "=Ana", lastName: "Berg" } },
      { ...person, position: 2, email: "bo@acme.test" },
      { ...person, position: 3, email: "cy@acme.test", action: "create" },
    ]);
    const right = { importId: run.id, sheet: 2, row: 3, items: [] };
    await db.insert(importRights).values([
      { ...right, position: 1, before: [role.id, "users.view", "viewer"] },
      { ...right, position: 2, before: ["admin"], changed: false },
      { ...right, position: 2, sheet: 3, mailboxId: box.id, before: [] },
      { ...right, position: 3, before: null },
    ]);
    await build(run.id);
    const { bytes } = await download(home.browser, `/admin/imports/${run.id}/files/before`);
    const said = await entriesIn(bytes, home.account.id);
    expect(said).toHaveLength(3);
    expect(said as Entry[]).toMatchObject([
      { kind: "user", email: "ana@acme.test", firstName: "=Ana", lastName: "Berg", personalMailbox: false },
      { mailboxId: null, email: "ana@acme.test", roles: ["Desk", "Viewer"], permissions: ["users.view"] },
      { mailboxId: box.id, email: "bo@acme.test", roles: [], permissions: [] },
    ]);
  });
});

test("X4 X5 a check makes the files, and the one of what was before undoes the change", async () => {
  const home = await owner();
  const { account, browser } = home;
  const box = await create.mailbox(account, { name: "Sales" });
  const { user, member } = await create.colleague(account, ["viewer"]);
  await create.grant(member, { systemRole: "mailbox_reader" }, box);
  const wanted: Wanted = {
    users: [],
    account: {
      id: account.id,
      rows: [
        [user.email, null, "users.view"],
        ["nobody@acme.test", "Viewer", null],
      ],
    },
    mailboxes: [{ id: box.id, rows: [[user.email, "Mailbox editor", null]] }],
  };
  const upload = async (bytes: Buffer) => {
    const answer = await browser.agent
      .post(`/admin/imports?_account=${account.id}`)
      .redirects(0)
      .set("Origin", process.env.BASE_URL ?? "")
      .attach("file", bytes, "people.xlsx")
      .expect(303);
    await runJobs();
    const id = answer.headers.location!.split("/").at(-1)!;
    const [run] = await db.select().from(imports).where(eq(imports.id, id));
    return run!;
  };
  const run = await upload(await workbookOf(wanted));
  expect(run).toMatchObject({ status: "checked", counts: { update: 1, skip: 1 } });
  const annotated = await contentsOf((await download(browser, `/admin/imports/${run.id}/files/annotated`)).bytes);
  expect(annotated.Account![3]!.slice(3)).toEqual(["To be changed"]);
  expect(annotated.Account![4]!.slice(3)).toEqual(["Problem", expect.stringContaining("Users")]);
  const failed = await contentsOf((await download(browser, `/admin/imports/${run.id}/files/failed`)).bytes);
  expect(
    Object.values(failed.Account!)
      .slice(2)
      .map((row) => row[0]),
  ).toEqual(["nobody@acme.test"]);

  // As nothing was changed yet, what was before is what is there: uploading it changes nothing.
  const before = (await download(browser, `/admin/imports/${run.id}/files/before`)).bytes;
  const idle = await upload(before);
  expect(idle).toMatchObject({ status: "checked", counts: { create: 0, update: 0, same: 1, problems: 0 } });
  // The same bytes are one import while it waits (R13).
  await browser.post(`/admin/imports/${idle.id}/cancel`).expect(303);

  const held = await grantsOf(member.id);
  const start = async (id: string) => {
    await browser.post(`/admin/imports/${id}/start`, { create: "0", update: "1" }).expect(303);
    await runJobs();
  };
  await start(run.id);
  expect(await grantsOf(member.id)).toEqual([`mailbox_editor@${box.id}`, "users.view"]);
  const done = await contentsOf((await download(browser, `/admin/imports/${run.id}/files/annotated`)).bytes);
  expect(done.Account![3]!.slice(3)).toEqual(["Changed"]);

  const undoing = await upload((await download(browser, `/admin/imports/${run.id}/files/before`)).bytes);
  await start(undoing.id);
  expect(await grantsOf(member.id)).toEqual(held);
}, 90_000);

describe("a download", () => {
  test("T87 is there for who may import, in their account, until it is over", async () => {
    const home = await owner();
    const run = await checked(home, { users: [] });
    await build(run.id);
    const path = `/admin/imports/${run.id}/files/annotated`;
    await home.browser.get(path).expect(200);
    await home.browser.get(`/admin/imports/${run.id}/files/upload`).expect(200);
    await home.browser.get(`/admin/imports/${run.id}/files/report`).expect(404);
    await (await owner()).browser.get(path).expect(404);
    await (await admin("users.view")).browser.get(path).expect(403);
    await db
      .update(files)
      .set({ expiresAt: new Date(0) })
      .where(eq(files.subjectId, run.id));
    await home.browser.get(path).expect(404);
  });

  test("R18 nothing half stays when the worker ends, and the next one makes all of it", async () => {
    const home = await owner();
    const run = await checked(home, { users: [["Ana", "Berg", "ana@acme.test", null]] });
    await expect(buildImportFiles(run.id, AbortSignal.abort(new Error("the worker ends")))).rejects.toThrow();
    const kinds = async () => {
      const rows = await db.select({ kind: files.kind }).from(files).where(eq(files.subjectId, run.id));
      return rows.map(({ kind }) => kind).sort();
    };
    await expect.poll(kinds).toEqual(["upload"]);
    await Promise.all([buildImportFiles(run.id), buildImportFiles(run.id)]);
    expect(await kinds()).toEqual(["annotated", "upload"]);
  });

  test("nothing is made of a file that could not be read, or was called off", async () => {
    const home = await owner();
    for (const values of [{ status: "refused", error: "damaged" }, { status: "cancelled" }] as const) {
      const run = await checked(home, { users: [] }, values);
      await build(run.id);
      await home.browser.get(`/admin/imports/${run.id}/files/annotated`).expect(404);
    }
  });
});
