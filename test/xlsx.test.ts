import ExcelJS from "exceljs";
import { describe, expect, test } from "vitest";
import type { WorkbookEvent } from "../src/xlsx/events.ts";
import { readWorkbook } from "../src/xlsx/read.ts";

async function* pieces(bytes: Uint8Array) {
  for (let at = 0; at < bytes.length; at += 256 * 1024) yield bytes.subarray(at, at + 256 * 1024);
}

async function readAll(bytes: Uint8Array): Promise<WorkbookEvent[]> {
  const events: WorkbookEvent[] = [];
  for await (const batch of readWorkbook(pieces(bytes))) events.push(...batch);
  return events;
}

describe("reading a workbook", () => {
  test("T81 text comes as a person sees it, anything else is marked with what stands there", async () => {
    const workbook = new ExcelJS.Workbook();
    const sheet = workbook.addWorksheet("Users", { state: "hidden" });
    sheet.addRow([
      "Ana",
      { text: "ana@acme.test", hyperlink: "mailto:ana@acme.test" },
      { richText: [{ text: "An" }, { font: { bold: true }, text: "na" }] },
      42,
      { formula: 'A1&"x"', result: "Anax" },
      new Date(Date.UTC(2026, 10, 22)),
      true,
      { error: "#N/A" },
    ]);
    expect(await readAll(Buffer.from(await workbook.xlsx.writeBuffer()))).toEqual([
      { type: "sheet", number: 1, name: "Users" },
      {
        type: "row",
        row: 1,
        cells: [
          "Ana",
          "ana@acme.test",
          "Anna",
          "42",
          { refused: "formula", text: '=A1&"x"' },
          { refused: "date", text: "2026-11-22" },
          { refused: "boolean", text: "TRUE" },
          { refused: "error", text: "#N/A" },
        ],
      },
    ]);
  });
});
