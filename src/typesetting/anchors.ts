/** Puts a mark where its letter has an anchor for it. */
interface Positioner {
  applyAnchor(mark: { markAnchor: object | null }, base: object | null, at: number): void;
}

/** What joins letters and places marks, by the rules of a font. */
export interface LayoutEngine {
  engine?: { GPOSProcessor?: Positioner };
}

/**
 * A letter may have no anchor for a kind of mark (OpenType, GPOS: an anchor's offset "may be NULL"): the mark stays where it is.
 * fontkit would read it all the same, and a name with such a letter would end the whole document.
 */
export function passMissingAnchors({ engine }: LayoutEngine): void {
  const positioner = engine?.GPOSProcessor;
  if (!positioner) return;
  const apply = positioner.applyAnchor.bind(positioner);
  positioner.applyAnchor = (mark, base, at) => {
    if (mark.markAnchor && base) apply(mark, base, at);
  };
}
