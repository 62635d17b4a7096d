import type { ServerAnswer } from "../db/domains.ts";
import { askEverywhere } from "../dns/ask-everywhere.ts";
import type { Inquiry } from "../dns/inquiry.ts";
import { probe } from "../dns/probe.ts";
import { type Domain, type Finding, kept, type Verdict, verdict } from "../domain-checks/finding.ts";
import { judgeEach } from "../domain-checks/silence.ts";
import { dkimHost, dkimValue } from "../domain-claims/hosts.ts";
import { relativeHost } from "../domain-claims/records-for.ts";

/** M8: whether the domain publishes the key that its mail is signed with here (RFC 6376, 3.6.1). */
export async function checkDkim(domain: Domain, inquiry: Inquiry): Promise<Finding> {
  const { name, dkimSelector, dkimPublicKey } = domain;
  const host = dkimHost(dkimSelector, name);
  const asked = await askEverywhere(host, "TXT", inquiry);
  let found = await judgeEach(asked, host, (answer) => judge(answer, dkimPublicKey, host));
  if (found.code === "dkim_missing" && asked.zone) found = await orDoubled(found, inquiry, name, host, asked.zone);
  return { kind: "dkim", ...found, expected: [`${host} TXT ${dkimValue(dkimPublicKey)}`], found: kept(asked) };
}

async function orDoubled(found: Verdict, inquiry: Inquiry, name: string, host: string, zone: string): Promise<Verdict> {
  const doubled = `${host}.${zone}`;
  const answer = await probe(inquiry, name, { name: doubled, type: "TXT" });
  const isThere = answer?.outcome === "records" && answer.records.some((text) => text.includes("p="));
  return isThere
    ? verdict("wrong", "zone_doubled", { found: doubled, host, zone, relative: relativeHost(host, name) })
    : found;
}

const solid = (text: string) => text.replace(/[\s"]/g, "");

function judge({ records }: ServerAnswer, key: string, host: string): Verdict {
  if (!records.length) return verdict("missing", "dkim_missing", { host });
  if (records.length > 1) {
    const isSplit = key.length > 0 && isWhole(records.map(solid), key);
    return verdict("wrong", isSplit ? "dkim_split" : "dkim_many", { host, count: String(records.length) });
  }
  const [found] = records as [string];
  const tags = new Map(
    found
      .split(";")
      .map((tag): [string, string] => [tag.slice(0, tag.indexOf("=")).trim(), tag.slice(tag.indexOf("=") + 1)]),
  );
  const own = tags.get("p");
  const version = tags.get("v")?.trim() ?? "DKIM1";
  const type = tags.get("k")?.trim() ?? "rsa";
  if (own === undefined || found.includes('"') || version !== "DKIM1" || type !== "rsa")
    return verdict("wrong", "dkim_broken", { host, found });
  if (!solid(own)) return verdict("wrong", "dkim_revoked", { host });
  if (solid(own) === key) return verdict("ok", "dkim_ok", { host });
  // The first 44 characters are the same in every key of this kind.
  const isCut = key.startsWith(solid(own)) && solid(own).length > 60;
  return verdict("wrong", isCut ? "dkim_cut" : "dkim_other_key", { host, count: String(solid(own).length) });
}

/** Whether the key is there when several pieces are put together in some order. */
function isWhole(pieces: string[], key: string): boolean {
  const first = pieces.find((piece) => piece.includes("p="));
  let joined = first?.slice(first.indexOf("p=") + 2) ?? "";
  if (joined === key) return false;
  for (const _ of pieces) {
    const next = pieces.find((piece) => piece !== first && piece && key.startsWith(joined + piece));
    if (next) joined += next;
  }
  return joined.length > 0 && joined === key;
}
