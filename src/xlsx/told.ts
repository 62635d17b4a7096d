import type { WorkbookEvent } from "./events.ts";
import type { UnreadableCode } from "./unreadable.ts";

/** One line from the reading process: the next events and how far it is (0 to 1), or how it ended. */
export type Told =
  | { events: WorkbookEvent[]; done: number }
  | { end: Omit<Figures, "peakBytes"> }
  | { refused: { code: UnreadableCode; values: Record<string, string> } };

export interface Figures {
  sheets: number;
  /** With those that hold nothing. */
  rows: number;
  /** The most memory that the reading process held at once; 0 where the system does not say. */
  peakBytes: number;
}
