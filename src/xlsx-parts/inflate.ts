import { crc32, createInflateRaw } from "node:zlib";
import type { WorkbookLimits } from "../xlsx/limits.ts";
import { Unreadable } from "../xlsx/unreadable.ts";
import type { ZipEntry } from "./zip.ts";

/** A zip that is held in memory, packed. */
export interface Package {
  file: Buffer;
  entries: Map<string, ZipEntry>;
  /** How many bytes have been unpacked of it so far. */
  unpacked: number;
}

/** The entry, if it is one that may be kept in memory. */
export function small(entry: ZipEntry, limits: WorkbookLimits): ZipEntry {
  if (entry.size > limits.smallPartBytes)
    throw new Unreadable("part_too_large", { part: entry.name, limit: limits.smallPartBytes / 1024 / 1024 });
  return entry;
}

/**
 * The bytes of a part, in pieces of at most 64 KiB. They are counted as they come: a part that is not exactly as long as the
 * directory says, or whose checksum differs, is refused, the longer one before the byte too many is kept.
 */
export async function* unpacked(zip: Package, entry: ZipEntry): AsyncGenerator<Buffer> {
  const lying = new Unreadable("lying_sizes", { part: entry.name });
  const packed = zip.file.subarray(entry.start, entry.start + entry.packed);
  let size = 0;
  let sum = 0;
  for await (const piece of entry.method === 0 ? slices(packed) : inflate(packed, lying)) {
    size += piece.length;
    zip.unpacked += piece.length;
    if (size > entry.size) throw lying;
    sum = crc32(piece, sum);
    yield piece;
  }
  if (size !== entry.size) throw lying;
  if (sum !== entry.crc) throw new Unreadable("damaged");
}

const pieceBytes = 64 * 1024;

function* slices(bytes: Buffer) {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

async function* inflate(packed: Buffer, lying: Unreadable): AsyncGenerator<Buffer> {
  const stream = createInflateRaw({ chunkSize: pieceBytes });
  stream.end(packed);
  try {
    for await (const piece of stream) yield piece;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code?.startsWith("Z_")) throw new Unreadable("damaged");
    throw error;
  }
  // What follows the end of the packed stream would be read by nobody, or by somebody else.
  if (stream.bytesWritten !== packed.length) throw lying;
}

const needles = ["latin1", "utf16le"].map((encoding) => Buffer.from("<!DOCTYPE", encoding as BufferEncoding));
needles.push(Buffer.from(needles[1]!).swap16());
const kept = 17;

/** Unpacks a part that nobody reads, for what it holds: its length and checksum, and that no XML declares anything (T78). */
export async function inspect(zip: Package, entry: ZipEntry): Promise<void> {
  const xml = /\.(xml|rels|vml)$/i.test(entry.name);
  let before: Buffer = Buffer.alloc(0);
  for await (const piece of unpacked(zip, entry)) {
    if (!xml) continue;
    const text = Buffer.concat([before, piece]);
    if (needles.some((needle) => text.includes(needle))) throw new Unreadable("doctype", { part: entry.name });
    before = Buffer.from(text.subarray(-kept));
  }
}
