import type { ImportCounts, ImportStatus, ProblemTier } from "../db/schema.ts";
import { t } from "../i18n/t.ts";
import { problemWords } from "../workbook/problem-words.ts";
import type { ImportProblem, ShownImport } from "./queries.ts";
import { whyWords } from "./why-words.ts";

export interface State {
  words: string;
  /** A class of the stylesheet. */
  tone: "good" | "wait" | "bad" | "off";
  icon: string;
}

/** How an import stands, in a word or two. */
export function stateOf({ status, counts }: { status: ImportStatus; counts: ImportCounts }): State {
  if (status === "checked" && !counts.create && !counts.update)
    return { words: t("Nothing to change"), tone: "off", icon: "circle-check" };
  const states: Record<ImportStatus, State> = {
    queued: { words: t("Waiting to be checked"), tone: "wait", icon: "clock" },
    checking: { words: t("Being checked"), tone: "wait", icon: "clock" },
    refused: { words: t("Refused"), tone: "bad", icon: "circle-alert" },
    checked: { words: t("Ready to start"), tone: "wait", icon: "circle-check" },
    running: { words: t("Running"), tone: "wait", icon: "clock" },
    done: { words: t("Done"), tone: "good", icon: "circle-check" },
    failed: { words: t("Given up"), tone: "bad", icon: "triangle-alert" },
    cancelled: { words: t("Cancelled"), tone: "off", icon: "x" },
  };
  return states[status];
}

/** What a problem does to the file, or to the one address. */
const tierWords = (tier: ProblemTier): { words: string; tone: string } =>
  ({
    file: { words: t("Stops the file"), tone: "bad" },
    address: { words: t("Left out"), tone: "wait" },
    warning: { words: t("Warning"), tone: "off" },
  })[tier];

/** Where a cell stands, as a spreadsheet names it: B12, or row 12, or nothing. */
function cellOf({ column, row }: Pick<ImportProblem, "column" | "row">): string {
  if (column && row) return `${column}${row}`;
  if (row) return t("Row {row}", { row: String(row) });
  return column ?? "";
}

/** Each problem in words; warnings of a sheet that say the same are one, with their cells: five hundred would hide what matters. */
function together(problems: ImportProblem[]) {
  const found = problems.map((problem) => ({
    ...problem,
    ...problemWords(problem),
    cell: cellOf(problem),
    ends: tierWords(problem.tier),
    others: [] as { cell: string; value: string }[],
  }));
  const alike = Map.groupBy(found, (one) =>
    one.tier === "warning" ? [one.sheet, one.what, one.remedy].join("\n") : one,
  );
  return [...alike.values()].map((same) => {
    const first = same[0]!;
    if (same.length === 1) return first;
    return { ...first, cell: "", others: same.map(({ cell, value }) => ({ cell, value: value ?? "" })) };
  });
}

/** What the page and its fragment show of an import. */
export function showImport(run: ShownImport, problems: ImportProblem[]) {
  const { counts, status, done, total } = run;
  const found = (counts.problems ?? 0) + (counts.warnings ?? 0);
  const refused = status === "refused";
  const figures: [string, number | undefined, boolean][] = [
    [t("Mistakes"), counts.problems, refused],
    [t("To create"), counts.create, !refused],
    [t("To change"), counts.update, !refused],
    [t("No change"), counts.same, !refused],
    [t("Left out"), counts.skip, !refused],
    [t("Warnings"), counts.warnings, true],
  ];
  return {
    figures: figures.filter(([, , shown]) => shown).map(([words, count]) => ({ words, count: count ?? 0 })),
    state: stateOf(run),
    moves: status === "queued" || status === "checking" || status === "running",
    // Nobody has worked on it for a while, though it is under way.
    waits: ["queued", "checking", "running"].includes(status) && run.stillFor > 15,
    percent: total > 0 ? Math.min(100, Math.floor((100 * done) / total)) : undefined,
    changes: (counts.create ?? 0) + (counts.update ?? 0),
    why: run.error ? whyWords(run.error, run.errorValues) : undefined,
    problems,
    findings: together(problems),
    more: Math.max(0, found - problems.length),
  };
}

export interface Download {
  kind: string;
  words: string;
  /** For a row of the history. */
  short: string;
  about: string;
}

interface WithFiles {
  status: ImportStatus;
  startedAt: Date | null;
  files: string[];
}

/** Which files of an import are offered, and what each is good for as it stands. There is nothing to undo before it has started. */
export function downloadsOf({ status, startedAt, files }: WithFiles): Download[] {
  const nothingWritten = status === "refused";
  const all: (Download | false)[] = [
    {
      kind: "annotated",
      words: t("Workbook with results"),
      short: t("Results"),
      about: t("The file as it was uploaded, with the columns Result and Problem and the cells marked."),
    },
    {
      kind: "failed",
      words: t("Only the failed rows"),
      short: t("Failed rows"),
      about: nothingWritten
        ? t("To correct them by themselves. The other rows were not imported either.")
        : t("Correct these and upload them."),
    },
    startedAt !== null &&
      !nothingWritten && {
        kind: "before",
        words: t("How it was before"),
        short: t("Before"),
        about: t("Upload this one to undo what was changed."),
      },
  ];
  return all.filter((each) => each !== false).filter(({ kind }) => files.includes(kind));
}
