import { randomInt } from "node:crypto";
import { type Answer, type DecodedPacket, decode, encode, RECURSION_DESIRED } from "dns-packet";
import { plainName, visible } from "./names.ts";

export type RecordType = "TXT" | "CNAME" | "MX" | "NS" | "A" | "AAAA" | "SOA";

export interface Question {
  name: string;
  type: RecordType;
}

export interface Reply {
  /** `noerror`, `nxdomain`, `servfail`, `refused` … */
  code: string;
  authoritative: boolean;
  truncated: boolean;
  answers: Answer[];
  authorities: Answer[];
  additionals: Answer[];
}

/** More records than anybody needs (T26): 500 are read, what claims a thousand and more is not. */
const mostRecords = 1000;

/** A question with a random id, as bytes. EDNS lets answers up to 1,232 bytes come without a second connection. */
export function askBytes({ name, type }: Question, recursive: boolean): { id: number; bytes: Buffer } {
  const id = randomInt(65_536);
  const bytes = encode({
    type: "query",
    id,
    flags: recursive ? RECURSION_DESIRED : 0,
    questions: [{ name, type }],
    additionals: [
      { type: "OPT", name: ".", udpPayloadSize: 1232, extendedRcode: 0, ednsVersion: 0, flags: 0 } as never,
    ],
  });
  return { id, bytes };
}

/** The answer to this very question: `other` is not for us (another id or question, T26) or no DNS at all. */
export function readReply(bytes: Buffer, id: number, question: Question): Reply | "other" | "too_much" {
  if (bytes.length < 12 || bytes.readUInt16BE(0) !== id) return "other";
  const counted = [6, 8, 10].reduce((sum, offset) => sum + bytes.readUInt16BE(offset), 0);
  if (counted > mostRecords || bytes.readUInt16BE(4) > 1) return "too_much";

  const packet = decoded(bytes);
  if (packet?.type !== "response") return "other";
  const code = ((packet as { rcode?: string }).rcode ?? "").toLowerCase();
  const [asked] = packet.questions ?? [];
  // Servers that could not read the question do not repeat it.
  const repeats = asked
    ? plainName(asked.name) === plainName(question.name) && asked.type === question.type
    : code !== "noerror" && code !== "nxdomain";
  if (!repeats) return "other";

  const { answers = [], authorities = [], additionals = [] } = packet;
  return { code, authoritative: packet.flag_aa, truncated: packet.flag_tc, answers, authorities, additionals };
}

function decoded(bytes: Buffer): DecodedPacket | undefined {
  try {
    return decode(bytes);
  } catch {
    return undefined;
  }
}

/** A record's value as text: TXT strings joined without a space (RFC 7208, 3.3), `10 mx.example.com` for MX. */
export function textOf(record: Answer): string {
  const data: unknown = "data" in record ? record.data : "";
  if (record.type === "TXT") {
    const strings = [data].flat().map((part) => Buffer.from(part as Buffer));
    return visible(Buffer.concat(strings).toString("utf8"));
  }
  if (record.type === "MX") return `${record.data.preference ?? 0} ${visible(plainName(record.data.exchange))}`;
  return typeof data === "string" ? visible(plainName(data)) : "";
}
