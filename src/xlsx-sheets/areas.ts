import type { WorkbookLimits } from "../xlsx/limits.ts";
import { Unreadable } from "../xlsx/unreadable.ts";

const columns = /^([A-Z]{1,3})([1-9]\d{0,9})$/;

/** The column (from 1) and the row of `B7`; undefined for anything else. */
export function cellAt(reference: string): { column: number; row: number } | undefined {
  const [, letters, row] = columns.exec(reference) ?? [];
  if (!letters) return undefined;
  let column = 0;
  for (let at = 0; at < letters.length; at++) column = column * 26 + letters.charCodeAt(at) - 64;
  return { column, row: Number(row) };
}

interface Area {
  top: number;
  left: number;
  bottom: number;
  right: number;
}

/** `A1`, `A1:C3`, `A:A` or `3:4` as its corners; undefined for anything else. */
function areaOf(reference: string): Area | undefined {
  const [from = "", to = from] = reference.replaceAll("$", "").split(":");
  const whole = { first: { column: 1, row: 1 }, last: { column: 16_384, row: 1_048_576 } };
  const corner = (text: string, other: { column: number; row: number }) =>
    cellAt(text) ??
    (/^[A-Z]{1,3}$/.test(text) ? { column: cellAt(`${text}1`)!.column, row: other.row } : undefined) ??
    (/^[1-9]\d{0,9}$/.test(text) ? { column: other.column, row: Number(text) } : undefined);
  const [start, end] = [corner(from, whole.first), corner(to, whole.last)];
  if (!start || !end) return undefined;
  return { top: start.row, left: start.column, bottom: end.row, right: end.column };
}

/** How many cells it holds. */
const cellsIn = ({ top, left, bottom, right }: Area) => Math.max(0, bottom - top + 1) * Math.max(0, right - left + 1);

/** The parts of one sheet that span cells: what a formula fills, what is merged, what has a drop-down. All are bounded. */
export class Areas {
  #limits: WorkbookLimits;
  #sheet: string;
  #calculated: Area[] = [];
  #validated = 0;
  #merged = 0;

  constructor(limits: WorkbookLimits, sheet: string) {
    this.#limits = limits;
    this.#sheet = sheet;
  }

  /** One formula may fill an area; only its first cell says so. */
  calculate(reference: string): void {
    const area = areaOf(reference);
    if (!area || this.#calculated.length === this.#limits.formulaAreas)
      throw new Unreadable("formulas", { sheet: this.#sheet, limit: this.#limits.formulaAreas });
    this.#calculated.push(area);
  }

  isCalculated(row: number, column: number): boolean {
    return this.#calculated.some(
      ({ top, left, bottom, right }) => row >= top && row <= bottom && column >= left && column <= right,
    );
  }

  merge(reference: string): void {
    const { mergedCells: limit, merges } = this.#limits;
    const area = areaOf(reference);
    this.#merged += 1;
    if (!area || cellsIn(area) > limit || this.#merged > merges)
      throw new Unreadable("merges", { sheet: this.#sheet, limit });
  }

  validate(references: string): void {
    const limit = this.#limits.validatedCells;
    for (const reference of references.split(/\s+/).filter(Boolean)) {
      const area = areaOf(reference);
      this.#validated += area ? cellsIn(area) : limit + 1;
      if (this.#validated > limit) throw new Unreadable("validations", { sheet: this.#sheet, limit });
    }
  }
}
