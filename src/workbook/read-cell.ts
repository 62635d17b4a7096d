import type { Cell } from "../xlsx/events.ts";
import type { Problem, Spot } from "./entries.ts";

/**
 * The text of a cell, without the blanks around it and cut to its limit; undefined where what stands there cannot be taken
 * as text. `problems` gets what is wrong with it.
 */
export function readCell(
  problems: Problem[],
  at: Spot,
  cell: Cell | undefined,
  limit: number,
  tooLong = "cell_too_long",
): string | undefined {
  if (cell && typeof cell === "object") {
    problems.push({ tier: "file", code: `cell_${cell.refused}`, value: cell.text.slice(0, 200), ...at });
    return undefined;
  }
  const text = (cell ?? "").trim();
  if ([...text.slice(0, limit * 2)].length <= limit && text.length <= limit * 2) return text;
  problems.push({ tier: "file", code: tooLong, values: { limit: String(limit) }, value: text.slice(0, 200), ...at });
  return text.slice(0, limit).toWellFormed();
}
