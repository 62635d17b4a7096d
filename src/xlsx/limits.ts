const MB = 1024 * 1024;

/** What a workbook may measure. The first two are settings; the child gets all of them from whoever starts it. */
export const workbookLimits = {
  fileBytes: 25 * MB,
  /** Over all sheets: twenty sheets with as many people as one import may hold. */
  rows: 2_000_000,
  entries: 2_000,
  totalBytes: 400 * MB,
  entryBytes: 200 * MB,
  /** Of the parts that are kept in memory while reading: content types, relations, the list of sheets, styles. */
  smallPartBytes: 16 * MB,
  /** How many times larger a part may become, once it is larger than `ratioFrom`. */
  ratio: 100,
  ratioFrom: MB,
  sheets: 300,
  rowNumber: 200_000,
  /** Of a row that holds nothing: what the file format allows. */
  blankRowNumber: 1_048_576,
  columns: 30,
  blankColumns: 16_384,
  cellCharacters: 32_767,
  stringBytes: 64 * MB,
  mergedCells: 100,
  merges: 10_000,
  validatedCells: 400_000,
  /** Those a person made; the ones every program makes for filters and print areas count by sheet. */
  definedNames: 100,
  formulaAreas: 1_000,
  styles: 65_536,
  depth: 64,
  /** Of a piece of XML that has no part of its own: a text, a tag with its attributes, a comment. In characters. */
  run: MB,
};

export type WorkbookLimits = typeof workbookLimits;
