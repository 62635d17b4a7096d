import type { ServerAnswer } from "../db/domains.ts";
import { type Inquiry, isAnswer } from "./inquiry.ts";
import { isWithin, plainName } from "./names.ts";
import { type Question, textOf } from "./packet.ts";
import { placeOfServer } from "./places.ts";
import { readAnswer, referralIn } from "./read-answer.ts";
import { addressOf, findZone, type Zone } from "./zone.ts";

/** Asks the servers of the zone that `near` is in, one after the other, until one answers: where a record may have gone. */
export async function probe(inquiry: Inquiry, near: string, question: Question): Promise<ServerAnswer | undefined> {
  const zone = await findZone(inquiry, near);
  for (const host of zone?.hosts ?? []) {
    const read = readAnswer(host, await askHost(inquiry, zone!, host, question), question, true);
    if (read.outcome !== "failure" && read.outcome !== "timeout") return read;
  }
  return undefined;
}

async function askHost(inquiry: Inquiry, zone: Zone, host: string, question: Question) {
  const address = await addressOf(inquiry, host, zone);
  const place = address && placeOfServer(address);
  return place ? inquiry.ask(place, question) : ("unreachable" as const);
}

/**
 * What name servers say that somebody calls a server of this zone (its own NS records there, the delegation of the zone
 * above) though it is not them who are asked: a zone that is moving, or one that was set up at the wrong place.
 */
export async function askStrays(inquiry: Inquiry, name: string, question: Question): Promise<ServerAnswer[]> {
  const zone = await findZone(inquiry, name);
  if (!zone || zone.name === ".") return [];
  const above = await findZone(inquiry, zone.name.slice(zone.name.indexOf(".") + 1) || ".");
  const lists = await Promise.all([listOf(inquiry, zone, zone), above ? listOf(inquiry, above, zone) : undefined]);

  const known = new Set(zone.hosts);
  const addresses = new Map(lists.flatMap((list) => [...(list?.addresses ?? [])]));
  const strays = [...new Set(lists.flatMap((list) => list?.hosts ?? []))]
    .filter((host) => !known.has(host))
    .slice(0, 3);
  const theirs: Zone = { name: zone.name, hosts: strays, addresses };
  return Promise.all(
    strays.map(async (host) => readAnswer(host, await askHost(inquiry, theirs, host, question), question, true)),
  );
}

/** The name servers of `zone`, as the servers of `by` know them. */
async function listOf(inquiry: Inquiry, by: Zone, zone: Zone): Promise<Pick<Zone, "hosts" | "addresses"> | undefined> {
  for (const host of by.hosts.slice(0, 2)) {
    const answer = await askHost(inquiry, by, host, { name: zone.name, type: "NS" });
    if (!isAnswer(answer)) continue;
    const referral = referralIn(answer, by.name, zone.name);
    if (referral && isWithin(zone.name, referral.zone)) return referral;
    const own = answer.answers.filter((record) => record.type === "NS" && plainName(record.name) === zone.name);
    return { hosts: own.map(textOf), addresses: new Map() };
  }
  return undefined;
}
