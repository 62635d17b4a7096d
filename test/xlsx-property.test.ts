import ExcelJS from "exceljs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readAll } from "./support/reading.ts";

/** What another program writes is read back as the same text, in the same places. */
const text = fc
  .string({
    unit: fc.constantFrom(..."aZ9 ,;=+-@'\"<>&_\t\n", "ä", "ß", "東", "ע", "👩‍👩‍👧", "\u2028", "x0041_"),
    maxLength: 30,
  })
  // `_x0041_` is how the format writes an A; that program does not write the underscore in a way that keeps it.
  .filter((value) => !/_x[0-9a-fA-F]{4}_/.test(value));
const plain = { noNullPrototype: true };
const cell = fc.oneof(
  { weight: 5, arbitrary: text },
  { weight: 2, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.integer({ min: -1_000_000, max: 1_000_000_000 }) },
  {
    weight: 1,
    arbitrary: fc.record({ text: text.filter(Boolean), hyperlink: fc.constant("mailto:ana@acme.test") }, plain),
  },
  {
    weight: 1,
    arbitrary: fc.record({ richText: fc.array(fc.record({ text }, plain), { minLength: 1, maxLength: 4 }) }, plain),
  },
);
const table = fc.array(fc.array(cell, { maxLength: 8 }), { maxLength: 12 });
type Written = (typeof cell extends fc.Arbitrary<infer Value> ? Value : never) | undefined;

function seen(value: Written): string | null {
  if (value === null || value === undefined || value === "") return null;
  if (typeof value === "object")
    return ("text" in value ? value.text : value.richText.map((part) => part.text).join("")) || null;
  return String(value);
}

/** Without what is empty at the end. */
function trimmed(cells: (string | null)[]): (string | null)[] {
  return cells.slice(0, cells.findLastIndex((value) => value !== null) + 1);
}

test("T81 any table that exceljs writes is read as the same text, row by row and sheet by sheet", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(table, { minLength: 1, maxLength: 6 }), async (tables) => {
      const workbook = new ExcelJS.Workbook();
      for (const [index, rows] of tables.entries()) {
        const sheet = workbook.addWorksheet(`S ${index}`, { state: index % 3 === 1 ? "hidden" : "visible" });
        for (const cells of rows) sheet.addRow(cells);
      }
      const expected = tables.flatMap((rows, index) => [
        { type: "sheet", number: index + 1, name: `S ${index}` },
        ...rows
          .map((cells, at) => ({ type: "row", row: at + 1, cells: trimmed(cells.map(seen)) }))
          .filter(({ cells }) => cells.length > 0),
      ]);
      expect(await readAll(Buffer.from(await workbook.xlsx.writeBuffer()))).toEqual(expected);
    }),
    { numRuns: 12 },
  );
}, 120_000);
