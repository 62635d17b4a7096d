import { demoToken } from "../db/seed-domains.ts";
import type { Zone } from "./records.ts";
import { type NewRecord, Zones } from "./zones.ts";

/** The name servers that every built-in zone names; both are this process. */
const hosts = ["ns1.muster-dns.test", "ns2.muster-dns.test"];

/**
 * What a new installation for development starts with: a root that knows no other names, the domain of the instance, and
 * the domains of the demo: Northwind's is proven, the others have no record of ours yet.
 */
export function demoZones(): Zone[] {
  const zones = new Zones();
  const zone = (name: string, ...records: NewRecord[]) => zones.put(name, hosts, records);

  zone(".");
  zone("muster-dns.test", ["ns1", "A", "127.0.0.1"], ["ns2", "A", "127.0.0.1"]);
  zone("muster.test", ["mx1", "A", "127.0.0.1"], ["_spf", "TXT", "v=spf1 ip4:127.0.0.1 -all"]);
  zone(
    "northwind.test",
    ["www", "A", "127.0.0.1"],
    ["@", "MX", "10 mx1.muster.test"],
    ["@", "TXT", "v=spf1 include:_spf.muster.test -all"],
    ["_muster-challenge", "TXT", `token=${demoToken}`],
  );
  zone("northwind-shop.test", ["www", "A", "127.0.0.1"], ["@", "TXT", "v=spf1 -all"]);
  zone("harbourpress.test", ["@", "MX", "10 mail.harbourpress.test"], ["@", "TXT", "v=spf1 mx -all"]);
  zone("atelier.test");
  return zones.list;
}
