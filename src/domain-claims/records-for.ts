import { getDomain } from "tldts";
import type { CheckKind, domains } from "../db/domains.ts";
import { aliasHost, challengeHost, dkimHost, dkimValue, proofValue, verifyHost } from "./hosts.ts";

export interface WantedRecord {
  kind: CheckKind;
  type: "TXT" | "CNAME" | "MX";
  /** As most DNS panels want it: relative to the zone, `@` for the zone itself. */
  host: string;
  fullName: string;
  value: string;
}

type Claim = Pick<typeof domains.$inferSelect, "name" | "token" | "dkimSelector" | "dkimPublicKey">;

/** What a DNS panel calls this name; the zone is taken to be the name that was registered (`example.co.uk`). */
export function relativeHost(fullName: string, name: string): string {
  const zone = getDomain(name, { allowPrivateDomains: true }) ?? name;
  return fullName === zone ? "@" : fullName.slice(0, -zone.length - 1);
}

/**
 * The records that a domain should have. `ownership` and `cname` are the two ways to prove it, one of them is enough; `mx`
 * and `spf` are there where this instance is set up for them.
 */
export function recordsFor(domain: Claim, settings: { mxHosts: string[]; spfInclude: string }): WantedRecord[] {
  const { name, token, dkimSelector, dkimPublicKey } = domain;
  const record = (kind: CheckKind, type: WantedRecord["type"], fullName: string, value: string): WantedRecord => ({
    kind,
    type,
    host: relativeHost(fullName, name),
    fullName,
    value,
  });
  return [
    record("ownership", "TXT", challengeHost(name), proofValue(token)),
    record("cname", "CNAME", aliasHost(token, name), verifyHost()),
    ...settings.mxHosts.map((host, index) => record("mx", "MX", name, `${(index + 1) * 10} ${host}`)),
    ...(settings.spfInclude ? [record("spf", "TXT", name, `v=spf1 include:${settings.spfInclude} ~all`)] : []),
    record("dkim", "TXT", dkimHost(dkimSelector, name), dkimValue(dkimPublicKey)),
  ];
}
