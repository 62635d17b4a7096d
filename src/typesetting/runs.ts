import { bidi } from "./bidi.ts";
import type { Face } from "./face.ts";
import { boxOf, type Glyph, type Mark, type Position, type Slice, stacked } from "./open-slice.ts";

/** Neighbouring characters that are drawn in one way. */
export interface Run {
  face: Face;
  level: number;
  joins: boolean;
  clusters: string[];
  /** No font has it: a box is drawn, and reads as the character. */
  missing: boolean;
}

const pointsOf = (text: string) => Array.from(text, (char) => char.codePointAt(0)!);

/** One glyph for each, as nothing joins. What is not drawn is read with the character before it. */
export function single({ face, clusters }: Run) {
  let codes = "";
  let width = 0;
  for (const cluster of clusters) {
    const points = pointsOf(cluster);
    const first = points[0]!;
    const code = face.hex[first] ?? face.learn(first);
    codes += points.length === 1 ? code : face.code(face.slice.glyphForCodePoint(first), points);
    width += face.width[first]!;
  }
  return { codes: `<${codes}>`, width };
}

/** No font of ours has these: a box is seen, and the character is read. */
export function boxes({ face, clusters }: Run) {
  const box = boxOf(face.slice);
  const codes = clusters.map((cluster) => face.code(box, pointsOf(cluster))).join("");
  return { codes: `<${codes}>`, width: face.widthOf(box) * clusters.length };
}

const mirror = (char: string) => bidi.getMirroredCharacter(char) ?? char;

interface Placed extends Position {
  glyph: Glyph;
}

/** Glyphs that stand for no text of their own become part of their letter, which from right to left comes after them. */
function withDots(slice: Slice, glyphs: Glyph[], positions: Position[], backwards: boolean): Placed[] {
  const placed: Placed[] = [];
  let waiting: Mark[] = [];
  glyphs.forEach((glyph, n) => {
    const position = positions[n]!;
    // A joiner that the font has no glyph for has done its work by now.
    if (glyph.id === 0) return;
    if (glyph.codePoints.length > 0) {
      placed.push({ ...position, glyph: waiting.length > 0 ? stacked(slice, glyph, waiting) : glyph });
      waiting = [];
      return;
    }
    const mark = { glyph, dx: position.xOffset, dy: position.yOffset };
    const base = placed.at(-1);
    if (backwards) waiting.push(mark);
    else if (base) base.glyph = stacked(slice, base.glyph, [{ ...mark, dx: mark.dx + base.xAdvance }]);
  });
  return placed;
}

/** By the rules of the font: letters join, marks find their place. Glyphs come from left to right. */
export function joined({ face, level, clusters }: Run) {
  const backwards = level % 2 === 1;
  const turn = (text: string) => (backwards ? Array.from(text, mirror).join("") : text);
  const direction = backwards ? "rtl" : "ltr";
  // A glyph that fontkit remembers says which text it stood for before.
  face.slice._glyphs = {};
  const { glyphs, positions } = face.slice.layout(turn(clusters.join("")), undefined, undefined, undefined, direction);
  let codes = "";
  let width = 0;
  let behind = 0;
  for (const { glyph, xAdvance, xOffset, yOffset } of withDots(face.slice, glyphs, positions, backwards)) {
    const code = face.code(glyph, pointsOf(turn(String.fromCodePoint(...glyph.codePoints))));
    // A number in the list moves what follows to the left, by thousandths of the size.
    const back = behind - face.scaled(xOffset);
    if (Math.abs(back) > 0.01) codes += ` ${back.toFixed(2)} `;
    codes += yOffset ? raised(face.scaled(yOffset), code) : `<${code}>`;
    behind = face.widthOf(glyph) + face.scaled(xOffset) - face.scaled(xAdvance);
    width += face.scaled(xAdvance);
  }
  return { codes: `[${codes}]`, width };
}

/** How far a glyph is raised depends on the size, so this is a mark that the pen resolves. */
const raised = (by: number, code: string) => `@${by.toFixed(2)}@<${code}>@0@`;
