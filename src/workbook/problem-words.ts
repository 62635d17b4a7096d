import { t } from "../i18n/t.ts";
import { outcomes } from "../import-runs/outcome-words.ts";
import { checkWords } from "./check-words.ts";
import type { Problem } from "./entries.ts";

/** What is wrong, and what to do about it. */
export interface Words {
  what: string;
  remedy: string;
}

/** The words of one code, with the values of the problem put in. */
export type Say = (values: Record<string, string>) => Words;

const typeItIn = () => t("Type the value into the cell, or paste it as text only.");
const getExample = () => t("Download the example again and copy your rows into it.");

/** What is wrong with the shape of a workbook. */
const reading: Record<string, Say> = {
  users_missing: () => ({ what: t("There is no sheet “Users”."), remedy: getExample() }),
  sheet_twice: () => ({
    what: t("This sheet is there twice."),
    remedy: t("Put all rows on one of the two sheets and delete the other."),
  }),
  mailbox_twice: () => ({
    what: t("Another sheet is for the same mailbox: both have the same id in A1."),
    remedy: t("Put all rows on one of the two sheets and delete the other."),
  }),
  header_missing: (v) => ({
    what: t("The column “{header}” is missing.", v),
    remedy: t("Write “{header}” into the row of headers, in any column.", v),
  }),
  header_twice: (v) => ({
    what: t("The column “{header}” is there twice.", v),
    remedy: t("Delete one of the two columns, or give it another header."),
  }),
  title_missing: () => ({
    what: t("A1 does not say which mailbox this sheet is for."),
    remedy: t("A1 ends with the id of the mailbox, and the headers stand in row 2. Copy A1 from the example."),
  }),
  account_title_missing: () => ({
    what: t("A1 does not end with the id of the account."),
    remedy: t("Copy A1 of the sheet “Account” from the example: the name and the id of the account."),
  }),
  foreign_account: () => ({
    what: t("This workbook is for another account."),
    remedy: t("Download the example of this account and copy your rows into it."),
  }),
  template_version: (v) => ({
    what: t("The workbook has the template version “{version}”; this installation reads {known}.", v),
    remedy: getExample(),
  }),
  unknown_sheet: () => ({
    what: t("This sheet is none of the workbook's, and nothing of it was read."),
    remedy: t("Nothing needs to be done, unless it was meant for a mailbox: then A1 ends with the mailbox's id."),
  }),
  cell_formula: () => ({ what: t("The cell holds a formula."), remedy: typeItIn() }),
  cell_error: () => ({ what: t("The cell holds an error."), remedy: typeItIn() }),
  cell_date: () => ({ what: t("The cell holds a date."), remedy: typeItIn() }),
  cell_boolean: () => ({ what: t("The cell holds TRUE or FALSE."), remedy: typeItIn() }),
  cell_too_long: (v) => ({
    what: t("The cell holds more than {limit} characters.", v),
    remedy: t("Shorten it, or use ids and codes instead of names."),
  }),
  name_too_long: (v) => ({
    what: t("The name is longer than {limit} characters.", v),
    remedy: t("Shorten it."),
  }),
  personal_mailbox_value: () => ({
    what: t("“Create personal mailbox” is Y, N or empty."),
    remedy: t("Write Y for a mailbox, or leave the cell empty."),
  }),
};

const words: Record<string, Say> = { ...reading, ...checkWords, ...outcomes };

/** Every code there is a sentence for. */
export const problemCodes = Object.keys(words);

/**
 * What is wrong there and what to do about it, in the reader's language. A code of a check that was made before an upgrade
 * may be gone: then it is shown as it is.
 */
export function problemWords(problem: Pick<Problem, "code" | "values">): Words {
  return (
    words[problem.code]?.(problem.values ?? {}) ?? { what: problem.code, remedy: t("Upload the workbook once more.") }
  );
}
