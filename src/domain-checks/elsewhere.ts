import { getDomain } from "tldts";
import type { Inquiry } from "../dns/inquiry.ts";
import { isWithin } from "../dns/names.ts";
import type { RecordType } from "../dns/packet.ts";
import { askStrays, probe } from "../dns/probe.ts";
import type { ProofCode } from "../doctor/codes.ts";
import { aliasHost, challengeHost, verifyHost } from "../domain-claims/hosts.ts";
import type { Domain } from "./finding.ts";
import { mentions } from "./value.ts";

interface Place {
  code: ProofCode;
  host: string;
  type: RecordType;
}

/** The names under which a record ends up that was meant for the right one, likelier ones first (X8). */
function places({ name, token }: Domain, zone: string): Place[] {
  const registered = getDomain(name) ?? name;
  const parents = name.split(".").map((_, index, labels) => labels.slice(index + 1).join("."));
  return [
    { code: "zone_doubled", host: `${challengeHost(name)}.${zone}`, type: "TXT" },
    { code: "zone_doubled", host: `${aliasHost(token, name)}.${zone}`, type: "CNAME" },
    { code: "at_apex", host: name, type: "TXT" },
    { code: "wrong_label", host: `muster-challenge.${name}`, type: "TXT" },
    { code: "wrong_label", host: `_muster_challenge.${name}`, type: "TXT" },
    { code: "wrong_zone", host: challengeHost(`www.${name}`), type: "TXT" },
    ...parents
      .filter((parent) => isWithin(parent, registered) && parent !== "")
      .map((parent): Place => ({ code: "wrong_zone", host: challengeHost(parent), type: "TXT" })),
  ];
}

/** Where the record is instead of where it should be; or on whose servers it is, that nobody asks. */
export async function findElsewhere(
  inquiry: Inquiry,
  domain: Domain,
  zone: string,
): Promise<{ code: ProofCode; where: Record<string, string> } | undefined> {
  const isOurs = (text: string) => mentions(text, domain.token) || text.startsWith(verifyHost());
  const tried = await Promise.all(
    places(domain, zone).map(async (place) => {
      const near = isWithin(place.host, zone) ? domain.name : place.host.slice(place.host.indexOf(".") + 1);
      const answer = await probe(inquiry, near, { name: place.host, type: place.type });
      return answer?.outcome === "records" && !answer.aliases && answer.records.some(isOurs) ? place : undefined;
    }),
  );
  const found = tried.find((place) => place !== undefined);
  if (found) return { code: found.code, where: { found: found.host } };

  const question = { name: challengeHost(domain.name), type: "TXT" as const };
  const strays = (await askStrays(inquiry, zone, question)).filter(({ records }) => records.some(isOurs));
  if (!strays.length) return undefined;
  return { code: "wrong_servers", where: { strays: strays.map(({ server }) => server).join(", ") } };
}
