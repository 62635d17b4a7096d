import { type Inquiry, isAnswer } from "./inquiry.ts";
import { isAskable, plainName, withParents } from "./names.ts";
import type { RecordType } from "./packet.ts";
import { textOf } from "./packet.ts";

export interface Zone {
  name: string;
  /** Host names of its name servers. */
  hosts: string[];
  /** Addresses that came with a delegation. */
  addresses: Map<string, string>;
}

const mostServers = 6;

/**
 * The zone that a name is in, and its name servers, found upwards by NS. A zone whose servers are all broken is not found
 * by resolvers; then it is the one above, whose servers know who was meant to answer. Undefined: no resolver answers at all.
 */
export async function findZone(inquiry: Inquiry, name: string): Promise<Zone | undefined> {
  for (const candidate of withParents(name)) {
    const answer = await inquiry.resolve({ name: candidate, type: "NS" });
    // A zone whose servers are silent keeps resolvers silent, too: only the root tells whether they live.
    if (!isAnswer(answer) && !isAnswer(await inquiry.resolve({ name: ".", type: "NS" }))) return undefined;
    if (!isAnswer(answer)) continue;
    const hosts = answer.answers
      .filter((record) => record.type === "NS" && plainName(record.name) === candidate)
      .map(textOf)
      .filter(isAskable);
    if (hosts.length) return { name: candidate, hosts: hosts.sort().slice(0, mostServers), addresses: new Map() };
  }
  return undefined;
}

/** The address of a name server: the one that came with the delegation, else what the resolvers know. */
export async function addressOf(inquiry: Inquiry, host: string, zone: Zone): Promise<string | undefined> {
  const given = zone.addresses.get(host);
  if (given) return given;
  for (const type of ["A", "AAAA"] satisfies RecordType[]) {
    const answer = await inquiry.resolve({ name: host, type });
    if (!isAnswer(answer)) continue;
    const record = answer.answers.find((each) => each.type === type);
    if (record) return textOf(record);
  }
  return undefined;
}
