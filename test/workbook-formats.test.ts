import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import yauzl from "yauzl";
import { writeExample } from "../src/import-files/example.ts";
import type { Entry } from "../src/workbook/entries.ts";
import { sheetNameFor, splitList } from "../src/workbook/sheets.ts";
import type { Targets } from "../src/workbook/targets.ts";
import { entriesIn, workbookOf } from "./support/workbooks.ts";

const accountId = "0b9ae0c1-6bb4-4a4c-8e6e-1f6f3f8f0a11";
const mailboxId = (at: number) => `5d0f9a8e-3f44-4a33-9c0a-${String(at).padStart(12, "0")}`;

/** The parts of a workbook as they are in the zip. */
async function partsOf(bytes: Buffer): Promise<Record<string, string>> {
  const zip = await promisify<Buffer, yauzl.Options, yauzl.ZipFile>(yauzl.fromBuffer)(bytes, { lazyEntries: false });
  const parts: Record<string, string> = {};
  const reads: Promise<void>[] = [];
  const read = async (entry: yauzl.Entry) => {
    const stream = await promisify(
      zip.openReadStream.bind(zip) as never as (
        e: yauzl.Entry,
        done: (error: Error | null, stream: NodeJS.ReadableStream) => void,
      ) => void,
    )(entry);
    const chunks: Buffer[] = [];
    for await (const chunk of stream as NodeJS.ReadableStream) chunks.push(chunk as Buffer);
    parts[entry.fileName] = Buffer.concat(chunks).toString();
  };
  await new Promise((done, fail) => {
    zip
      .on("entry", (entry: yauzl.Entry) => reads.push(read(entry)))
      .on("end", done)
      .on("error", fail);
  });
  await Promise.all(reads);
  return parts;
}

const example: Targets = {
  account: { id: accountId, name: '=Acme "Ltd" & <Sons>' },
  roles: [
    { key: "owner", name: "Owner", level: "account" },
    { key: "mailbox_reader", name: "Mailbox reader", level: "mailbox" },
  ],
  permissions: [{ code: "users.view", name: "View users", level: "account" }],
  mailboxes: [{ id: mailboxId(1), name: "Sales & more: 'one'", address: "sales@acme.test", personal: false }],
};

async function exampleBytes(): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  await writeExample(example, async (chunk) => void chunks.push(chunk));
  return Buffer.concat(chunks);
}

const risky = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"];

describe("what is written", () => {
  test("T71 is text and never a formula, and what begins like one stays text when it is edited", async () => {
    const bytes = await workbookOf({ users: [...risky, "plain"].map((name) => [name, "Berg", "a@acme.test", null]) });
    const parts = await partsOf(bytes);
    const sheet = parts["xl/worksheets/sheet1.xml"]!;
    expect(sheet).not.toMatch(/<f[ >/]/);
    const formats = parts["xl/styles.xml"]!.match(/<cellXfs.*<\/cellXfs>/)![0].match(/<xf [^>]*>/g)!;
    const quoted = (row: number) =>
      formats[Number(new RegExp(`<c r="A${row}" s="(\\d+)" t="inlineStr"`).exec(sheet)![1])]!.includes(
        'quotePrefix="1"',
      );
    expect(risky.map((_, at) => quoted(at + 2))).toEqual(risky.map(() => true));
    expect(quoted(risky.length + 2)).toBe(false);
    // A cell of text format stays as it is typed.
    expect(formats.every((format) => format.includes('numFmtId="49"'))).toBe(true);
  });

  test("A56 consists of parts that name each other, each of a kind that is told", async () => {
    const parts = await partsOf(await exampleBytes());
    const types = parts["[Content_Types].xml"]!;
    for (const path of Object.keys(parts)) {
      const extension = path.split(".").at(-1);
      const told = types.includes(`PartName="/${path}"`) || types.includes(`Extension="${extension}"`);
      expect(told, path).toBe(true);
    }
    for (const [, path] of types.matchAll(/PartName="\/([^"]+)"/g)) expect(Object.keys(parts)).toContain(path);
    for (const [path, text] of Object.entries(parts).filter(([path]) => path.endsWith(".rels"))) {
      const folder = path.replace(/_rels\/[^/]+$/, "");
      for (const [, target] of text.matchAll(/Target="([^"]+)"/g))
        expect(Object.keys(parts)).toContain(new URL(target!, `file:///${folder}`).pathname.slice(1));
    }
    // The order of what may stand in a sheet is fixed (ECMA-376, CT_Worksheet).
    const users = parts["xl/worksheets/sheet3.xml"]!;
    const order = ["<sheetViews", "<sheetFormatPr", "<cols", "<sheetData", "<dataValidations", "<legacyDrawing"];
    expect(order.map((tag) => users.indexOf(tag))).toEqual(
      [...order.map((tag) => users.indexOf(tag))].sort((a, b) => a - b),
    );
    expect(Math.min(...order.map((tag) => users.indexOf(tag)))).toBeGreaterThan(0);
  });
});

describe("A56 T71 LibreOffice", () => {
  let there = true;
  try {
    execFileSync("soffice", ["--version"], { stdio: "ignore", timeout: 60_000 });
  } catch {
    there = false;
    console.warn("LibreOffice (soffice) is not installed: that it opens our workbooks is NOT checked here.");
  }

  test("opens the example and a report, and shows text where somebody typed a formula", { timeout: 180_000 }, async ({
    skip,
  }) => {
    if (!there) skip("LibreOffice is not installed");
    const folder = await mkdtemp(join(tmpdir(), "muster-office-"));
    try {
      await writeFile(join(folder, "example.xlsx"), await exampleBytes());
      const rows = risky.slice(0, 4).map((name) => [name, "_x0041_ & <b>", "a@acme.test", "Y"]);
      await writeFile(join(folder, "people.xlsx"), await workbookOf({ users: rows }));
      const everySheet = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1";
      const profile = `-env:UserInstallation=file://${folder}/profile`;
      const inputs = [join(folder, "example.xlsx"), join(folder, "people.xlsx")];
      await promisify(execFile)("soffice", [
        "--headless",
        profile,
        "--convert-to",
        everySheet,
        "--outdir",
        folder,
        ...inputs,
      ]);
      const made = (await readdir(folder)).filter((name) => name.endsWith(".csv")).sort();
      expect(made).toEqual([
        ...["Account", "Permissions", "Read me", "Roles", "Sales & more 'one", "Users"].map(
          (name) => `example-${name}.csv`,
        ),
        ...["Read me", "Users"].map((name) => `people-${name}.csv`),
      ]);
      const people = await readFile(join(folder, "people-Users.csv"), "utf8");
      expect(people.trim().split("\n").slice(1)).toEqual(
        risky.slice(0, 4).map((name) => `${name},_x0041_ & <b>,a@acme.test,Y`),
      );
      const account = await readFile(join(folder, "example-Account.csv"), "utf8");
      expect(account.split("\n")[0]).toContain(`=Acme ""Ltd"" & <Sons> - ${accountId}`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe("X5 what is written is read", () => {
  const trimmed = (text: string) => text.trim();
  const text = (most: number) =>
    fc
      .oneof(
        fc.string({ unit: "grapheme", maxLength: most }),
        fc.string({ unit: "binary", maxLength: most }),
        fc.constantFrom(...risky, "_x0041_", "日本 😀", "Y", "<b>&\"'", "a\nb", ""),
      )
      // The database holds no NUL, and neither does a name.
      .map((typed) => trimmed(typed.toWellFormed().replaceAll("\0", "")))
      .filter((typed) => typed.length <= 100);
  const item = text(20)
    .map((typed) => trimmed(typed.replaceAll(",", ";")))
    .filter((typed) => typed !== "");
  const rights = fc.record({
    email: text(40),
    roles: fc.uniqueArray(item, { maxLength: 5 }),
    permissions: fc.uniqueArray(item, { maxLength: 5 }),
  });
  const user = fc.record({ email: text(40), firstName: text(40), lastName: text(40), personalMailbox: fc.boolean() });
  const listed = fc.array(rights, { maxLength: 6 });
  const said = ({ email, roles, permissions }: { email: string; roles: string[]; permissions: string[] }) =>
    email !== "" || roles.length > 0 || permissions.length > 0;

  test("any users and rights come back as they were", { timeout: 120_000 }, async () => {
    const world = fc.record({
      users: fc.array(user, { maxLength: 8 }),
      account: listed,
      mailboxes: fc.array(fc.record({ name: text(40), rows: listed }), { maxLength: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(world, async ({ users, account, mailboxes }) => {
        const row = (each: { email: string; roles: string[]; permissions: string[] }) => [
          each.email,
          each.roles.join(", "),
          each.permissions.join(","),
        ];
        const bytes = await workbookOf({
          users: users.map((each) => [each.firstName, each.lastName, each.email, each.personalMailbox ? "Y" : null]),
          account: { id: accountId, rows: account.map(row) },
          mailboxes: mailboxes.map(({ name, rows }, at) => ({ id: mailboxId(at), name, rows: rows.map(row) })),
        });
        const found = (await entriesIn(bytes, accountId)) as Entry[];
        expect(found.filter((each) => "tier" in each)).toEqual([]);
        const taken = new Set<string>();
        const expected = [
          ...users
            .map((each, at) => ({ ...each, kind: "user", sheet: "Users", row: at + 2 }))
            .filter((each) => each.email || each.firstName || each.lastName || each.personalMailbox),
          ...account.map((each, at) => ({ ...each, mailboxId: null, sheet: "Account", row: at + 3 })).filter(said),
          ...mailboxes.flatMap(({ name, rows }, at) => {
            const sheet = sheetNameFor(name, taken);
            return rows.map((each, nth) => ({ ...each, mailboxId: mailboxId(at), sheet, row: nth + 3 })).filter(said);
          }),
        ];
        expect(found).toEqual(expected.map((each) => expect.objectContaining(each)));
      }),
      { numRuns: Number(process.env.RUNS ?? 15) },
    );
  });

  test("a cell's list holds each once", () => {
    expect(splitList(" a ,b,,a, ")).toEqual(["a", "b"]);
  });
});
