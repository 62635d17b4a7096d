import { getDomain } from "tldts";
import type { ServerAnswer } from "../db/domains.ts";
import { askEverywhere, type Everywhere } from "../dns/ask-everywhere.ts";
import type { Inquiry } from "../dns/inquiry.ts";
import { isWithin } from "../dns/names.ts";
import { aliasHost, challengeHost, proofValue, verifyHost } from "../domain-claims/hosts.ts";
import { isPublicProvider } from "../domain-claims/providers.ts";
import { isPublicSuffix } from "../domain-claims/refuse-name.ts";
import { judgeAlias } from "./alias.ts";
import { findElsewhere } from "./elsewhere.ts";
import { type Domain, type Finding, heard, kept, named, type Verdict, verdict } from "./finding.ts";
import { silence } from "./silence.ts";
import { whoseTokens } from "./tokens.ts";
import { spoilt, tokensIn } from "./value.ts";

/**
 * Whether the domain is proven, by its TXT record or by its CNAME record, and if not, what is the mistake (X8). The record
 * counts at this very name only, on every authoritative server that answers, and not through somebody's CNAME: whoever
 * runs the target of a wildcard would else own the domain (T24, T26). Next to it, the CNAME record alone (M8).
 */
export async function checkOwnership(domain: Domain, inquiry: Inquiry): Promise<Finding[]> {
  const hosts = { txt: challengeHost(domain.name), alias: aliasHost(domain.token, domain.name) };
  const [txt, alias] = await Promise.all([
    askEverywhere(hosts.txt, "TXT", inquiry),
    askEverywhere(hosts.alias, "CNAME", inquiry),
  ]);
  const value = proofValue(domain.token);
  const aliasVerdict = await judgeAlias(domain, alias, inquiry);
  const answers = [...kept(txt), ...(aliasVerdict.code === "cname_missing" ? [] : kept(alias))];
  const expected = [`${hosts.txt} TXT ${value}`, `${hosts.alias} CNAME ${verifyHost()}`];
  const proof = await judge(domain, inquiry, txt, alias, aliasVerdict);
  return [
    { kind: "ownership", ...proof, expected, found: answers },
    { kind: "cname", ...aliasVerdict, expected: expected.slice(1), found: kept(alias) },
  ];
}

const holds = (value: string) => (answer: ServerAnswer) =>
  answer.authoritative && !answer.aliases && answer.records.includes(value);

async function judge(
  domain: Domain,
  inquiry: Inquiry,
  txt: Everywhere,
  alias: Everywhere,
  aliasVerdict: Verdict,
): Promise<Verdict> {
  const { name, status } = domain;
  if (status === "unverified" && isPublicSuffix(name)) return verdict("wrong", "public_suffix", { name });
  if (status === "unverified" && isPublicProvider(name)) return verdict("wrong", "public_provider", { name });

  const host = challengeHost(name);
  const answering = heard(txt.servers);
  const right = answering.filter(holds(proofValue(domain.token)));
  if (right.length && right.length === answering.length) return verdict("ok", "proven_by_txt", { by: "txt", host });
  if (aliasVerdict.result === "ok")
    return verdict("ok", "proven_by_cname", { by: "cname", host: aliasHost(domain.token, name) });
  if (right.length) {
    const others = answering.filter((answer) => !right.includes(answer));
    return verdict("unclear", "propagating", { host, with: named(right), without: named(others) });
  }
  if (aliasVerdict.code === "propagating") return aliasVerdict;
  return withoutProof(domain, inquiry, txt, alias, aliasVerdict);
}

/** X8: which mistake it is. Whatever it is, the domain's own servers have said that the proof is not there, or nothing. */
async function withoutProof(
  domain: Domain,
  inquiry: Inquiry,
  txt: Everywhere,
  alias: Everywhere,
  aliasVerdict: Verdict,
): Promise<Verdict> {
  const { name, token } = domain;
  const host = challengeHost(name);
  const value = proofValue(token);
  const zone = txt.zone ?? "";
  const servers = named(txt.servers);
  const isSeen = txt.resolvers.some(({ records }) => records.includes(value));
  const nothing = silence(txt, host);
  if (nothing && isSeen && nothing.code === "no_answer") return verdict("unclear", "only_resolvers", { zone, servers });
  if (nothing) return nothing;

  const relative = isWithin(host, zone) && host !== zone ? host.slice(0, -zone.length - 1) : host;
  const values = { name, host, zone, servers, relative, expected: value, alias: aliasHost(token, name) };
  const wrong = (code: Verdict["code"], more: Record<string, string> = {}) =>
    verdict("wrong", code, { ...values, ...more });

  const answers = heard(txt.servers);
  const target = answers.find(({ aliases }) => aliases)?.aliases?.[0];
  if (target) return wrong(target === verifyHost() ? "cname_wrong_host" : "cname_at_host", { target });
  if (heard(alias.servers).some(({ outcome }) => outcome === "records")) return aliasVerdict;

  const texts = [...new Set(answers.flatMap(({ records }) => records))];
  const bad = spoilt(texts, token);
  if (bad) return wrong(bad.code, { found: bad.found });
  const foreign = texts.flatMap(tokensIn);
  const whose = await whoseTokens(foreign, domain);
  if (whose)
    return wrong(whose.code, { ...("other" in whose ? { other: whose.other } : {}), found: texts.join(" · ") });
  if (foreign.length) return wrong("unknown_token", { found: proofValue(foreign[0]!) });

  const registered = getDomain(name) ?? name;
  const isGone = isWithin(registered, zone) && registered !== zone;
  if (isGone) return verdict("missing", "not_delegated", values);
  const elsewhere = await findElsewhere(inquiry, domain, zone);
  if (elsewhere) return wrong(elsewhere.code, elsewhere.where);
  return texts.length ? wrong("other_text", { found: texts.join(" · ") }) : verdict("missing", "nothing_found", values);
}
