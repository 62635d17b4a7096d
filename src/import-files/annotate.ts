import { canonicalAddress } from "../access/address.ts";
import { readFile } from "../files/read.ts";
import { t } from "../i18n/t.ts";
import { problemWords } from "../workbook/problem-words.ts";
import { EntryReader } from "../workbook/read-entries.ts";
import { type Known, textOf } from "../workbook/recognise.ts";
import { sheets } from "../workbook/sheets.ts";
import type { WorkbookEvent } from "../xlsx/events.ts";
import { readWorkbook } from "../xlsx/read.ts";
import { Spreadsheet } from "../xlsx-writing/spreadsheet.ts";
import { CopiedSheet, type SaidRow } from "./copied-sheet.ts";
import {
  type FoundProblem,
  type Import,
  isLeftOut,
  type Outcome,
  outcomesOf,
  type Problems,
  place,
  problemsOf,
  resultWord,
} from "./outcomes.ts";

type Write = (chunk: Uint8Array) => Promise<void>;
type RowEvent = Extract<WorkbookEvent, { type: "row" }>;

/**
 * Writes the uploaded workbook twice in one reading of it (X4): whole, with what became of each row and a list of all
 * problems, and with the rows that failed only. Says how many those are. Some hundred rows at a time are in memory.
 */
export async function annotate(
  run: Import,
  whole: Write,
  failed: Write,
  signal?: AbortSignal,
): Promise<{ failedRows: number }> {
  const books = [new Spreadsheet(whole), new Spreadsheet(failed)] as const;
  const problems = await problemsOf(run.id);
  const reader = new EntryReader(run.accountId);
  let copies: CopiedSheet[] = [];
  let failedRows = 0;
  let sheetCount = 0;
  const leave = async () => {
    for (const copy of copies) await copy.end();
    failedRows += copies.at(-1)?.failedRows ?? 0;
  };

  for await (const events of readWorkbook(readFile(run.fileId!), { signal })) {
    const rows = events.map((event) => {
      reader.take(event);
      const known = reader.sheet!;
      return { event, known, email: event.type === "row" ? emailOf(known, event) : undefined };
    });
    const emails = [...new Set(rows.flatMap(({ email }) => email ?? []))];
    const outcomes = await outcomesOf(run.id, emails);
    for (const { event, known, email } of rows) {
      if (event.type === "sheet") {
        await leave();
        if (known.kind !== "problems") sheetCount += 1;
        copies = [new CopiedSheet(books[0], known, false), new CopiedSheet(books[1], known, true)];
        continue;
      }
      const said = saidOf(run, known, event, problems, email, email ? outcomes.get(email) : undefined);
      for (const copy of copies) await copy.row(said);
    }
  }
  await leave();
  await writeProblems(books[0], run, problems);
  await books[0].close(problems.all.length > 0 ? sheetCount : 0);
  await books[1].close();
  return { failedRows };
}

/** The address of a row, canonical, where the sheet's columns are known by now. */
function emailOf({ columns, headerRow }: Readonly<Known>, { row, cells }: RowEvent): string | undefined {
  const column = columns?.get("Email");
  if (column === undefined || headerRow === null || row <= headerRow) return undefined;
  return canonicalAddress(textOf(cells[column]));
}

const sentence = (problem: Pick<FoundProblem, "code" | "values">) => {
  const { what, remedy } = problemWords(problem);
  return `${what} ${remedy}`;
};

function saidOf(
  run: Import,
  known: Readonly<Known>,
  { row, cells }: RowEvent,
  problems: Problems,
  email: string | undefined,
  outcome: Outcome | undefined,
): SaidRow {
  const here = problems.at.get(place(known.number, row)) ?? [];
  const bad = here.some(({ tier }) => tier !== "warning");
  const faults: SaidRow["faults"] = here.map((problem) => ({
    column: problem.column,
    words: sentence(problem),
    look: problem.tier === "warning" ? "warned" : "bad",
  }));
  // Found by the run: it stands in no list of problems.
  if (outcome?.reason && !bad)
    faults.push({ column: null, words: sentence({ code: outcome.reason, values: {} }), look: "bad" });
  return {
    row,
    cells,
    result: resultWord(run, outcome, bad),
    faults,
    failed: bad || isLeftOut(outcome) || (email !== undefined && problems.emails.has(email)),
  };
}

const consequences = () => ({
  file: t("The whole file is refused."),
  address: t("This address is left out."),
  warning: t("Nothing is left out."),
});

/** The sheet that lists every problem, where there is any. */
async function writeProblems(book: Spreadsheet, run: Import, { all }: Problems): Promise<void> {
  if (all.length === 0) return;
  const { name, headers, widths } = sheets.problems;
  const ends = consequences();
  await book.sheet({ name, widths, frozen: 1 });
  await book.row(headers, "header");
  for (const problem of all) {
    const { what, remedy } = problemWords(problem);
    const cell = `${problem.column ?? ""}${problem.row ?? ""}`;
    await book.row([problem.sheet, cell, problem.value, what, remedy, ends[problem.tier]]);
  }
  const more = (run.counts.problems ?? 0) + (run.counts.warnings ?? 0) - all.length;
  if (more > 0)
    await book.row([
      null,
      null,
      null,
      t("{count, plural, one {# more problem is} other {# more problems are}} not listed.", { count: more }),
    ]);
}
