import type { ServerAnswer } from "../db/domains.ts";
import { askEverywhere } from "../dns/ask-everywhere.ts";
import type { Inquiry } from "../dns/inquiry.ts";
import { plainName } from "../dns/names.ts";
import { type Domain, type Finding, kept, type Settings, type Verdict, verdict } from "../domain-checks/finding.ts";
import { judgeEach } from "../domain-checks/silence.ts";
import { readTerms, type Term, walkIncludes } from "./spf-terms.ts";

/** M8: whether the domain's SPF record lets this instance send for it (RFC 7208). */
export async function checkSpf({ name }: Domain, { spfInclude }: Settings, inquiry: Inquiry): Promise<Finding> {
  if (!spfInclude) return { kind: "spf", ...verdict("skipped", "not_configured"), expected: [], found: [] };

  const wanted = plainName(spfInclude);
  const asked = await askEverywhere(name, "TXT", inquiry);
  const found = await judgeEach(asked, name, (answer) => judge(answer, wanted, name, inquiry));
  return { kind: "spf", ...found, expected: [`${name} TXT v=spf1 include:${wanted} ~all`], found: kept(asked) };
}

async function judge({ records }: ServerAnswer, wanted: string, name: string, inquiry: Inquiry): Promise<Verdict> {
  const [found, ...more] = records.filter((text) => /^v=spf1( |$)/i.test(text));
  const term = `include:${wanted}`;
  const values = { name, term, expected: `v=spf1 ${term} ~all` };
  if (found === undefined) return verdict("missing", "spf_missing", values);
  if (more.length) return verdict("wrong", "spf_many", { ...values, count: String(more.length + 1) });

  const read = readTerms(found);
  if (!Array.isArray(read)) return verdict("wrong", "spf_broken", { ...values, term: read.mistake });
  const end = read.findIndex(({ kind }) => kind === "all");
  const terms = end < 0 ? read : read.slice(0, end + 1);
  if (terms.some(({ kind, sign }) => kind === "all" && sign === "+"))
    return verdict("wrong", "spf_everybody", { ...values, found });

  const isOurs = ({ kind, sign, target }: Term) => kind === "include" && sign === "+" && target === wanted;
  const walk = await walkIncludes(inquiry, name, terms);
  if (!terms.some(isOurs) && !walk.included.has(wanted))
    return verdict("wrong", read.some(isOurs) ? "spf_after_all" : "spf_not_included", { ...values, found });
  if (walk.lookups > 10) return verdict("wrong", "spf_lookups", { ...values, count: String(walk.lookups) });
  if (walk.mistake) return verdict("wrong", "spf_broken", { ...values, term: walk.mistake });
  return verdict("ok", "spf_ok", values);
}
