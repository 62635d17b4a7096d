import type { CheckKind, domains } from "../db/domains.ts";

export interface WantedRecord {
  kind: CheckKind;
  type: "TXT" | "CNAME" | "MX";
  /** As most DNS panels want it: relative to the zone, `@` for the zone itself. */
  host: string;
  fullName: string;
  value: string;
}

/** The records that a domain should have: `ownership` and `cname` are the two ways to prove it, one of them is enough. */
export function recordsFor(
  _domain: Pick<typeof domains.$inferSelect, "name" | "token" | "dkimSelector" | "dkimPublicKey">,
  _settings: { mxHosts: string[]; spfInclude: string },
): WantedRecord[] {
  return [];
}
