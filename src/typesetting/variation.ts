export interface Point {
  x: number;
  y: number;
  onCurve: boolean;
  endContour: boolean;
  copy(): Point;
}

export interface Outline {
  numberOfContours: number;
  points?: Point[];
  components?: { dx: number; dy: number }[];
}

/** fontkit's: moves points to where they are at the font's weight. */
export interface Variation {
  transformPoints(id: number, points: Point[]): void;
}

/** A point of its own, where fontkit expects one of an outline. */
const point = (x: number, y: number, onCurve = true, endContour = true): Point => ({
  ...{ x, y, onCurve, endContour },
  copy: () => point(x, y, onCurve, endContour),
});

interface Packed extends Omit<Outline, "points"> {
  dots?: Int16Array;
  flags?: Uint8Array;
}

/** fontkit unpacks all outlines of a file at once, a point an object; in this form they take a tenth of the memory. */
export function pack({ points, ...rest }: Outline): Packed {
  if (!points) return rest;
  const dots = Int16Array.from(points.flatMap(({ x, y }) => [x, y]));
  const flags = Uint8Array.from(points, ({ onCurve, endContour }) => Number(onCurve) + 2 * Number(!!endContour));
  return { ...rest, dots, flags };
}

/** One outline at the wanted weight; fontkit varies those of TrueType files only. */
export function varied(vary: Variation | null, packed: Packed | undefined, id: number): Outline | undefined {
  if (!packed || packed.numberOfContours === 0) return packed;
  // The last four stand for the glyph's own edges; its width comes from another table.
  const edges = [0, 0, 0, 0].map(() => point(0, 0));
  if (packed.numberOfContours > 0) {
    const { dots, flags, ...rest } = packed;
    const points = Array.from(flags!, (flag, n) =>
      point(dots![2 * n]!, dots![2 * n + 1]!, (flag & 1) === 1, (flag & 2) === 2),
    );
    vary?.transformPoints(id, [...points, ...edges]);
    return { ...rest, points };
  }
  const offsets = packed.components!.map(({ dx, dy }) => point(dx, dy));
  vary?.transformPoints(id, [...offsets, ...edges]);
  const components = packed.components!.map((part, n) => ({ ...part, dx: offsets[n]!.x, dy: offsets[n]!.y }));
  return { ...packed, components };
}
