import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Manners } from "../src/dev-dns/name-server.ts";
import type { NewRecord } from "../src/dev-dns/zones.ts";
import { type DoctorCode, doctorCodes } from "../src/doctor/codes.ts";
import { cacheSentence, doctorSentence } from "../src/doctor/sentence.ts";
import { checkDomain } from "../src/domain-checks/check-domain.ts";
import type { Domain, Finding } from "../src/domain-checks/finding.ts";
import { inLanguage } from "../src/i18n/t.ts";
import { copyOn, freshDns, manners, resolver, servers, zone } from "./support/name-server.ts";
import { type Account, create } from "./support/world.ts";

const host = "_muster-challenge";
const settings = { mxHosts: [], spfInclude: "", dkimSelector: "muster" };
let account: Account;
let domain: Domain;
let token: string;

beforeAll(async () => {
  account = await create.account();
  domain = await create.domain(account, { name: "acme.test" });
  token = domain.token;
});
beforeEach(freshDns);

async function ownership(of = domain): Promise<Finding> {
  const findings = await checkDomain(of, settings);
  return findings.find(({ kind }) => kind === "ownership")!;
}

/** The check of `acme.test` with these records in its zone, in the words that its administrator reads. */
async function told(records: NewRecord[]) {
  zone("acme.test", records);
  const finding = await ownership();
  return { ...finding, ...doctorSentence(finding.code, finding.values) };
}

describe("a domain is proven", () => {
  test("T22 X8 by the TXT record with its own token", async () => {
    const finding = await told([[host, "TXT", `token=${token}`]]);
    expect(finding).toMatchObject({ result: "ok", code: "proven_by_txt", values: { by: "txt" } });
    expect(finding.expected[0]).toBe(`_muster-challenge.acme.test TXT token=${token}`);
    expect(finding.found).toHaveLength(3);
  });

  test("X8 M8 by the CNAME record, which is a check of its own as well", async () => {
    zone("acme.test", [[`_muster-${token}`, "CNAME", "verify.muster.test"]]);
    const findings = await checkDomain(domain, settings);
    expect(findings[0]).toMatchObject({
      kind: "ownership",
      result: "ok",
      code: "proven_by_cname",
      values: { by: "cname" },
    });
    expect(findings[1]).toMatchObject({ kind: "cname", result: "ok", code: "cname_ok" });
  });

  test("X8 by one TXT record in several strings, and beside other records", async () => {
    const finding = await told([
      [host, "TXT", [`token=${token.slice(0, 9)}`, token.slice(9)]],
      [host, "TXT", "something else"],
    ]);
    expect(finding).toMatchObject({ result: "ok" });
  });

  test("T24 for its exact name only: neither a name above nor one below counts", async () => {
    const below = await create.domain(account, { name: "mail.acme.test" });
    expect((await told([[`${host}.mail`, "TXT", `token=${token}`]])).result).not.toBe("ok");
    zone("acme.test", [[host, "TXT", `token=${below.token}`]]);
    expect((await ownership(below)).result).not.toBe("ok");
  });

  test("T22 not by another account's token, nor through a wildcard that leads everybody's to us", async () => {
    const other = await create.domain(await create.account(), { name: "acme.test" });
    const finding = await told([[host, "TXT", `token=${other.token}`]]);
    expect(finding).toMatchObject({ result: "wrong", code: "other_account_token" });

    expect(await told([["*", "CNAME", "verify.muster.test"]])).not.toMatchObject({ result: "ok" });
    zone("acme.test", [["*", "CNAME", "verify.muster.test"]]);
    expect((await checkDomain(domain, settings))[1]).toMatchObject({ result: "wrong", code: "cname_wildcard" });
  });

  test("T26 not by what a CNAME of somebody else leads to", async () => {
    zone("provider.test", [["x", "TXT", `token=${token}`]], { by: ["ns3"] });
    expect(await told([[host, "CNAME", "x.provider.test"]])).toMatchObject({ result: "wrong", code: "cname_at_host" });
  });

  test("X8 by its own servers, whatever resolvers remember; and it says how long", async () => {
    const acme = zone("acme.test", [], { minimum: 1_800 });
    await ownership();
    resolver.zones.add(acme, [host, "TXT", `token=${token}`]);
    const finding = await ownership();
    expect(finding).toMatchObject({ result: "ok", code: "proven_by_txt" });
    expect(cacheSentence(finding.found)).toMatch(/still remember that there was nothing, for 30 more minutes/);
  });
});

describe("X8 the domain doctor names the mistake", () => {
  const right = () => `token=${token}`;
  const half = () => [right().slice(0, 20), right().slice(20)] as const;

  test("X8 the zone is doubled", async () => {
    const finding = await told([[`${host}.acme.test`, "TXT", right()]]);
    expect(finding.code).toBe("zone_doubled");
    expect(finding.problem).toContain("_muster-challenge.acme.test.acme.test");
    expect(finding.remedy).toBe("Change the host to _muster-challenge, without acme.test at its end.");
  });

  test("X8 the zone is doubled in the CNAME record's host or target", async () => {
    expect((await told([[`_muster-${token}.acme.test`, "CNAME", "verify.muster.test"]])).code).toBe("zone_doubled");
    const target = await told([[`_muster-${token}`, "CNAME", "verify.muster.test.acme.test"]]);
    expect(target).toMatchObject({ code: "cname_target_doubled", values: { dotted: "verify.muster.test." } });

    const below = await create.domain(account, { name: "box.acme.test" });
    zone("acme.test", [[`_muster-${below.token}.box`, "CNAME", "verify.muster.test.box.acme.test"]]);
    const finding = await ownership(below);
    expect(doctorSentence(finding.code, finding.values).problem).toContain("added box.acme.test to the target");
  });

  test.each([
    ["quotes_kept", () => [`"${right()}"`]],
    ["quotes_kept", () => [`“${right()}”`]],
    ["quotes_kept", () => [`\\"${right()}\\"`]],
    ["spaces_or_case", () => [` ${right()}`]],
    ["spaces_or_case", () => [`token = ${token}`]],
    ["spaces_or_case", () => [right().toUpperCase()]],
    ["spaces_or_case", () => [`token=\u200b${token}`]],
    ["missing_prefix", () => [token]],
    ["split_strings", () => [...half()]],
    ["split_strings", () => [half()[1], half()[0]]],
    ["split_strings", () => [`"${half()[0]}" "${half()[1]}"`]],
    ["split_strings", () => [`${half()[0]}" "${half()[1]}`]],
    ["cut_off", () => [half()[0]]],
    ["unknown_token", () => [`token=${"a".repeat(32)}`]],
    ["other_text", () => ["v=spf1 -all"]],
  ] satisfies [DoctorCode, () => string[]][])("X8 %s", async (code, values) => {
    const finding = await told(values().map((value): NewRecord => [host, "TXT", value]));
    expect(finding).toMatchObject({ result: "wrong", code });
    expect(`${finding.problem} ${finding.remedy}`).toContain("_muster-challenge.acme.test");
    expect(finding.remedy).toContain(right());
  });

  test("X8 a CNAME at the host", async () => {
    const finding = await told([[host, "CNAME", "shop.test"]]);
    expect(finding).toMatchObject({ code: "cname_at_host", values: { target: "shop.test" } });
    expect((await told([[host, "CNAME", "verify.muster.test"]])).code).toBe("cname_wrong_host");
    expect((await told([[`_muster-${token}`, "CNAME", "shop.test"]])).code).toBe("cname_wrong_target");
  });

  test("X8 the record at the apex instead of the label", async () => {
    const finding = await told([["@", "TXT", right()]]);
    expect(finding.code).toBe("at_apex");
    expect(finding.remedy).toContain("the host is _muster-challenge,");
  });

  test("X8 a label that is not quite the right one", async () => {
    expect((await told([["muster-challenge", "TXT", right()]])).code).toBe("wrong_label");
  });

  test("X8 the wrong zone: a name above, a name below, servers that nobody asks", async () => {
    const below = await create.domain(account, { name: "team.acme.test" });
    zone("acme.test", [[host, "TXT", `token=${below.token}`]]);
    expect(await ownership(below)).toMatchObject({
      code: "wrong_zone",
      values: { found: "_muster-challenge.acme.test", relative: "_muster-challenge.team", zone: "acme.test" },
    });
    expect((await told([[`${host}.www`, "TXT", right()]])).code).toBe("wrong_zone");

    // The zone names a new server that the resolvers, and so the world, do not know of yet; the record is there.
    const acme = zone("acme.test", [["ns3", "A", "127.0.0.4"]]);
    copyOn("ns1", acme, []).hosts.push("ns3.acme.test");
    copyOn("ns3", acme, [[host, "TXT", right()]]);
    expect(await ownership()).toMatchObject({ code: "wrong_servers", values: { strays: "ns3.acme.test" } });
  });

  test("X8 T23 a public suffix, a public mail provider", async () => {
    const suffix = await create.domain(account, { name: "co.uk" });
    expect((await ownership(suffix)).code).toBe("public_suffix");
    const provider = await create.domain(account, { name: "gmx.de" });
    expect((await ownership(provider)).code).toBe("public_provider");
  });

  test("X8 an old token of ours, and the one of another domain of ours", async () => {
    const old = "b".repeat(32);
    const changed = await create.domain(account, { name: "old.test", oldTokens: [old] });
    zone("old.test", [[host, "TXT", `token=${old}`]]);
    expect(await ownership(changed)).toMatchObject({ code: "old_token" });
    zone("old.test", [[host, "TXT", `token=${token}`]]);
    expect(await ownership(changed)).toMatchObject({ code: "other_domain_token", values: { other: "acme.test" } });

    const deleted = await create.domain(account, { name: "again.test", endedAt: new Date() });
    const again = await create.domain(account, { name: "again.test" });
    zone("again.test", [[host, "TXT", `token=${deleted.token}`]]);
    expect(await ownership(again)).toMatchObject({ code: "old_token" });
  });

  test("X8 nothing yet, not everywhere yet, and no such domain", async () => {
    expect(await told([])).toMatchObject({ result: "missing", code: "nothing_found" });

    const acme = zone("acme.test", [[host, "TXT", right()]]);
    copyOn("ns2", acme, []);
    const finding = await ownership();
    expect(finding).toMatchObject({ result: "unclear", code: "propagating" });
    expect(doctorSentence(finding.code, finding.values).problem).toBe(
      "Not all name servers agree yet: ns1.acme.test has the record, ns2.acme.test does not.",
    );

    const gone = await create.domain(account, { name: "gone.test" });
    expect(await ownership(gone)).toMatchObject({ result: "missing", code: "not_delegated", values: { zone: "test" } });
    expect(doctorSentence("not_delegated", { name: "gone.tset", zone: "." }).problem).toBe(
      "gone.tset does not exist in DNS: the name servers of “.” (the DNS root) do not know it.",
    );
  });

  test("every code has a sentence and a remedy of its own, in both languages, with every value filled in", () => {
    const names = "name host zone servers relative expected alias target found with without dotted strays other others";
    const values = Object.fromEntries(`${names} missing count term`.split(" ").map((key) => [key, `<${key}>`]));
    for (const locale of ["en", "de"] as const) {
      const said = inLanguage({ locale }, () => doctorCodes.map((code) => doctorSentence(code, values)));
      for (const { problem, remedy } of said) expect(`${problem} ${remedy}`).not.toMatch(/[{}]/);
      expect(new Set(said.map(({ problem }) => problem)).size).toBe(doctorCodes.length);
    }
  });
});

describe("T25 what is not known is never taken for gone", () => {
  beforeEach(() => {
    zone("acme.test", []);
  });

  test.each([
    ["no_answer", manners.silent],
    ["servers_fail", manners.code(2)],
    ["servers_fail", manners.code(5)],
    ["servers_fail", manners.flood],
    ["too_much", manners.truncated(servers.ns1)],
  ] satisfies [DoctorCode, Manners][])("T25 T26 %s is unclear", async (code, manner) => {
    servers.ns1.manners = manner;
    servers.ns2.manners = manner;
    expect(await ownership()).toMatchObject({ result: "unclear", code });
  });

  test("T25 one server says that there is nothing, the other is silent: that is an answer", async () => {
    servers.ns2.manners = manners.silent;
    expect(await ownership()).toMatchObject({ result: "missing", code: "nothing_found" });
  });

  test("T25 resolvers alone prove nothing, and are no absence", async () => {
    zone("acme.test", [[host, "TXT", `token=${token}`]]);
    servers.ns1.manners = manners.silent;
    servers.ns2.manners = manners.silent;
    expect(await ownership()).toMatchObject({ result: "unclear", code: "only_resolvers" });

    servers.ns1.manners = manners.code(2);
    expect(await ownership()).toMatchObject({ result: "unclear", code: "servers_fail" });

    resolver.manners = manners.silent;
    expect(await ownership()).toMatchObject({ result: "unclear", code: "no_resolver" });
  });

  test("T26 what a hostile server sends is kept short", async () => {
    const many = Array.from({ length: 400 }, (_, n): NewRecord => [host, "TXT", `${n} ${"x".repeat(100)}`]);
    const finding = await told(many);
    expect(finding.code).toBe("other_text");
    expect(JSON.stringify(finding).length).toBeLessThan(15_000);
    const last = await told([...many.slice(0, 399), [host, "TXT", `token=${token}`]]);
    expect(last).toMatchObject({ result: "ok" });
  });
});
