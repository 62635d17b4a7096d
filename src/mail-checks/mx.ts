import type { ServerAnswer } from "../db/domains.ts";
import { askEverywhere } from "../dns/ask-everywhere.ts";
import type { Inquiry } from "../dns/inquiry.ts";
import { plainName } from "../dns/names.ts";
import { type Domain, type Finding, kept, type Settings, type Verdict, verdict } from "../domain-checks/finding.ts";
import { judgeEach } from "../domain-checks/silence.ts";

/** M8: whether mail for the domain comes to the hosts of this instance, and to them alone. */
export async function checkMx({ name }: Domain, settings: Settings, inquiry: Inquiry): Promise<Finding> {
  const wanted = settings.mxHosts.map(plainName);
  if (!wanted.length) return { kind: "mx", ...verdict("skipped", "not_configured"), expected: [], found: [] };

  const asked = await askEverywhere(name, "MX", inquiry);
  const zone = asked.zone ?? "";
  const found = await judgeEach(asked, name, (answer) => judge(answer, wanted, name, zone));
  const expected = wanted.map((host, index) => `${name} MX ${(index + 1) * 10} ${host}`);
  return { kind: "mx", ...found, expected, found: kept(asked) };
}

function judge({ records, aliases }: ServerAnswer, wanted: string[], name: string, zone: string): Verdict {
  const values = { name, zone, expected: wanted.join(", ") };
  if (aliases) return verdict("wrong", "cname_at_domain", { ...values, target: aliases[0]! });
  const hosts = records.map((record) => record.slice(record.indexOf(" ") + 1));
  if (!hosts.length) return verdict("missing", "mx_missing", values);
  if (hosts.every((host) => host === ".")) return verdict("wrong", "mx_null", values);

  const doubled = wanted.find((host) => hosts.includes(`${host}.${name}`) || hosts.includes(`${host}.${zone}`));
  if (doubled) {
    const found = hosts.find((host) => host.startsWith(`${doubled}.`))!;
    return verdict("wrong", "mx_doubled", { ...values, found, dotted: `${doubled}.` });
  }
  const missing = wanted.filter((host) => !hosts.includes(host));
  const others = hosts.filter((host) => !wanted.includes(host)).join(", ");
  if (missing.length === wanted.length) return verdict("wrong", "mx_elsewhere", { ...values, others });
  if (missing.length) return verdict("wrong", "mx_partial", { ...values, missing: missing.join(", ") });
  return others ? verdict("wrong", "mx_others", { ...values, others }) : verdict("ok", "mx_ok", values);
}
