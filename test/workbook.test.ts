import ExcelJS from "exceljs";
import { describe, expect, test } from "vitest";
import type { Entry, Problem } from "../src/workbook/entries.ts";
import { EntryReader } from "../src/workbook/read-entries.ts";
import { idInTitle, sheetNameFor, titleOf } from "../src/workbook/sheets.ts";
import type { Cell } from "../src/xlsx/events.ts";
import { workbookOf } from "./support/workbooks.ts";

const accountId = "0b9ae0c1-6bb4-4a4c-8e6e-1f6f3f8f0a11";
const mailboxId = "5d0f9a8e-3f44-4a33-9c0a-2f7f1f9e7b22";

type Rows = Record<number, Cell[]>;

/** Reads sheets given as name and rows by their numbers. */
function read(...given: [string, Rows][]) {
  const reader = new EntryReader(accountId);
  const said: (Entry | Problem)[] = [];
  for (const [at, [name, rows]] of given.entries()) {
    said.push(...reader.take({ type: "sheet", number: at + 1, name }));
    for (const [row, cells] of Object.entries(rows))
      said.push(...reader.take({ type: "row", row: Number(row), cells }));
  }
  said.push(...reader.end());
  return {
    entries: said.filter((each): each is Entry => "kind" in each),
    problems: said.filter((each): each is Problem => "tier" in each),
  };
}

const userHeaders = ["First Name", "Last Name", "Email", "Create personal mailbox"];
const rightsHeaders = ["Email", "Roles", "Permissions"];
const noUsers: [string, Rows] = ["Users", { 1: userHeaders }];
const accountTitle = titleOf("Acme", accountId);
const cell = (row: number, column: string, code: string) =>
  expect.objectContaining({ tier: "file", row, column, code });

describe("reading entries", () => {
  test("A61 A62 A63 takes users by the words of the headers, wherever the columns stand", () => {
    const { entries, problems } = read([
      " u s e r s ",
      {
        2: ["Note", "EMAIL", "last  name", "Create Personal Mailbox", "first name", "Result", "Problem"],
        3: ["x", " ana@acme.test ", "Berg", "y", " Ana ", "created", ""],
        5: [null, "bo@acme.test", "Carl", null, "Bo"],
        6: [null, "cy@acme.test", "Dahl", "N", "Cy"],
        7: ["only a note", null, " ", null, null, "skipped"],
      },
    ]);
    expect(problems).toEqual([]);
    expect(entries).toMatchObject([
      { row: 3, email: "ana@acme.test", firstName: "Ana", lastName: "Berg", personalMailbox: true },
      { row: 5, email: "bo@acme.test", personalMailbox: false },
      { row: 6, email: "cy@acme.test", personalMailbox: false },
    ]);
    expect(entries[0]).toMatchObject({
      columns: { email: "B", lastName: "C", personalMailbox: "D", firstName: "E" },
    });
  });

  test("A65 A67 takes the account's rights and a mailbox's, whose id counts and not its name", () => {
    const { entries, problems } = read(
      noUsers,
      ["Account", { 1: [accountTitle], 2: rightsHeaders, 4: ["ana@acme.test", "Owner, x ,, Owner", "users.view"] }],
      [
        "Anything",
        { 1: [`Old name – ${mailboxId.toUpperCase()} `], 2: ["Permissions", "Roles", "Email"], 3: ["", null, "bo"] },
      ],
    );
    expect(problems).toEqual([]);
    expect(entries).toMatchObject([
      { mailboxId: null, row: 4, email: "ana@acme.test", roles: ["Owner", "x"], permissions: ["users.view"] },
      { mailboxId, sheet: "Anything", sheetNumber: 3, row: 3, email: "bo", roles: [], columns: { email: "C" } },
    ]);
  });

  test("T80 T81 T84 refuses what cannot be taken as it stands, by sheet, row and column", () => {
    const formula = { refused: "formula", text: "=A1" } as const;
    const { entries, problems } = read([
      "Users",
      {
        1: userHeaders,
        4: ["Ana", "Berg", formula, null],
        9: ["x".repeat(101), "Berg", "a@acme.test", "maybe"],
        10: ["Bo", "Berg", "bo@acme.test", "N", formula],
      },
    ]);
    expect(problems).toEqual([
      cell(4, "C", "cell_formula"),
      cell(9, "A", "name_too_long"),
      cell(9, "D", "personal_mailbox_value"),
    ]);
    expect(entries).toMatchObject([{ row: 9, personalMailbox: undefined }, { row: 10 }]);
  });

  test("T80 refuses a file without what it needs", () => {
    const codes = (...sheets: [string, Rows][]) => read(...sheets).problems.map(({ tier, code }) => `${tier} ${code}`);
    expect(codes()).toEqual(["file users_missing"]);
    expect(codes(["Users", {}])).toEqual(Array(4).fill("file header_missing"));
    expect(codes(["Users", { 1: [...userHeaders, "Email"] }])).toEqual(["file header_twice"]);
    expect(codes(noUsers, ["users", { 1: userHeaders }])).toEqual(["file sheet_twice"]);
    expect(codes(noUsers, ["Account", {}])).toEqual(["file account_title_missing"]);
    expect(codes(noUsers, ["Account", { 1: rightsHeaders }])).toEqual(["file account_title_missing"]);
    expect(codes(noUsers, ["Account", { 1: [titleOf("Acme", mailboxId)], 2: rightsHeaders }])).toEqual([
      "file foreign_account",
    ]);
    expect(codes(noUsers, ["Account", { 1: [accountTitle], 2: ["Email", "Roles"] }])).toEqual(["file header_missing"]);
    expect(codes(noUsers, ["Box", { 1: ["Box"], 2: rightsHeaders }])).toEqual(["file title_missing"]);
    expect(codes(noUsers, ["Box", { 1: rightsHeaders }])).toEqual(["file title_missing"]);
    expect(codes(noUsers, ["Box", { 1: [`Box - ${mailboxId}`] }])).toEqual(Array(3).fill("file header_missing"));
    const box: Rows = { 1: [`Box - ${mailboxId}`], 2: rightsHeaders };
    expect(codes(noUsers, ["Box", box], ["Box (2)", box])).toEqual(["file mailbox_twice"]);
    expect(codes(noUsers, ["Read me", { 1: ["About", "…"], 2: ["Template version", "2"] }])).toEqual([
      "file template_version",
    ]);
  });

  test("warns of a sheet that is none of ours, and says nothing of an empty one", () => {
    const { problems } = read(noUsers, ["Sheet1", {}], ["Prices", { 1: ["Item"], 2: ["Tea"], 3: ["Coffee"] }]);
    expect(problems).toMatchObject([{ tier: "warning", code: "unknown_sheet", sheet: "Prices", sheetNumber: 3 }]);
  });
});

describe("names of sheets", () => {
  test("A67 are 31 legal characters, unlike each other and the reserved ones", () => {
    const taken = new Set<string>();
    const names = [
      "Sales",
      "SALES",
      "users",
      "History",
      "a/b:c*d?e[f]g\\h'",
      "x".repeat(40),
      "x".repeat(41),
      "'",
      "😀".repeat(16),
    ];
    const given = names.map((name) => sheetNameFor(name, taken));
    expect(given).toEqual([
      "Sales",
      "SALES (2)",
      "users (2)",
      "History (2)",
      "a b c d e f g h",
      "x".repeat(31),
      `${"x".repeat(27)} (2)`,
      "Mailbox",
      "😀".repeat(15),
    ]);
  });

  test("a title gives its id back", () => {
    expect(idInTitle(titleOf("A - b", mailboxId))).toBe(mailboxId);
    expect(idInTitle("A mailbox")).toBeUndefined();
  });
});

describe("writing a workbook", () => {
  test("A59 A60 A61 A65 A67 another program reads every sheet with its headers and rows", async () => {
    const bytes = await workbookOf({
      roles: [["Owner", "owner", "Account"]],
      permissions: [["View users", "users.view", "Account"]],
      users: [["Ána <&>", "日本 😀", "ana@acme.test", "Y"]],
      account: { id: accountId, name: "Acme", rows: [["ana@acme.test", "owner", null]] },
      mailboxes: [{ id: mailboxId, name: "Users", rows: [["ana@acme.test", null, "messages.read"]] }],
    });
    const book = new ExcelJS.Workbook();
    await book.xlsx.load(bytes as never);
    const rowsOf = (name: string) =>
      (book.getWorksheet(name)!.getSheetValues() as Cell[][]).slice(1).map((row) => row.slice(1));
    expect(book.worksheets.map(({ name }) => name)).toEqual([
      "Roles",
      "Permissions",
      "Users",
      "Account",
      "Users (2)",
      "Read me",
    ]);
    expect(rowsOf("Roles")).toEqual([
      ["Role Name", "Role ID", "Role Type"],
      ["Owner", "owner", "Account"],
    ]);
    expect(rowsOf("Permissions")[0]).toEqual(["Name", "Code", "Type"]);
    expect(rowsOf("Users")).toEqual([userHeaders, ["Ána <&>", "日本 😀", "ana@acme.test", "Y"]]);
    expect(rowsOf("Account").slice(0, 2)).toEqual([[accountTitle], rightsHeaders]);
    expect(rowsOf("Users (2)")[0]).toEqual([`Users - ${mailboxId}`]);
    expect(book.getWorksheet("Users")!.views).toMatchObject([{ state: "frozen", ySplit: 1 }]);
    expect(book.getWorksheet("Account")!.views).toMatchObject([{ state: "frozen", ySplit: 2 }]);
  });
});
