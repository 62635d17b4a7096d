import { constants, crc32, deflateRawSync } from "node:zlib";

/** One file of a zip. Everything beyond name and content is there to lie with. */
export interface ZipPart {
  name: string;
  content: string | Buffer;
  /** Instead of what is packed from the content. */
  packed?: Buffer;
  method?: number;
  /** What the directory and the entry say, where that is not the truth. */
  size?: number;
  crc?: number;
  flags?: number;
  mode?: number;
  /** What only the entry says, not the directory. */
  localName?: string;
  localSize?: number;
  localMethod?: number;
  /** Where the directory says it stands; then it stands in the directory only. */
  place?: number;
}

/** A part with the same piece very many times between two others, made without ever holding it: the piece is packed once. */
export function repeated(before: string, piece: string | Buffer, count: number, after: string) {
  const pack = (text: string | Buffer) => deflateRawSync(text, { finishFlush: constants.Z_FULL_FLUSH });
  const packed = Buffer.concat([pack(before), ...Array<Buffer>(count).fill(pack(piece)), deflateRawSync(after)]);
  let crc = crc32(before);
  for (let n = 0; n < count; n++) crc = crc32(piece, crc);
  return { packed, size: before.length + count * piece.length + after.length, crc: crc32(after, crc) };
}

/** A zip as it is asked for, however wrong that is. */
export function zipOf(parts: ZipPart[], comment = ""): Buffer {
  const before: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const part of parts) {
    const content = Buffer.from(part.content as string);
    const method = part.method ?? 8;
    const packed = part.packed ?? (method === 0 ? content : deflateRawSync(content, { level: 6 }));
    const crc = part.crc ?? crc32(content);
    const size = part.size ?? content.length;
    const place = part.place ?? at;
    const name = Buffer.from(part.name);

    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE((3 << 8) | 20, 4);
    central.writeUInt16LE(20, 6);
    central.writeUInt16LE(part.flags ?? 0x800, 8);
    central.writeUInt16LE(method, 10);
    central.writeUInt32LE(crc, 16);
    central.writeUInt32LE(packed.length, 20);
    central.writeUInt32LE(size, 24);
    central.writeUInt16LE(name.length, 28);
    central.writeUInt32LE(((part.mode ?? 0o100644) << 16) >>> 0, 38);
    central.writeUInt32LE(place, 42);
    directory.push(central, name);
    if (part.place !== undefined) continue;

    const localName = Buffer.from(part.localName ?? part.name);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(20, 4);
    local.writeUInt16LE(part.flags ?? 0x800, 6);
    local.writeUInt16LE(part.localMethod ?? method, 8);
    local.writeUInt32LE(crc, 14);
    local.writeUInt32LE(packed.length, 18);
    local.writeUInt32LE(part.localSize ?? size, 22);
    local.writeUInt16LE(localName.length, 26);
    before.push(local, localName, packed);
    at += local.length + localName.length + packed.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(parts.length & 0xffff, 8);
  end.writeUInt16LE(parts.length & 0xffff, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(at, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...before, listed, end, Buffer.from(comment)]);
}
