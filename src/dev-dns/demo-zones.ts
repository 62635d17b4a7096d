import { demoToken } from "../db/seed-domains.ts";
import type { Zone } from "./records.ts";
import { type NewRecord, Zones } from "./zones.ts";

/** The name servers that every built-in zone names; both are this process. */
export const builtInHosts = ["ns1.muster-dns.test", "ns2.muster-dns.test"];

const addresses: NewRecord[] = [
  ["ns1", "A", "127.0.0.1"],
  ["ns2", "A", "127.0.0.1"],
];

/**
 * What a new installation for development starts with: a root that knows no other names, the domain of the instance, and
 * the domains of the demo: Northwind's is proven, the others have no record of ours yet.
 */
export function demoZones(): Zone[] {
  const zones = new Zones();
  zones.put(".", builtInHosts);
  zones.put("muster-dns.test", builtInHosts, addresses);
  zones.put("muster.test", builtInHosts, [
    ["verify", "TXT", "CNAME records that prove a domain point here"],
    ["mx1", "A", "127.0.0.1"],
    ["_spf", "TXT", "v=spf1 ip4:127.0.0.1 -all"],
  ]);
  zones.put("northwind.test", builtInHosts, [
    ["www", "A", "127.0.0.1"],
    ["@", "MX", "10 mx1.muster.test"],
    ["@", "TXT", "v=spf1 include:_spf.muster.test -all"],
    ["_muster-challenge", "TXT", `token=${demoToken}`],
  ]);
  for (const name of ["northwind-shop.test", "harbourpress.test", "atelier.test"]) {
    zones.put(name, builtInHosts, [
      ["www", "A", "127.0.0.1"],
      ["@", "TXT", "v=spf1 -all"],
    ]);
  }
  return zones.list;
}
