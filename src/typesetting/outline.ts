export interface Path {
  commands: { command: string; args: number[] }[];
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  closePath(): void;
}

interface Dot {
  x: number;
  y: number;
  onCurve: boolean;
}

function contoursOf(path: Path): Dot[][] {
  const contours: Dot[][] = [];
  for (const { command, args } of path.commands) {
    if (command === "moveTo") contours.push([]);
    const contour = contours.at(-1);
    for (let n = 0; n < args.length; n += 2) {
      // fontkit's TrueType outlines have quadratic curves only: a control point, then the end.
      const onCurve = command !== "quadraticCurveTo" || n === 2;
      contour?.push({ x: Math.round(args[n]!), y: Math.round(args[n + 1]!), onCurve });
    }
  }
  return contours.filter((contour) => contour.length > 0);
}

/** The outline as an entry of a TrueType glyf table. fontkit's own encoder takes whole numbers only, and a variable font has others. */
export function encodeOutline(path: Path): Uint8Array {
  const contours = contoursOf(path);
  const dots = contours.flat();
  if (dots.length === 0) return new Uint8Array(0);

  const ends = contours.map((_, n) => contours.slice(0, n + 1).reduce((sum, contour) => sum + contour.length, 0) - 1);
  const size = 10 + 2 * ends.length + 2 + 5 * dots.length;
  const view = new DataView(new ArrayBuffer(size + ((4 - (size % 4)) % 4)));
  let at = 0;
  const int16 = (value: number) => {
    view.setInt16(at, value);
    at += 2;
  };
  const [xs, ys] = [dots.map(({ x }) => x), dots.map(({ y }) => y)];
  for (const value of [contours.length, Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)])
    int16(value);
  for (const end of ends) int16(end);
  // No instructions: hints are for screens of old.
  int16(0);
  for (const { onCurve } of dots) view.setUint8(at++, onCurve ? 1 : 0);
  for (const line of [xs, ys]) {
    let before = 0;
    for (const value of line) {
      int16(value - before);
      before = value;
    }
  }
  return new Uint8Array(view.buffer);
}
