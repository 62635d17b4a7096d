/** What a picture's own bytes say it is. */
export interface Picture {
  type: "image/png" | "image/jpeg";
  width: number;
  height: number;
}

/**
 * Looks at the bytes of a PNG or JPEG from their first to their last: what follows the picture, or is hidden behind another
 * file's beginning, is no picture. Undefined for everything else, whatever its name says (T46).
 */
export const readPicture = (bytes: Buffer): Picture | undefined => readPng(bytes) ?? readJpeg(bytes);

const pngStart = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Chunks, each with its length, name and check sum; the first says the size, the last is empty and ends the file. */
function readPng(bytes: Buffer): Picture | undefined {
  if (!bytes.subarray(0, 8).equals(pngStart)) return undefined;
  let found: Picture | undefined;
  let data = false;
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const name = bytes.toString("latin1", at + 4, at + 8);
    const next = at + 12 + length;
    if (!/^[A-Za-z]{4}$/.test(name) || next > bytes.length) return undefined;
    if (!found) {
      if (name !== "IHDR" || length !== 13) return undefined;
      found = { type: "image/png", width: bytes.readUInt32BE(at + 8), height: bytes.readUInt32BE(at + 12) };
    }
    data ||= name === "IDAT";
    if (name === "IEND") return data && next === bytes.length ? found : undefined;
    at = next;
  }
  return undefined;
}

/** Frames (SOF) with a size; not the tables and arithmetic settings that stand between them. */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/** Segments, each with its length, up to the scan, which goes to the end of the file. */
function readJpeg(bytes: Buffer): Picture | undefined {
  const { length } = bytes;
  if (length < 12 || bytes.readUInt16BE(0) !== 0xffd8 || bytes.readUInt16BE(length - 2) !== 0xffd9) return undefined;
  let found: Picture | undefined;
  for (let at = 2; at + 4 <= length; ) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1]!;
    const size = bytes.readUInt16BE(at + 2);
    if (marker === 0xda) return found;
    if (size < 2 || at + 2 + size > length) return undefined;
    if (isFrame(marker) && size >= 8)
      found ??= { type: "image/jpeg", height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    at += 2 + size;
  }
  return undefined;
}
