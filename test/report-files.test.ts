import { eq, sql } from "drizzle-orm";
import { beforeEach, describe, expect, test } from "vitest";
import yauzl from "yauzl";
import { actorOf, loadVisitor } from "../src/access/load-actor.ts";
import { config } from "../src/config.ts";
import { db } from "../src/db/client.ts";
import { files, members, type ReportFormat, type ReportScope, reports, users } from "../src/db/schema.ts";
import { readFile } from "../src/files/read.ts";
import { csvLine } from "../src/http/csv.ts";
import { buildReport } from "../src/report-building/build.ts";
import type { Entry, Problem } from "../src/workbook/entries.ts";
import { EntryReader } from "../src/workbook/read-entries.ts";
import { readWorkbook } from "../src/xlsx/read.ts";
import { readPdf } from "./support/pdf.ts";
import { type Account, create, type User } from "./support/world.ts";

const everything: ReportScope = { filter: "", memberIds: [], mailboxIds: "all", personal: false, bom: false };

/** A report as the line of jobs makes it; its files in order. */
async function made(account: Account, user: User, format: ReportFormat, scope: Partial<ReportScope> = {}) {
  const values = { accountId: account.id, orderedBy: user.id, format, scope: { ...everything, ...scope } };
  const [report] = await db.insert(reports).values(values).returning();
  await buildReport(report!.id);
  const [done] = await db.select().from(reports).where(eq(reports.id, report!.id));
  expect(done).toMatchObject({ status: "done" });
  return {
    report: done!,
    parts: await db.select().from(files).where(eq(files.subjectId, report!.id)).orderBy(files.part),
  };
}

async function bytesOf(id: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of readFile(id)) parts.push(part);
  return Buffer.concat(parts);
}

async function company(name?: string) {
  const account = await create.account(name ? { name } : {});
  const { user, member } = await create.colleague(account, ["owner"]);
  return { account, user, member };
}

/** RFC 4180, read strictly: every cell quoted, lines end in CR LF. */
function cellsOf(text: string): string[][] {
  const rows: string[][] = [[]];
  const cell = /"((?:[^"]|"")*)"(,|\r\n)/gy;
  let end = 0;
  for (let found = cell.exec(text); found; found = cell.exec(text)) {
    rows.at(-1)!.push(found[1]!.replaceAll('""', '"'));
    if (found[2] === "\r\n") rows.push([]);
    end = cell.lastIndex;
  }
  expect(end, `cannot be read from ${text.slice(end, end + 50)}`).toBe(text.length);
  return rows.slice(0, -1);
}

describe("CSV", () => {
  const hostile = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "\u00a0-1", "＝1", "＋1", "－1", "＠x", "\u3000=1"];

  test("T71 no cell begins as a formula, quotes and line ends stay inside their cell", async () => {
    const { account, user } = await company();
    for (const firstName of [...hostile, 'Say "hi", now', "two\r\nlines", "Zoë 山田 🙂"]) {
      await create.member(account, null, { firstName, lastName: "" });
    }
    const { parts } = await made(account, user, "csv", { filter: "sort=name&dir=asc" });
    const text = (await bytesOf(parts[0]!.id)).toString();
    const rows = cellsOf(text);
    expect(rows).toHaveLength(17);
    expect(new Set(rows.map((row) => row.length))).toEqual(new Set([10]));
    const names = rows.slice(1).map(([first]) => first);
    for (const name of hostile) expect(names).toContain(`'${name}`);
    expect(names).toEqual(expect.arrayContaining(['Say "hi", now', "two\r\nlines", "Zoë 山田 🙂"]));
    for (const cell of rows.flat()) expect(cell).not.toMatch(/^(?:\s*[=+\-@＝＋－＠]|[\t\r\n])/);
    expect(csvLine(["\r=1", "a=1"])).toBe(`"'\r=1","a=1"\r\n`);
    // Where a semicolon divides, each name of a list begins a cell.
    expect(csvLine(["Desk; =1+1;@x; Sales"])).toBe(`"Desk;' =1+1;'@x; Sales"\r\n`);
  });

  test("has every column of the list, in the reader's language, times as RFC 3339, a mark only where asked for", async () => {
    const { account, user, member } = await company();
    await db.update(users).set({ locale: "de", timeZone: "Asia/Tokyo" }).where(eq(users.id, user.id));
    const at = new Date("2026-03-12T23:30:15.400Z");
    await db.update(members).set({ createdAt: at, lastSignInAt: at, corporate: true }).where(eq(members.id, member.id));
    const role = await create.role(account, "account", "Press", ["messages.read"]);
    const reader = await create.member(account, null, {
      createdAt: new Date("2026-03-11T00:00:00Z"),
      firstName: "Ana",
    });
    await create.grant(reader, { systemRole: "viewer" });
    await create.grant(reader, { permission: "users.edit" });
    const both = [await create.mailbox(account, { name: "Sales" }), await create.mailbox(account, { name: "Desk" })];
    const boxed = await create.member(account, null, { createdAt: new Date("2026-03-10T00:00:00Z") });
    for (const box of both) {
      await create.grant(boxed, { systemRole: "mailbox_reader" }, box);
      await create.grant(boxed, { permission: "messages.send" }, box);
    }
    const pressed = await create.member(account, null, { createdAt: new Date("2026-03-09T00:00:00Z") });
    await create.grant(pressed, { role });

    const { parts } = await made(account, user, "csv", { bom: true });
    const bytes = await bytesOf(parts[0]!.id);
    expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    const [head, ...rows] = cellsOf(bytes.subarray(3).toString());
    expect(head!.slice(0, 5)).toEqual(["Vorname", "Nachname", "E-Mail-Adresse", "Status", "Firmenbenutzer"]);
    expect(head).not.toContain("First name");
    const [owner, ana, desk, press] = rows;
    expect(owner!.slice(2)).toEqual([
      user.email,
      "Aktiv",
      "Ja",
      "Inhaber",
      "",
      "Alle, durch Rolle",
      "2026-03-12T23:30:15Z",
      "2026-03-12T23:30:15Z",
    ]);
    expect(ana!.slice(3, 9)).toEqual(["Eingeladen", "Nein", "Betrachter", "users.edit", "Alle, durch Rolle", ""]);
    expect(desk!.slice(5, 8)).toEqual(["", "", "Desk; Sales"]);
    expect(press!.slice(5, 8)).toEqual(["Press", "", "Alle, durch Rolle"]);
    const plain = await made(account, user, "csv");
    expect((await bytesOf(plain.parts[0]!.id))[0]).toBe('"'.charCodeAt(0));
  });
});

/** The parts of a workbook as text, by name. */
function partsOf(bytes: Buffer): Promise<Map<string, string>> {
  return new Promise((resolve, reject) =>
    yauzl.fromBuffer(bytes, { lazyEntries: true }, (error, zip) => {
      if (error) return reject(error);
      const found = new Map<string, string>();
      zip.on("entry", (entry) =>
        zip.openReadStream(entry, async (_, stream) => {
          const chunks: Buffer[] = [];
          for await (const chunk of stream!) chunks.push(chunk as Buffer);
          found.set(entry.fileName, Buffer.concat(chunks).toString());
          zip.readEntry();
        }),
      );
      zip.on("end", () => resolve(found));
      zip.readEntry();
    }),
  );
}

/** What the import reads from a file of ours: people, and who holds what where, as typed. */
async function readBack(account: Account, fileId: string) {
  const reader = new EntryReader(account.id);
  const said: (Entry | Problem)[] = [];
  const sheets: string[] = [];
  for await (const events of readWorkbook(readFile(fileId))) {
    for (const event of events) {
      if (event.type === "sheet") sheets.push(event.name);
      said.push(...reader.take(event));
    }
  }
  said.push(...reader.end());
  expect(said.filter((one) => "tier" in one)).toEqual([]);
  const entries = said.filter((one): one is Entry => "kind" in one);
  return {
    sheets,
    people: entries.flatMap((entry) => (entry.kind === "user" ? [[entry.firstName, entry.lastName, entry.email]] : [])),
    rights: entries.flatMap((entry) =>
      entry.kind === "rights"
        ? [`${entry.email} ${entry.mailboxId ?? ""}: ${[...entry.roles, ...entry.permissions].sort().join(",")}`]
        : [],
    ),
  };
}

describe("the workbook", () => {
  test("D16 X5 read back it holds the same people and the same grants", async () => {
    const { account, user, member } = await company('Näme = "x" & <b>');
    const press = await create.role(account, "account", "Press", ["users.view"]);
    const impostor = await create.role(account, "account", "Admin", ["users.view"]);
    const desk = await create.role(account, "mailbox", "Desk", ["messages.read"]);
    const boxes = [
      await create.mailbox(account, { name: "Sales: [EU] / 2026? A very long name indeed" }),
      await create.mailbox(account, { name: "Sales: [EU] / 2026? A very long name indeed" }),
      await create.mailbox(account, { name: "Users" }),
    ];
    const archived = await create.mailbox(account, { archivedAt: new Date() });
    const own = await create.mailbox(account, { personalUserId: user.id });
    const ana = await create.member(account, null, { firstName: "=Ana", lastName: "O'Neil <i>" });
    await create.grant(ana, { role: press });
    await create.grant(ana, { role: impostor });
    await create.grant(ana, { systemRole: "admin" });
    await create.grant(ana, { permission: "users.edit" });
    await create.grant(ana, { permission: "audit.view" });
    await create.grant(ana, { role: desk }, boxes[0]);
    await create.grant(ana, { permission: "messages.send" }, boxes[0]);
    await create.grant(ana, { systemRole: "mailbox_owner" }, boxes[2]);
    await create.grant(ana, { systemRole: "mailbox_owner" }, archived);
    await create.grant(ana, { systemRole: "mailbox_owner" }, own);
    const bare = await create.member(account, null, { status: "draft", firstName: "Bo", lastName: "Bare" });
    const blocked = await create.member(account, await create.user(), { status: "blocked" });
    await create.grant(blocked, { systemRole: "mailbox_reader" }, boxes[1]);
    for (const status of ["declined", "revoked", "expired"] as const) await create.member(account, null, { status });

    const { report, parts } = await made(account, user, "xlsx");
    expect(report).toMatchObject({ total: 7, leftOut: 3, done: 7 });
    expect(parts.map(({ name }) => name)).toEqual([expect.stringMatching(/^users-\d{4}-\d\d-\d\d\.xlsx$/)]);
    const { sheets, people, rights } = await readBack(account, parts[0]!.id);
    expect(sheets.slice(0, 4)).toEqual(["Roles", "Permissions", "Users", "Account"]);
    expect(sheets).toHaveLength(8);
    const of = ({ firstName, lastName, email }: typeof ana) => [firstName, lastName, email];
    expect(people).toEqual([of(blocked), of(bare), of(ana), of(member)]);
    expect(rights.toSorted()).toEqual(
      [
        `${member.email} : Owner`,
        `${ana.email} : ${[impostor.id, "Press", "admin", "audit.view", "users.edit"].sort().join(",")}`,
        `${bare.email} : `,
        `${blocked.email} : `,
        `${ana.email} ${boxes[0]!.id}: Desk,messages.send`,
        `${ana.email} ${boxes[2]!.id}: Mailbox owner`,
        `${blocked.email} ${boxes[1]!.id}: Mailbox reader`,
      ].toSorted(),
    );
  });

  test("T71 holds text only: no formula, no link, nothing that a program would run", async () => {
    const { account, user } = await company();
    for (const firstName of ["=1+1", "+1", "-1", "@x", "＝1"]) await create.member(account, null, { firstName });
    const { parts } = await made(account, user, "xlsx");
    const found = await partsOf(await bytesOf(parts[0]!.id));
    const sheets = [...found].filter(([name]) => name.startsWith("xl/worksheets/"));
    expect(sheets.length).toBeGreaterThan(3);
    const text = [...found.values()].join("");
    expect(text).not.toMatch(/<f[ >]|<hyperlink|oleObject|externalLink/);
    expect(text).toContain("=1+1");
    expect([...found.keys()].filter((name) => /vba|macro|external|embed/i.test(name))).toEqual([]);
  });

  test("has the sheets of mailboxes that were chosen, personal ones on request", async () => {
    const { account, user } = await company();
    const one = await create.mailbox(account, { name: "One" });
    await create.mailbox(account, { name: "Two" });
    await create.mailbox(account, { name: "Own", personalUserId: user.id });
    const named = async (scope: Partial<ReportScope>) => {
      const { parts } = await made(account, user, "xlsx", scope);
      return (await readBack(account, parts[0]!.id)).sheets.slice(4, -1);
    };
    expect(await named({})).toEqual(["One", "Two"]);
    expect(await named({ mailboxIds: [one.id] })).toEqual(["One"]);
    expect(await named({ personal: true })).toEqual(["One", "Two", "Own"]);
  });

  describe("over the limits of an import", () => {
    const limits = { IMPORT_ROWS: config.IMPORT_ROWS, UPLOAD_MEGABYTES: config.UPLOAD_MEGABYTES };
    beforeEach(() => void Object.assign(config, limits));

    async function crowd(count: number) {
      const home = await company();
      const box = await create.mailbox(home.account, { name: "Box" });
      await db.execute(sql`
        with people as (insert into members (account_id, email, first_name, last_name, status, created_at)
          select ${home.account.id}, 'p' || n || '@crowd.test', md5(n::text), md5(md5(n::text)), 'invited', now() - make_interval(secs => n)
          from generate_series(1, ${count}::int) n returning *)
        insert into grants (account_id, member_id, mailbox_id, system_role, source)
        select account_id, id, ${box.id}::uuid, 'mailbox_reader', 'direct' from people`);
      return { ...home, box };
    }

    test("D16 it comes in numbered parts, each a valid import of its own people", async () => {
      const { account, user, box } = await crowd(6);
      config.IMPORT_ROWS = 3;
      const { parts } = await made(account, user, "xlsx");
      expect(parts.map(({ part, name }) => `${part} ${name.replace(/\d{4}-\d\d-\d\d/, "day")}`)).toEqual([
        "1 users-day-part-1.xlsx",
        "2 users-day-part-2.xlsx",
        "3 users-day-part-3.xlsx",
      ]);
      const read = await Promise.all(parts.map(({ id }) => readBack(account, id)));
      expect(read.map(({ people }) => people.length)).toEqual([3, 3, 1]);
      for (const { people, rights } of read) {
        const addresses = new Set(people.map(([, , email]) => email));
        expect(rights.filter((right) => !addresses.has(right.split(" ")[0]!))).toEqual([]);
        expect(rights.filter((right) => right.includes(box.id))).toHaveLength(
          people.filter(([, , email]) => email?.endsWith("crowd.test")).length,
        );
      }
    });

    test("D16 no part is larger than an upload may be", async () => {
      const { account, user } = await crowd(1500);
      Object.assign(config, { UPLOAD_MEGABYTES: 0.06 });
      const { parts } = await made(account, user, "xlsx");
      Object.assign(config, limits);
      expect(parts.length).toBeGreaterThan(1);
      for (const { size } of parts) expect(size).toBeLessThanOrEqual(0.06 * 1024 * 1024);
      const read = await Promise.all(parts.map(({ id }) => readBack(account, id)));
      expect(read.flatMap(({ people }) => people)).toHaveLength(1501);
      expect(parts.map(({ part }) => part)).toEqual(parts.map((_, at) => at + 1));
    });
  });
});

test("the document has the same rows, with its filter, who asked for it, and the totals of the snapshot", async () => {
  const { account, user } = await company("Northwind");
  const role = await create.role(account, "account", "Press desk", ["users.view"]);
  for (const firstName of ["=Ana", "山田", "Zoë"]) {
    const member = await create.member(account, null, { firstName, lastName: "Lind" });
    await create.grant(member, { role });
  }
  const { parts } = await made(account, user, "pdf", { filter: `status=invited&role=${role.id}` });
  expect(parts[0]!.name).toMatch(/\.pdf$/);
  const bytes = await bytesOf(parts[0]!.id);
  expect(bytes.subarray(0, 5).toString()).toBe("%PDF-");
  const text = (await readPdf(bytes)).pages.join("\n");
  for (const words of [
    "Northwind",
    "Status: Invited",
    "Role: Press desk",
    "=Ana Lind",
    "山田 Lind",
    "Zoë Lind",
    user.email,
  ])
    expect(text).toContain(words);
});

test("the document names single permissions too: whoever holds only those does not seem to hold nothing", async () => {
  const { account, user, member } = await company();
  const auditor = await create.member(account, null, { firstName: "Ada", lastName: "Lind" });
  await create.grant(auditor, { permission: "audit.view" });
  await db.update(users).set({ locale: "de" }).where(eq(users.id, user.id));
  const { parts } = await made(account, user, "pdf", { memberIds: [auditor.id, member.id] });
  const [, ...table] = (await readPdf(await bytesOf(parts[0]!.id))).pages;
  expect(table.join("\n")).toContain("Rollen und Berechtigungen");
  expect(table.join("\n")).toMatch(/Ada Lind[^–]*Audit-Protokoll ansehen/);
});

test("R27 a report is of one moment: what changes while it is made is not in it, and it is made again from the start", async () => {
  const { account, user } = await company();
  const actor = actorOf((await loadVisitor(user.id, account.id))!, {})!;
  const { inSnapshot } = await import("../src/db/snapshot.ts");
  const { reportRows } = await import("../src/report-files/rows.ts");
  await create.member(account, null);
  const seen = await inSnapshot(async (tx) => {
    await tx.execute(sql`select 1 from members limit 1`);
    await create.member(account, null);
    let count = 0;
    for await (const rows of reportRows(tx, actor, everything)) count += rows.length;
    return count;
  });
  expect(seen).toBe(2);
  await expect(inSnapshot((tx) => tx.execute(sql`delete from members`))).rejects.toThrow();
});
