import type { ServerAnswer } from "../db/domains.ts";
import { askHost } from "./ask-everywhere.ts";
import { type Inquiry, isAnswer } from "./inquiry.ts";
import { isWithin, plainName } from "./names.ts";
import { type Question, textOf } from "./packet.ts";
import { readAnswer, referralIn } from "./read-answer.ts";
import { findZone, type Zone } from "./zone.ts";

/** Asks the servers of the zone that `near` is in, one after the other, until one answers: where a record may have gone. */
export async function probe(inquiry: Inquiry, near: string, question: Question): Promise<ServerAnswer | undefined> {
  const zone = await findZone(inquiry, near);
  for (const host of zone?.hosts ?? []) {
    const answers = await askHost(inquiry, question, zone!, host);
    const read = answers.map(({ server, answer }) => readAnswer(server, answer, question, true));
    const found = read.find(({ outcome }) => outcome !== "failure" && outcome !== "timeout");
    if (found) return found;
  }
  return undefined;
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
  const answers = (await Promise.all(strays.map((host) => askHost(inquiry, question, theirs, host)))).flat();
  return answers.map(({ server, answer }) => readAnswer(server, answer, question, true));
}

/** The name servers of `zone`, as the servers of `by` know them. */
async function listOf(inquiry: Inquiry, by: Zone, zone: Zone): Promise<Pick<Zone, "hosts" | "addresses"> | undefined> {
  for (const host of by.hosts.slice(0, 2)) {
    const question = { name: zone.name, type: "NS" as const };
    const answer = (await askHost(inquiry, question, by, host)).map((each) => each.answer).find(isAnswer);
    if (!answer) continue;
    const referral = referralIn(answer, by.name, zone.name);
    if (referral && isWithin(zone.name, referral.zone)) return referral;
    const own = answer.answers.filter((record) => record.type === "NS" && plainName(record.name) === zone.name);
    return { hosts: own.map(textOf), addresses: new Map() };
  }
  return undefined;
}
