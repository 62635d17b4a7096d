import { asc, eq, sql } from "drizzle-orm";
import { db, run } from "../db/client.ts";
import { importProblems, type imports, type PersonAction } from "../db/schema.ts";
import { t } from "../i18n/t.ts";

export type Import = typeof imports.$inferSelect;
export type FoundProblem = typeof importProblems.$inferSelect;

/** Everything that is wrong with a workbook: as many problems as a check keeps. */
export interface Problems {
  all: FoundProblem[];
  /** By sheet and row. */
  at: Map<string, FoundProblem[]>;
  /** Who is left out because of them, canonical. */
  emails: Set<string>;
}

export const place = (sheetNumber: number | null, row: number | null): string => `${sheetNumber}:${row}`;

/** Reads what the check found. */
export async function problemsOf(importId: string): Promise<Problems> {
  const all = await db
    .select()
    .from(importProblems)
    .where(eq(importProblems.importId, importId))
    .orderBy(asc(importProblems.number))
    .limit(20_000);
  const at = new Map<string, FoundProblem[]>();
  const emails = new Set<string>();
  for (const problem of all) {
    const key = place(problem.sheetNumber, problem.row);
    at.set(key, [...(at.get(key) ?? []), problem]);
    if (problem.tier !== "warning" && problem.email) emails.add(problem.email);
  }
  return { all, at, emails };
}

/** What is to become of a person, and what became of them. */
export interface Outcome {
  action: PersonAction;
  reason: string | null;
  result: "created" | "updated" | "same" | "skipped" | null;
}

/** The outcomes of these addresses (canonical), by address. */
export async function outcomesOf(importId: string, emails: string[]): Promise<Map<string, Outcome>> {
  if (emails.length === 0) return new Map();
  const rows = await run<Outcome & { email: string }>(sql`
    select email, action, reason, result from import_people
    where import_id = ${importId} and email = any(${sql.param(emails)}::text[])`);
  return new Map(rows.map((row) => [row.email, row]));
}

export const isLeftOut = (outcome: Outcome | undefined): boolean =>
  outcome?.action === "skip" || outcome?.result === "skipped";

const planned = (): Record<PersonAction, string> => ({
  create: t("To be created"),
  update: t("To be changed"),
  same: t("No change"),
  skip: t("Left out"),
});
const done = () => ({
  created: t("Created"),
  updated: t("Changed"),
  same: t("No change"),
  skipped: t("Left out"),
});

/** What the column Result says of a row, in the language of the problems beside it: it is not read back. */
export function resultWord({ status }: Pick<Import, "status">, outcome: Outcome | undefined, bad: boolean): string {
  if (bad) return t("Problem");
  if (status === "refused") return t("Not applied");
  if (!outcome) return "";
  if (outcome.result) return done()[outcome.result];
  return status === "done" || status === "failed" ? t("Not applied") : planned()[outcome.action];
}
