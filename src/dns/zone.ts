import { type Inquiry, isAnswer } from "./inquiry.ts";
import { isAskable, plainName, withParents } from "./names.ts";
import { type RecordType, type Reply, textOf } from "./packet.ts";

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
 * by resolvers; then it is the one above, whose servers know who was meant to answer. What several resolvers say is taken together: one
 * that was lied to can add servers, but not take away those that contradict (T26). Undefined: no resolver answers at all.
 */
export async function findZone(inquiry: Inquiry, name: string): Promise<Zone | undefined> {
  for (const candidate of withParents(name)) {
    const answer = await inquiry.resolve({ name: candidate, type: "NS" });
    // A zone whose servers are silent keeps resolvers silent, too: only the root tells whether they live.
    if (!isAnswer(answer) && !isAnswer(await inquiry.resolve({ name: ".", type: "NS" }))) return undefined;
    if (!isAnswer(answer)) continue;
    if (hostsIn(answer, candidate).length) {
      const answers = await inquiry.resolveByAll({ name: candidate, type: "NS" });
      const hosts = new Set(answers.flatMap((each) => hostsIn(each, candidate)));
      return { name: candidate, hosts: [...hosts].sort().slice(0, mostServers), addresses: new Map() };
    }
  }
  return undefined;
}

const hostsIn = (answer: Reply, zone: string): string[] =>
  answer.answers
    .filter((record) => record.type === "NS" && plainName(record.name) === zone)
    .map(textOf)
    .filter(isAskable);

/** The addresses of a name server: the one that came with the delegation, else all that the resolvers know, at most two. */
export async function addressesOf(inquiry: Inquiry, host: string, zone: Zone): Promise<string[]> {
  const given = zone.addresses.get(host);
  if (given) return [given];
  for (const type of ["A", "AAAA"] satisfies RecordType[]) {
    const answers = await inquiry.resolveByAll({ name: host, type });
    const records = answers.flatMap((answer) => answer.answers.filter((record) => record.type === type));
    if (records.length) return [...new Set(records.map(textOf))].sort().slice(0, 2);
  }
  return [];
}
