import type { ServerAnswer } from "../db/domains.ts";

export type RecordType = "TXT" | "CNAME" | "MX" | "NS" | "A" | "AAAA" | "SOA";

export interface Everywhere {
  /** The zone that the name is in; null where no name server could be found at all. */
  zone: string | null;
  servers: ServerAnswer[];
  resolvers: ServerAnswer[];
}

/**
 * What every authoritative name server of a name's zone says, and what the resolvers see. Never throws for what a server
 * says or does not say: that is `outcome` and `why`.
 */
export async function askEverywhere(_name: string, _type: RecordType): Promise<Everywhere> {
  return { zone: null, servers: [], resolvers: [] };
}
