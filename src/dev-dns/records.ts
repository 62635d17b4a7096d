import type { Answer } from "dns-packet";
import { t } from "../i18n/t.ts";

/** What can be written into the built-in name server; SOA and the zone's own NS make themselves. */
export const recordTypes = ["TXT", "CNAME", "MX", "NS", "A", "AAAA"] as const;
export type EditableType = (typeof recordTypes)[number];

/** How the name servers of the built-in zones answer; resolvers always do. */
export const serverModes = ["answer", "fail", "silent"] as const;
export type ServerMode = (typeof serverModes)[number];

/** What each way to answer is called. */
export const modeTitles = (): Record<ServerMode, string> => ({
  answer: t("Answers every question"),
  fail: t("Fails at every question (SERVFAIL)"),
  silent: t("Does not answer at all"),
});

export interface ZoneRecord {
  id: string;
  /** The full name, lower case, without the dot at the end. */
  name: string;
  type: EditableType;
  /** As DNS panels show it: text, a host name, an address, `10 mx.example.com`. */
  value: string;
  /** A TXT value in these strings; else it is cut every 255 bytes. */
  strings?: string[];
}

export interface Zone {
  id: string;
  name: string;
  /** Host names of its name servers. */
  hosts: string[];
  /** Seconds that resolvers remember "there is none" (the SOA's minimum). */
  minimum: number;
  records: ZoneRecord[];
}

const ttl = 60;

function stringsOf({ strings, value }: ZoneRecord): Buffer[] {
  if (strings) return strings.map((part) => Buffer.from(part));
  const bytes = Buffer.from(value);
  const count = Math.max(1, Math.ceil(bytes.length / 255));
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * 255, (index + 1) * 255));
}

/** The record as it travels. */
export function wire(record: ZoneRecord): Answer {
  const { name, type, value } = record;
  if (type === "TXT") return { name, type, ttl, data: stringsOf(record) };
  if (type === "MX") {
    const [preference, exchange] = value.split(/\s+/);
    return { name, type, ttl, data: { preference: Number(preference), exchange: exchange ?? "." } };
  }
  return { name, type, ttl, data: value };
}

/** The zone's SOA: its TTL and minimum are how long "there is none" is remembered (RFC 2308). */
export const soaOf = (zone: Zone, left = zone.minimum): Answer => ({
  name: zone.name,
  type: "SOA",
  ttl: left,
  data: {
    mname: zone.hosts[0] ?? ".",
    rname: "hostmaster.muster.test",
    serial: 1,
    refresh: 3600,
    retry: 600,
    expire: 86_400,
    minimum: zone.minimum,
  },
});

export const nameServersOf = (zone: Zone): Answer[] =>
  zone.hosts.map((host) => ({ name: zone.name, type: "NS", ttl, data: host }));
