import { readWorkbook } from "../../src/xlsx/read.ts";
import { extraMegabytes } from "../support/reading.ts";
import { row, workbookFrom, worksheet } from "../support/workbook-parts.ts";
import { inPieces } from "../support/workbooks.ts";
import type { Case } from "./cases.ts";
import { report } from "./measure.ts";

/** Reads a workbook of so many people with rights on the account and five mailboxes: rows a second, and the memory of both. */
export const readCase: Case = async ({ people }) => {
  const rows = (cells: (index: number) => string[]) =>
    worksheet(Array.from({ length: people }, (_, index) => row(index + 1, cells(index))).join(""));
  const rights = rows((index) => [`person.number${index}@acme.test`, "Reader", "mail.read, mail.send"]);
  const users = rows((index) => [`First ${index % 5_000}`, `Last ${index}`, `person.number${index}@acme.test`, "Y"]);
  const names = ["Account", "Mailbox 1", "Mailbox 2", "Mailbox 3", "Mailbox 4", "Mailbox 5"];
  const sheets = [{ name: "Users", xml: users }, ...names.map((name) => ({ name, xml: rights }))];
  const bytes = workbookFrom({ sheets });
  let count = 0;
  let child = 0;
  const began = performance.now();
  const here = await extraMegabytes(async () => {
    const onEnd = ({ peakBytes }: { peakBytes: number }) => {
      child = peakBytes / 1024 / 1024;
    };
    for await (const batch of readWorkbook(inPieces(bytes), { onEnd })) count += batch.length;
  });
  const rate = count / ((performance.now() - began) / 1000);
  report(`read ${people * 7} rows of 7 sheets`, `${rate.toFixed(0)} rows/s`, "", null, "", null);
  report(
    "its memory, of the child and here",
    `${child.toFixed(0)} + ${here.toFixed(0)} MB`,
    "",
    null,
    "≤ 256 MB",
    child <= 256,
  );
};
