import bidiFactory, { type Bidi } from "bidi-js";

// The types say an ES module, the package is a CommonJS one.
export const bidi = (bidiFactory as unknown as () => Bidi)();
