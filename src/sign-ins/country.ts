import { fstatSync, openSync, readSync } from "node:fs";
import { createRequire } from "node:module";
import ipaddr from "ipaddr.js";
import type Decoder from "mmdb-lib/lib/decoder.js";
import type * as metadata from "mmdb-lib/lib/metadata.js";
import { log } from "../log.ts";

/** Between the search tree and the data of such a file. */
const separator = 16;

interface Countries {
  file: number;
  meta: metadata.Metadata;
  /** What follows the tree: a few kilobytes, with every country once. */
  data: InstanceType<typeof Decoder.default>;
  /** Where the addresses of IPv4 begin in a tree of IPv6. */
  startOf4: number;
}

let opened: Countries | null | undefined;

/**
 * In which country a network address is registered, as ISO 3166 has it; empty where nobody knows. The tree of addresses,
 * 8 MB, stays on the disk: each step reads the six bytes it needs, all of them a tenth of a millisecond.
 */
export function countryOf(ip: string | undefined): string {
  if (!ip || !ipaddr.isValid(ip)) return "";
  if (opened === undefined) opened = open();
  if (!opened) return "";
  const address = ipaddr.process(ip);
  const found = walk(opened, address.toByteArray(), address.kind() === "ipv4" ? opened.startOf4 : 0);
  if (found <= opened.meta.nodeCount) return "";
  const { country_code: code } = opened.data.decodeFast(found - opened.meta.nodeCount - separator).value as {
    country_code?: unknown;
  };
  return typeof code === "string" && /^[A-Z]{2}$/.test(code) ? code : "";
}

/** A console without the file works, and shows no places. */
function open(): Countries | null {
  try {
    const require = createRequire(import.meta.url);
    const { default: Reader } = require("mmdb-lib/lib/decoder.js") as typeof Decoder;
    const { parseMetadata } = require("mmdb-lib/lib/metadata.js") as typeof metadata;
    const path = require.resolve("@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb");
    const file = openSync(path, "r");
    const { size } = fstatSync(file);
    const meta = parseMetadata(part(file, Math.max(0, size - 4096), Math.min(size, 4096)));
    const after = meta.searchTreeSize + separator;
    const countries = { file, meta, data: new Reader(part(file, after, size - after)), startOf4: 0 };
    if (meta.ipVersion === 6) countries.startOf4 = walk(countries, new Array<number>(12).fill(0), 0);
    return countries;
  } catch (error) {
    log.warn({ err: error }, "no file of countries: sign-ins are shown without a place");
    return null;
  }
}

function part(file: number, from: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  readSync(file, bytes, 0, length, from);
  return bytes;
}

const node = Buffer.alloc(8);

/** From a node down the tree, left for 0 and right for 1: to a node, or, beyond their number, to a place in the data. */
function walk({ file, meta }: Pick<Countries, "file" | "meta">, bytes: number[], start: number): number {
  let at = start;
  for (const byte of bytes)
    for (let bit = 7; bit >= 0 && at < meta.nodeCount; bit--) {
      readSync(file, node, 0, meta.nodeByteSize, at * meta.nodeByteSize);
      at = side(meta.recordSize, (byte >> bit) & 1);
    }
  return at;
}

function side(size: number, right: number): number {
  if (size === 24) return node.readUIntBE(right * 3, 3);
  if (size === 32) return node.readUInt32BE(right * 4);
  // 28 bits: the middle byte holds the highest four of either side.
  return right ? ((node[3]! & 0x0f) << 24) | node.readUIntBE(4, 3) : ((node[3]! & 0xf0) << 20) | node.readUIntBE(0, 3);
}
