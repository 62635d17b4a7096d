/** What the reader of a workbook says of it, in the order of the file. */
export type WorkbookEvent =
  /** A sheet begins. `number` counts all sheets of the workbook from 1, hidden ones too; `name` as it is called there. */
  | { type: "sheet"; number: number; name: string }
  /** A row that holds something. `cells[0]` is column A; a cell that holds nothing is null, and none follow the last. */
  | { type: "row"; row: number; cells: Cell[] };

/** Text as a person sees it, or what cannot be taken as text, with what stands there. */
export type Cell = string | null | { refused: "formula" | "error" | "date" | "boolean"; text: string };
