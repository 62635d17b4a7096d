import type { Answer } from "dns-packet";
import { nameServersOf, soaOf, wire, type Zone, type ZoneRecord } from "./records.ts";
import type { Zones } from "./zones.ts";

export interface Said {
  code: "noerror" | "nxdomain" | "servfail" | "refused";
  authoritative: boolean;
  answers: Answer[];
  authorities: Answer[];
  additionals: Answer[];
}

/** No records of any kind. */
export const nothing: Omit<Said, "code"> = { authoritative: false, answers: [], authorities: [], additionals: [] };

/** What an authoritative server with these zones says to a question (RFC 1034, 4.3.2). */
export function answerFrom(zones: Zones, name: string, type: string, hops = 0): Said {
  const zone = zones.zoneOf(name);
  if (!zone) return { ...nothing, code: "refused" };
  const referral = delegation(zone, name);
  if (referral) return referral;

  const here = recordsAt(zone, name);
  const alias = here.find((record) => record.type === "CNAME");
  // A CNAME at the top of a zone is a mistake that people make; what the zone is made of is answered all the same.
  const isFrame = name === zone.name && (type === "NS" || type === "SOA");
  if (alias && type !== "CNAME" && !isFrame) {
    const target = alias.value.toLowerCase().replace(/(?<=.)\.$/, "");
    // A server follows a chain as far as its own zones go, and notices when it runs in a circle.
    const next = hops < 12 && zones.zoneOf(target) ? answerFrom(zones, target, type, hops + 1) : undefined;
    const rest = next?.authoritative ? next : { ...nothing, code: "noerror" as const };
    return { ...rest, authoritative: true, answers: [wire({ ...alias, name }), ...rest.answers] };
  }

  const answers = here.filter((record) => record.type === type).map((record) => wire({ ...record, name }));
  if (name === zone.name && type === "NS") answers.push(...nameServersOf(zone));
  if (name === zone.name && type === "SOA") answers.push(soaOf(zone));
  if (answers.length) return { ...nothing, code: "noerror", authoritative: true, answers };
  const exists = name === zone.name || zone.records.some((record) => record.name.endsWith(`.${name}`)) || here.length;
  return { ...nothing, code: exists ? "noerror" : "nxdomain", authoritative: true, authorities: [soaOf(zone)] };
}

function recordsAt(zone: Zone, name: string): ZoneRecord[] {
  const exact = zone.records.filter((record) => record.name === name);
  if (exact.length || name === zone.name) return exact;
  const wild = `*.${name.slice(name.indexOf(".") + 1)}`;
  return zone.records.filter((record) => record.name === wild);
}

/** NS records below the zone's own name: others answer from there on. */
function delegation(zone: Zone, name: string): Said | undefined {
  const cuts = zone.records.filter(
    (record) =>
      record.type === "NS" && record.name !== zone.name && (name === record.name || name.endsWith(`.${record.name}`)),
  );
  if (!cuts.length) return undefined;
  const hosts = cuts.map(({ value }) => value);
  const glue = zone.records.filter((record) => record.type === "A" && hosts.includes(record.name));
  return { ...nothing, code: "noerror", authorities: cuts.map(wire), additionals: glue.map(wire) };
}
