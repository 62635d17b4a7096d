import type { WorkbookLimits } from "../xlsx/limits.ts";
import { Unreadable } from "../xlsx/unreadable.ts";

/** One file in the zip, as the directory at the end calls it, checked against what stands before its bytes. */
export interface ZipEntry {
  name: string;
  method: 0 | 8;
  crc: number;
  packed: number;
  size: number;
  /** Of the packed bytes. */
  start: number;
}

const signatures = { local: 0x04034b50, central: 0x02014b50, end: 0x06054b50, end64: 0x06064b50, locator: 0x07064b50 };
const full16 = 0xffff;
const full32 = 0xffffffff;
const encryptedFlag = 0x1 | 0x40 | 0x2000;
const descriptorFlag = 0x8;
const utf8Flag = 0x800;

const damaged = () => new Unreadable("damaged");

/**
 * The directory of the zip by lower-case name: names of parts ignore case, so two that differ by it are duplicates.
 * Everything that another program might read differently is refused: overlaps, second copies, sizes that differ between
 * directory and entry, more than one directory. Nothing is unpacked here.
 */
export function readDirectory(file: Buffer, limits: WorkbookLimits): Map<string, ZipEntry> {
  const end = endOf(file);
  const count = file.readUInt16LE(end + 10);
  const bytes = file.readUInt32LE(end + 12);
  const start = file.readUInt32LE(end + 16);
  if (count > limits.entries) throw new Unreadable("too_many_entries", { limit: limits.entries });
  if (file.readUInt16LE(end + 4) || file.readUInt16LE(end + 6) || file.readUInt16LE(end + 8) !== count) throw damaged();
  if (start + bytes > end) throw damaged();
  if (start + bytes < end) checkEnd64(file, start + bytes, end);

  const entries = new Map<string, ZipEntry>();
  const areas: { from: number; to: number }[] = [];
  let total = 0;
  let at = start;
  for (let index = 0; index < count; index++) {
    if (at + 46 > end || file.readUInt32LE(at) !== signatures.central) throw damaged();
    const { entry, local, next } = readEntry(file, at);
    at = next;
    checkName(entry.name);
    const key = entry.name.toLowerCase();
    if (entries.has(key)) throw new Unreadable("duplicate_entries", { part: entry.name });
    checkSize(entry, limits);
    total += entry.size;
    if (total > limits.totalBytes) throw tooLargeUnpacked(limits);
    areas.push({ from: local, to: checkLocal(file, entry, local, start) });
    entries.set(key, entry);
  }
  if (at !== start + bytes) throw damaged();
  areas.sort((a, b) => a.from - b.from);
  for (const [index, area] of areas.entries())
    if (area.to > (areas[index + 1]?.from ?? start)) throw new Unreadable("overlapping_entries");
  return entries;
}

/** Where the record at the very end of the file begins. */
function endOf(file: Buffer): number {
  if (file.length < 22) throw new Unreadable("truncated");
  for (let at = file.length - 22; at >= Math.max(0, file.length - 22 - full16); at--)
    if (file.readUInt32LE(at) === signatures.end && at + 22 + file.readUInt16LE(at + 20) === file.length) return at;
  throw new Unreadable("truncated");
}

/** Between the directory and the last record only the long form of that record may stand, and it must say the same. */
function checkEnd64(file: Buffer, at: number, end: number) {
  if (end - at !== 76) throw damaged();
  if (file.readUInt32LE(at) !== signatures.end64 || file.readUInt32LE(at + 56) !== signatures.locator) throw damaged();
  const same =
    file.readBigUInt64LE(at + 4) === 44n &&
    file.readBigUInt64LE(at + 24) === BigInt(file.readUInt16LE(end + 8)) &&
    file.readBigUInt64LE(at + 32) === BigInt(file.readUInt16LE(end + 10)) &&
    file.readBigUInt64LE(at + 40) === BigInt(file.readUInt32LE(end + 12)) &&
    file.readBigUInt64LE(at + 48) === BigInt(file.readUInt32LE(end + 16)) &&
    file.readBigUInt64LE(at + 64) === BigInt(at);
  if (!same) throw damaged();
}

function readEntry(file: Buffer, at: number) {
  const flags = file.readUInt16LE(at + 8);
  const method = file.readUInt16LE(at + 10);
  const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => file.readUInt16LE(at + offset));
  const next = at + 46 + nameLength! + extraLength! + commentLength!;
  if (next > file.length) throw damaged();
  const name = nameOf(file.subarray(at + 46, at + 46 + nameLength!), flags);
  const mode = file.readUInt16LE(at + 40);
  if ((mode & 0xf000) === 0xa000) throw new Unreadable("bad_names", { part: name });
  if (flags & encryptedFlag) throw new Unreadable("encrypted");
  if (method !== 0 && method !== 8) throw new Unreadable("bad_method", { part: name });

  let size = file.readUInt32LE(at + 24);
  let packed = file.readUInt32LE(at + 20);
  let local = file.readUInt32LE(at + 42);
  if (file.readUInt16LE(at + 34) !== 0) throw damaged();
  if (size === full32 || packed === full32 || local === full32) {
    const extra = file.subarray(at + 46 + nameLength!, at + 46 + nameLength! + extraLength!);
    const long = longNumbers(extra);
    if (size === full32) size = long.shift() ?? Number.NaN;
    if (packed === full32) packed = long.shift() ?? Number.NaN;
    if (local === full32) local = long.shift() ?? Number.NaN;
  }
  if (![size, packed, local].every(Number.isSafeInteger)) throw damaged();
  if (method === 0 && size !== packed) throw new Unreadable("lying_sizes", { part: name });
  const entry: ZipEntry = { name, method, crc: file.readUInt32LE(at + 16), packed, size, start: Number.NaN };
  return { entry, local, next };
}

/** The numbers of the one extra field that holds sizes of more than 32 bits. */
function longNumbers(extra: Buffer): number[] {
  for (let at = 0; at + 4 <= extra.length; ) {
    const length = extra.readUInt16LE(at + 2);
    if (at + 4 + length > extra.length) throw damaged();
    if (extra.readUInt16LE(at) === 1)
      return Array.from({ length: length >> 3 }, (_, index) => Number(extra.readBigUInt64LE(at + 4 + index * 8)));
    at += 4 + length;
  }
  return [];
}

function nameOf(bytes: Buffer, flags: number): string {
  if (!(flags & utf8Flag)) return bytes.toString("latin1");
  const name = bytes.toString("utf8");
  if (name.includes("\ufffd")) throw new Unreadable("bad_names", { part: name });
  return name;
}

function checkName(name: string) {
  const parts = name.replace(/\/$/, "").split("/");
  const odd =
    /[\\:\u0000-\u001f\u007f]/.test(name) || parts.some((part) => part === "" || part === "." || part === "..");
  if (odd || name.length > 512) throw new Unreadable("bad_names", { part: name.slice(0, 100) });
}

function checkSize({ name, size, packed }: ZipEntry, limits: WorkbookLimits) {
  if (name.endsWith("/") && size > 0) throw new Unreadable("bad_names", { part: name });
  if (size > limits.entryBytes)
    throw new Unreadable("part_too_large", { part: name, limit: limits.entryBytes / 1024 / 1024 });
  if (size > limits.ratioFrom && size > packed * limits.ratio)
    throw new Unreadable("ratio", { part: name, limit: limits.ratio });
}

/** The limit on all parts together, in MB. */
export const tooLargeUnpacked = (limits: WorkbookLimits) =>
  new Unreadable("too_large_unpacked", { limit: limits.totalBytes / 1024 / 1024 });

/** Reads what stands before the bytes of the entry, which must say what the directory says; returns where they end. */
function checkLocal(file: Buffer, entry: ZipEntry, at: number, directory: number): number {
  if (at + 30 > directory || file.readUInt32LE(at) !== signatures.local) throw damaged();
  const flags = file.readUInt16LE(at + 6);
  const nameLength = file.readUInt16LE(at + 26);
  entry.start = at + 30 + nameLength + file.readUInt16LE(at + 28);
  const end = entry.start + entry.packed;
  if (end > directory) throw new Unreadable("overlapping_entries");
  if (flags & encryptedFlag) throw new Unreadable("encrypted");
  if (file.readUInt16LE(at + 8) !== entry.method) throw damaged();
  if (nameOf(file.subarray(at + 30, at + 30 + nameLength), flags) !== entry.name) throw damaged();
  const said = [file.readUInt32LE(at + 14), file.readUInt32LE(at + 18), file.readUInt32LE(at + 22)];
  const meant = [entry.crc, entry.packed, entry.size];
  // Written before the sizes were known: zero here, and again behind the bytes. Long sizes: all ones here.
  const open = (value: number) => value === full32 || (Boolean(flags & descriptorFlag) && value === 0);
  if (said.some((value, index) => value !== meant[index] && !open(value)))
    throw new Unreadable("lying_sizes", { part: entry.name });
  return end;
}
