/** What the document says before its table. Labels are in the requester's language already. */
export interface PdfAbout {
  account: string;
  /** What narrows the list, one phrase each; none when it holds everybody. */
  filterWords: string[];
  orderedBy: string;
  at: Date;
  timeZone: string;
  locale: "en" | "de";
  region: string;
  /** How many rows follow; the page numbers are counted from it. */
  total: number;
  byStatus: Count[];
  byRole: Count[];
}

export interface Count {
  label: string;
  count: number;
}

export interface PdfRow {
  name: string;
  email: string;
  corporate: boolean;
  status: string;
  /** The roles on the account, then single permissions there. */
  rights: string[];
  mailboxes: string[];
  createdAt: Date;
  lastSignInAt: Date | null;
}

/** A4 landscape, in points. */
export const sheet = { width: 841.89, height: 595.28, margin: 40 };
export const inner = sheet.width - 2 * sheet.margin;

export const rowHeight = 26;
export const headTop = 40;
export const headHeight = 24;
export const rowsPerPage = Math.floor((sheet.height - headTop - headHeight - 48) / rowHeight);
/** Rows have one height, so their pages are known before the first is drawn. */
export const pagesFor = (rows: number): number => 1 + Math.ceil(rows / rowsPerPage);
