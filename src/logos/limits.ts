import type { Picture } from "./read-picture.ts";

/** What a logo may be at most: bytes, and pixels a side. */
export const mostBytes = 200_000;
export const mostPixels = 1024;

/** As the log names it: it keeps no pictures. */
export const sayLogo = ({ type, width, height }: Picture): string =>
  `${type === "image/png" ? "PNG" : "JPEG"}, ${width} × ${height}`;
