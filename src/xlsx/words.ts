import { formatNumber } from "../i18n/format.ts";
import { t } from "../i18n/t.ts";
import type { UnreadableCode } from "./unreadable.ts";

interface Words {
  what: string;
  remedy: string;
}

type Say = (values: Record<string, string>) => Words;

const saveAgain = () => t("Open it in Excel or LibreOffice, save it as .xlsx again and upload that file.");
const smaller = () => t("Split the people over several files and upload one after the other.");
const copyRows = () => t("Download the example again and copy your rows into it, as text only.");

const notAWorkbook: Say = () => ({
  what: t("This is not an Excel workbook (.xlsx), whatever its name says."),
  remedy: t("Open it in the program that it comes from and save it as .xlsx."),
});
const damaged: Say = () => ({
  what: t("The file is damaged: it does not hold together as a workbook."),
  remedy: saveAgain(),
});
const tampered: Say = () => ({
  what: t("The file is packed in a way that two programs could read differently."),
  remedy: saveAgain(),
});
const tooLargeUnpacked: Say = (v) => ({
  what: t("Unpacked, the file is larger than {limit} MB.", v),
  remedy: smaller(),
});
const badPart: Say = (v) => ({
  what: t("The part “{part}” of the file is not as a workbook has it.", v),
  remedy: saveAgain(),
});
const badSheet: Say = (v) => ({
  what: t("The sheet “{sheet}” is damaged near row {row}.", v),
  remedy: saveAgain(),
});
const noSuchSheet: Say = (v) => ({
  what: t("The workbook names a sheet “{sheet}” that the file does not hold.", v),
  remedy: saveAgain(),
});

const words: Record<UnreadableCode, Say> = {
  empty: () => ({ what: t("The file is empty."), remedy: t("Choose the file again.") }),
  too_large: (v) => ({ what: t("The file is larger than {limit} MB.", v), remedy: smaller() }),
  not_a_workbook: notAWorkbook,
  encrypted: () => ({
    what: t("The workbook is protected by a password for opening it."),
    remedy: t("Remove the password in Excel (File, Info, Protect Workbook), save it and upload it again."),
  }),
  old_format: () => ({
    what: t("The file is a workbook of the old format (.xls)."),
    remedy: t("Open it in the program that it comes from and save it as .xlsx."),
  }),
  macros: () => ({
    what: t("The workbook holds macros. Files with macros are not taken."),
    remedy: t("Save it as an Excel workbook without macros (.xlsx)."),
  }),
  truncated: () => ({
    what: t("The end of the file is missing."),
    remedy: t("Upload it again; if that does not help, save it again as .xlsx."),
  }),
  damaged: (v) => (v.sheet ? badSheet(v) : damaged(v)),

  too_many_entries: (v) => ({ what: t("The file holds more than {limit} parts.", v), remedy: copyRows() }),
  too_large_unpacked: tooLargeUnpacked,
  part_too_large: (v) => ({
    what: t("Unpacked, the part “{part}” of the file is larger than {limit} MB.", v),
    remedy: smaller(),
  }),
  ratio: (v) => ({
    what: t("The part “{part}” of the file becomes more than {limit} times larger when it is unpacked.", v),
    remedy: copyRows(),
  }),
  duplicate_entries: tampered,
  overlapping_entries: tampered,
  bad_names: tampered,
  bad_method: tampered,
  lying_sizes: tampered,

  doctype: (v) => ({
    what: t("The part “{part}” of the file declares a document type. Such files are not taken.", v),
    remedy: saveAgain(),
  }),
  malformed: badPart,
  encoding: badPart,
  too_deep: badPart,
  long_text: (v) =>
    v.sheet
      ? {
          what: t("A cell of the sheet “{sheet}” in row {row} holds more than {limit} characters.", v),
          remedy: t("Shorten what stands there and upload the file again."),
        }
      : {
          what: t("A cell holds more text than a workbook may."),
          remedy: t("Shorten what stands there and upload the file again."),
        },

  no_sheets: (v) => ({ what: t("The workbook holds no sheet."), remedy: damaged(v).remedy }),
  too_many_sheets: (v) => ({ what: t("The workbook holds more than {limit} sheets.", v), remedy: smaller() }),
  duplicate_sheets: () => ({
    what: t("Two sheets of the workbook have the same name."),
    remedy: t("Rename one of them and upload the file again."),
  }),
  sheets_missing: (v) => (v.sheet ? noSuchSheet(v) : damaged(v)),
  sheet_kind: (v) => ({
    what: t("The sheet “{sheet}” is not a table: it holds a chart or a dialog.", v),
    remedy: t("Delete that sheet and upload the file again."),
  }),
  strings_missing: damaged,
  bad_string: badSheet,
  too_many_strings: tooLargeUnpacked,
  too_many_styles: (v) => ({ what: t("The workbook holds more than {limit} styles.", v), remedy: copyRows() }),
  row_number: (v) => ({
    what: t("The sheet “{sheet}” goes on below row {limit}.", v),
    remedy: t("Delete the rows below, or split the people over several files."),
  }),
  row_order: badSheet,
  too_many_rows: (v) => ({ what: t("The sheets hold more than {limit} rows together.", v), remedy: smaller() }),
  too_many_columns: (v) => ({
    what: t("Row {row} of the sheet “{sheet}” holds something beyond the first {limit} columns.", v),
    remedy: t("Delete the columns that do not come from the example."),
  }),
  merges: (v) => ({
    what: t("The sheet “{sheet}” merges more than {limit} cells into one.", v),
    remedy: t("Unmerge the cells of that sheet and upload the file again."),
  }),
  validations: (v) => ({
    what: t("The drop-downs of the sheet “{sheet}” stand in more than {limit} cells.", v),
    remedy: t("Remove the data validation from whole columns, or copy your rows into the example."),
  }),
  defined_names: (v) => ({
    what: t("The workbook defines more than {limit} names for cells.", v),
    remedy: copyRows(),
  }),
  formulas: (v) => ({
    what: t("The sheet “{sheet}” holds formulas that fill whole areas.", v),
    remedy: copyRows(),
  }),

  too_long: (v) => ({ what: t("Reading the file took longer than {limit} seconds.", v), remedy: smaller() }),
  too_big: (v) => ({ what: t("Reading the file needs more than {limit} MB of memory.", v), remedy: smaller() }),
  unreadable: damaged,
};

/** Why a workbook is not taken and what to do about it. An unknown code (of an older release) reads as damage. */
export function unreadableWords(code: string, values: Record<string, string> = {}): Words {
  const say = Object.hasOwn(words, code) ? words[code as UnreadableCode] : damaged;
  const limit = Number(values.limit);
  return say(values.limit && Number.isFinite(limit) ? { ...values, limit: formatNumber(limit) } : values);
}
