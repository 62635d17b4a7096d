/** Why a workbook is refused as a whole. Each has its sentence in words.ts. */
export const unreadableCodes = [
  // The file
  "empty",
  "too_large",
  "not_a_workbook",
  "encrypted",
  "old_format",
  "macros",
  "truncated",
  "damaged",
  // The zip
  "too_many_entries",
  "too_large_unpacked",
  "part_too_large",
  "ratio",
  "duplicate_entries",
  "overlapping_entries",
  "bad_names",
  "bad_method",
  "lying_sizes",
  // The XML
  "doctype",
  "malformed",
  "encoding",
  "long_text",
  "too_deep",
  // The workbook
  "no_sheets",
  "too_many_sheets",
  "duplicate_sheets",
  "sheets_missing",
  "sheet_kind",
  "strings_missing",
  "bad_string",
  "too_many_strings",
  "too_many_styles",
  "row_number",
  "row_order",
  "too_many_rows",
  "too_many_columns",
  "merges",
  "validations",
  "defined_names",
  "formulas",
  // The reading
  "too_long",
  "too_big",
  "unreadable",
] as const;

export type UnreadableCode = (typeof unreadableCodes)[number];

/**
 * The workbook cannot be read, and never will be: whoever reads it again gets the same (T82). `values` is what the
 * sentence of the code needs: the limit, the name of the part or the sheet, the row.
 */
export class Unreadable extends Error {
  code: UnreadableCode;
  values: Record<string, string>;

  constructor(code: UnreadableCode, values: Record<string, string | number> = {}) {
    super(`cannot read this workbook: ${code} ${JSON.stringify(values)}`);
    this.name = "Unreadable";
    this.code = code;
    this.values = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, String(value)]));
  }
}
