import type { Everywhere } from "../dns/ask-everywhere.ts";
import type { Inquiry } from "../dns/inquiry.ts";
import { probe } from "../dns/probe.ts";
import { newToken } from "../domain-claims/claim.ts";
import { aliasHost, verifyHost } from "../domain-claims/hosts.ts";
import { type Domain, type Verdict, verdict } from "./finding.ts";
import { judgeEach } from "./silence.ts";

/** M8: the CNAME record that proves the domain, by itself. */
export async function judgeAlias(domain: Domain, asked: Everywhere, inquiry: Inquiry): Promise<Verdict> {
  const { name, token } = domain;
  const host = aliasHost(token, name);
  const expected = verifyHost();
  const zone = asked.zone ?? "";
  const found = await judgeEach(asked, host, ({ records }) => {
    const [target] = records;
    if (target === undefined) return verdict("missing", "cname_missing", { host, expected });
    if (target === expected) return verdict("ok", "cname_ok", { host });
    const added = [zone, name].find((end) => target === `${expected}.${end}`);
    const values = { host, target, expected, zone: added ?? zone, dotted: `${expected}.` };
    return verdict("wrong", added ? "cname_target_doubled" : "cname_wrong_target", values);
  });
  if (found.result !== "ok") return found;

  // T22: where every name leads to us, so does the one of anybody else's token.
  const other = await probe(inquiry, name, { name: aliasHost(newToken(), name), type: "CNAME" });
  const isWildcard = other?.records.includes(expected);
  return isWildcard ? verdict("wrong", "cname_wildcard", { host: `*.${name}`, name, alias: host, expected }) : found;
}
