import fc from "fast-check";
import type { Level } from "../../src/access/permissions.ts";
import { isPermission, isSystemRole, systemRoles } from "../../src/access/permissions.ts";
import { escaped } from "../../src/xlsx-writing/cells.ts";
import { keyOf, oddWords, type RoleThere, type Standing, thing } from "./report-worlds.ts";
import { workbookFrom, worksheet } from "./workbook-parts.ts";
import { contentsOf } from "./workbooks.ts";

/** What somebody does to a report in a spreadsheet. Numbers choose among what is there, counted round. */
const items = fc.array(thing, { maxLength: 4 });
const way = fc.record({ byId: fc.boolean(), loud: fc.boolean(), twice: fc.boolean() });
const name = fc.oneof(fc.constantFrom(...oddWords.filter((word) => !/[\t]/.test(word))), fc.constant(""));
export const edit = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ does: fc.constant("set" as const), who: fc.nat(20), at: fc.nat(9), items, way }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ does: fc.constant("rename" as const), who: fc.nat(20), first: name, last: name }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ does: fc.constant("drop" as const), who: fc.nat(20), at: fc.integer({ min: -1, max: 9 }) }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("dropSheet" as const), at: fc.nat(9) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      ...{ does: fc.constant("add" as const), first: name, last: name, personal: fc.boolean() },
      ...{ rights: fc.array(fc.record({ at: fc.nat(9), items, way }), { maxLength: 3 }) },
    }),
  },
);
export const edits = fc.record({
  steps: fc.array(edit, { maxLength: 8 }),
  shuffle: fc.nat(1_000_000),
  blanks: fc.boolean(),
});
export type Edits = typeof edits extends fc.Arbitrary<infer T> ? T : never;

type Cells = (string | null)[];
interface Sheet {
  name: string;
  /** "" the account, a mailbox's id, or what is not about rights. */
  at: string | undefined;
  above: Cells[];
  headers: Cells;
  rows: Cells[];
}

/** What a file asks for, in the words of a test: nothing here comes from the application's own reading of it. */
export interface Expected {
  /** Those who are to be created, by address. */
  created: Map<string, { first: string; last: string; personal: boolean; held: Map<string, Set<string>> }>;
  /** Those whose row now asks for exactly this somewhere. */
  wanted: Map<string, Map<string, Set<string>>>;
  /** New names in the file. */
  named: Map<string, { first: string; last: string }>;
}

const fold = (text: string) => text.trim().normalize("NFC").toLowerCase();
const idAtEnd = /([0-9a-f-]{36})$/;

/** The sheets of a report, in their order. */
async function sheetsOf(bytes: Uint8Array): Promise<Sheet[]> {
  return Object.entries(await contentsOf(bytes)).map(([called, byNumber]) => {
    const rows = Object.values(byNumber).map((cells) => cells.map((cell) => cell as string | null));
    const id = !["Users", "Roles", "Permissions", "Read me"].includes(called) && idAtEnd.exec(rows[0]?.[0] ?? "")?.[1];
    const at = called === "Account" ? "" : id || undefined;
    const heads = at === undefined ? 1 : 2;
    return {
      name: called,
      at,
      above: rows.slice(0, heads - 1),
      headers: rows[heads - 1] ?? [],
      rows: rows.slice(heads),
    };
  });
}

/** A name stands for a role where no other of its level is called so, and where a list can hold it. */
function wordFor(key: string, own: RoleThere[]): string {
  if (isSystemRole(key)) return systemRoles[key].title;
  const role = own.find(({ id }) => id === key)!;
  const taken = Object.entries(systemRoles).flatMap(([name, { title }]) => [name, title]);
  const others = own
    .filter(({ id, level }) => id !== key && level === role.level)
    .flatMap((other) => [other.id, other.name]);
  const clear = ![...taken, ...others].some((other) => fold(other) === fold(role.name));
  return clear && !role.name.includes(",") ? role.name : key;
}

/** Carries the edits out on a report; returns the file, and what it is expected to come to. */
export async function edited(
  bytes: Uint8Array,
  { steps, shuffle, blanks }: Edits,
  known: { own: RoleThere[]; standing: Map<string, Standing>; domain: string; self: string },
) {
  const sheets = await sheetsOf(bytes);
  const users = sheets.find(({ name: called }) => called === "Users")!;
  const expected: Expected = { created: new Map(), wanted: new Map(), named: new Map() };
  const people = users.rows.map((row) => row[2]!).filter((email) => email !== known.self);
  const rightsSheets = () => sheets.filter(({ at }) => at !== undefined);
  const nth = <T>(list: T[], n: number): T | undefined => list[n % list.length];
  const rowIn = (sheet: Sheet, email: string, column: number) =>
    sheet.rows.findIndex((row) => (row[column] ?? "").trim().toLowerCase() === email);

  function put(sheet: Sheet, email: string, what: typeof items extends fc.Arbitrary<infer T> ? T : never, how: Way) {
    const level: Level = sheet.at === "" ? "account" : "mailbox";
    const keys = [...new Set(what.flatMap((each) => keyOf(each, level, known.own) ?? []))];
    const said = keys.filter((key) => !isPermission(key)).map((key) => (how.byId ? key : wordFor(key, known.own)));
    const codes = keys.filter(isPermission);
    const cell = (words: string[]) => (how.twice ? [...words, ...words, ""] : words).join(how.loud ? " ,\t" : ", ");
    const row = [
      how.loud ? ` ${email.toUpperCase()}` : email,
      cell(said),
      cell(codes.map((code) => (how.loud ? code.toUpperCase() : code))),
    ];
    const found = rowIn(sheet, email, 0);
    if (found >= 0) sheet.rows[found] = row;
    else sheet.rows.push(row);
    return new Set(keys);
  }
  type Way = typeof way extends fc.Arbitrary<infer T> ? T : never;

  for (const [n, step] of steps.entries()) {
    const email = "who" in step ? nth(people, step.who) : undefined;
    if (step.does === "add") {
      const added = `new${n}@${known.domain}`;
      const [first, last] = [step.first.trim() || "New", step.last.trim() || "Person"];
      users.rows.push([first, last, added, step.personal ? "y" : null]);
      const held = new Map<string, Set<string>>();
      for (const { at, items: what, way: how } of step.rights) {
        const sheet = nth(rightsSheets(), at);
        if (sheet) held.set(sheet.at!, put(sheet, added, what, how));
      }
      expected.created.set(added, {
        first: first.normalize("NFC"),
        last: last.normalize("NFC"),
        personal: step.personal,
        held,
      });
    } else if (step.does === "dropSheet") {
      const boxes = rightsSheets().filter(({ at }) => at);
      const sheet = nth(boxes, step.at);
      if (!sheet) continue;
      sheets.splice(sheets.indexOf(sheet), 1);
      for (const rows of expected.wanted.values()) rows.delete(sheet.at!);
      for (const { held } of expected.created.values()) held.delete(sheet.at!);
    } else if (!email) continue;
    else if (step.does === "set") {
      const sheet = nth(rightsSheets(), step.at);
      if (!sheet) continue;
      const rows = expected.wanted.get(email) ?? new Map<string, Set<string>>();
      expected.wanted.set(email, rows.set(sheet.at!, put(sheet, email, step.items, step.way)));
    } else if (step.does === "rename") {
      const row = users.rows[rowIn(users, email, 2)];
      if (!row) continue;
      [row[0], row[1]] = [step.first, step.last];
      expected.named.set(email, { first: step.first.trim().normalize("NFC"), last: step.last.trim().normalize("NFC") });
    } else {
      const sheet = step.at < 0 ? users : nth(rightsSheets(), step.at);
      if (!sheet) continue;
      sheet.rows = sheet.rows.filter((_, at) => at !== rowIn(sheet, email, sheet === users ? 2 : 0));
      if (sheet === users) expected.named.delete(email);
      else expected.wanted.get(email)?.delete(sheet.at!);
    }
  }
  return { file: fileOf(sheets, shuffle, blanks), expected };
}

/** Written without the application's own writer; rows, columns and sheets in whatever order comes. */
function fileOf(sheets: Sheet[], seed: number, blanks: boolean): Buffer {
  let state = seed;
  const next = (most: number) => {
    state = (state * 48_271 + 11) % 2_147_483_647;
    return state % most;
  };
  const mixed = <T>(list: T[]): T[] => {
    if (seed % 3 === 0) return list;
    const left = [...list];
    return list.map(() => left.splice(next(left.length), 1)[0]!);
  };
  return workbookFrom({
    sheets: mixed(sheets).map((sheet) => {
      const order = mixed(sheet.headers.map((_, at) => at));
      if (seed % 3 && seed % 2) order.push(sheet.headers.length);
      const turned = [[...sheet.headers, "My notes"], ...mixed(sheet.rows)].map((row) =>
        order.map((at) => row[at] ?? null),
      );
      let number = 0;
      const lines = [...sheet.above, ...turned].map((cells, at) => {
        number += blanks && at > sheet.above.length ? 1 + next(3) : 1;
        const texts = cells.map(
          (text) => `<c t="inlineStr"><is><t xml:space="preserve">${escaped(text ?? "")}</t></is></c>`,
        );
        return `<row r="${number}">${texts.join("")}</row>`;
      });
      return { name: escaped(sheet.name), xml: worksheet(lines.join("")) };
    }),
  });
}
