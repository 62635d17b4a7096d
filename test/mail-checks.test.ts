import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { NewRecord } from "../src/dev-dns/zones.ts";
import type { DoctorCode } from "../src/doctor/codes.ts";
import { doctorSentence } from "../src/doctor/sentence.ts";
import { checkDomain } from "../src/domain-checks/check-domain.ts";
import type { Domain, Settings } from "../src/domain-checks/finding.ts";
import { newClaim } from "../src/domain-claims/claim.ts";
import { recordsFor } from "../src/domain-claims/records-for.ts";
import { copyOn, freshDns, manners, servers, zone } from "./support/name-server.ts";
import { create } from "./support/world.ts";

const settings: Settings = {
  mxHosts: ["mx1.muster.test", "MX2.muster.test"],
  spfInclude: "_spf.muster.test",
  dkimSelector: "muster",
};
let domain: Domain;
let key: string;

beforeAll(async () => {
  domain = await create.domain(await create.account(), { name: "acme.test", ...(await newClaim(settings)) });
  key = domain.dkimPublicKey;
});

beforeEach(() => {
  freshDns();
  zone("muster.test", [["_spf", "TXT", "v=spf1 ip4:192.0.2.1 -all"]], { by: ["ns3"] });
});

async function check(kind: "mx" | "spf" | "dkim", records: NewRecord[], given = settings) {
  zone("acme.test", records);
  const finding = (await checkDomain(domain, given)).find((each) => each.kind === kind)!;
  return { ...finding, ...doctorSentence(finding.code, finding.values) };
}

describe("M8 MX", () => {
  const mx = (...values: string[]) => values.map((value): NewRecord => ["@", "MX", value]);

  test.each([
    ["mx_ok", mx("10 mx1.muster.test", "20 mx2.muster.test")],
    ["mx_ok", mx("5 MX2.Muster.test.", "5 mx1.muster.test")],
    ["mx_missing", []],
    ["mx_null", mx("0 .")],
    ["mx_elsewhere", mx("10 mail.other.test")],
    ["mx_partial", mx("10 mx1.muster.test")],
    ["mx_others", mx("10 mx1.muster.test", "20 mx2.muster.test", "30 old.other.test")],
    ["mx_doubled", mx("10 mx1.muster.test.acme.test")],
    ["cname_at_domain", [["@", "CNAME", "shop.other.test"]]],
  ] satisfies [DoctorCode, NewRecord[]][])("M8 %s", async (code, records) => {
    const finding = await check("mx", records);
    expect(finding.code).toBe(code);
    expect(finding.result === "ok").toBe(code === "mx_ok");
    expect(finding.expected).toEqual(["acme.test MX 10 mx1.muster.test", "acme.test MX 20 mx2.muster.test"]);
  });

  test("M8 servers that do not agree, and servers that do not answer, are unclear", async () => {
    const acme = zone("acme.test", mx("10 mx1.muster.test", "20 mx2.muster.test"));
    copyOn("ns2", acme, []);
    const of = async () => (await checkDomain(domain, settings)).find(({ kind }) => kind === "mx")!;
    expect(await of()).toMatchObject({ result: "unclear", code: "propagating", values: { without: "ns2.acme.test" } });
    servers.ns1.manners = manners.code(2);
    servers.ns2.manners = manners.code(2);
    expect(await of()).toMatchObject({ result: "unclear", code: "servers_fail" });
  });
});

describe("M8 SPF", () => {
  const include = "include:_spf.muster.test";
  const spf = (...values: string[]) => values.map((value): NewRecord => ["@", "TXT", value]);
  const nested = Array.from({ length: 12 }, (_, n): NewRecord => [`s${n}`, "TXT", "v=spf1 ip4:192.0.2.2 -all"]);
  const many = Array.from({ length: 12 }, (_, n) => `include:s${n}.acme.test`).join(" ");

  test.each([
    ["spf_ok", spf(`v=spf1 ${include} ~all`)],
    ["spf_ok", spf("a site verification", `V=SPF1 a mx ${include.toUpperCase()} -all`)],
    ["spf_ok", [...spf("v=spf1 include:all.acme.test -all"), ["all", "TXT", `v=spf1 ${include} ~all`]]],
    ["spf_ok", [...spf("v=spf1 redirect=all.acme.test"), ["all", "TXT", `v=spf1 ${include} ~all`]]],
    ["spf_missing", spf("a site verification")],
    ["spf_many", spf(`v=spf1 ${include} ~all`, "v=spf1 -all")],
    ["spf_not_included", spf("v=spf1 mx -all")],
    ["spf_not_included", spf(`v=spf1 -${include} -all`)],
    ["spf_after_all", spf(`v=spf1 -all ${include}`)],
    ["spf_everybody", spf(`v=spf1 ${include} +all`)],
    ["spf_everybody", spf(`v=spf1 ${include} all`)],
    ["spf_lookups", [...spf(`v=spf1 ${include} ${many} -all`), ...nested]],
    ["spf_broken", spf(`v=spf1 ${include} ipv4:192.0.2.1 -all`)],
    ["spf_broken", spf(`v=spf1 ${include} include:gone.acme.test -all`)],
    ["spf_broken", [...spf(`v=spf1 ${include} include:l.acme.test -all`), ["l", "TXT", "v=spf1 include:l.acme.test"]]],
  ] satisfies [DoctorCode, NewRecord[]][])("M8 %s", async (code, records) => {
    const finding = await check("spf", records as NewRecord[]);
    expect(finding).toMatchObject({ code, result: code === "spf_ok" ? "ok" : expect.stringMatching(/wrong|missing/) });
  });

  test("M8 counts look-ups through includes", async () => {
    const deep: NewRecord[] = [
      ["deep", "TXT", "v=spf1 a mx a:x.test mx:y.test exists:z.test include:s1.acme.test -all"],
    ];
    const finding = await check("spf", [
      ...spf(`v=spf1 ${include} a mx include:deep.acme.test -all`),
      ...deep,
      ...nested,
    ]);
    expect(finding.code).toBe("spf_ok");
    const over = await check("spf", [
      ...spf(`v=spf1 ${include} a mx ptr include:deep.acme.test -all`),
      ...deep,
      ...nested,
    ]);
    expect(over).toMatchObject({ code: "spf_lookups", values: { count: "11" } });
  });
});

describe("M8 DKIM", () => {
  const at = "muster._domainkey";
  const txt = (...values: (string | string[])[]) => values.map((value): NewRecord => [at, "TXT", value]);

  test("M8 the record that the page shows is right, cut into strings or not, and through a CNAME", async () => {
    const { value } = recordsFor(domain, settings).find(({ kind }) => kind === "dkim")!;
    expect(await check("dkim", txt(value))).toMatchObject({ result: "ok", code: "dkim_ok" });
    expect(await check("dkim", txt([value.slice(0, 100), value.slice(100, 300), value.slice(300)]))).toMatchObject({
      result: "ok",
    });
    zone("keys.test", [["acme", "TXT", value]], { by: ["ns3"] });
    expect(await check("dkim", [[at, "CNAME", "acme.keys.test"]])).toMatchObject({ result: "ok" });
  });

  test.each([
    ["dkim_missing", () => []],
    ["dkim_revoked", () => txt("v=DKIM1; k=rsa; p=")],
    ["dkim_other_key", () => txt("v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOC")],
    ["dkim_cut", () => txt(`v=DKIM1; k=rsa; p=${key.slice(0, 230)}`)],
    ["dkim_split", () => txt(`v=DKIM1; k=rsa; p=${key.slice(0, 230)}`, key.slice(230))],
    ["dkim_split", () => txt(key.slice(300), `v=DKIM1; k=rsa; p=${key.slice(0, 200)}`, key.slice(200, 300))],
    ["dkim_many", () => txt(`v=DKIM1; k=rsa; p=${key}`, "v=DKIM1; p=MIIBIjANBg")],
    ["dkim_broken", () => txt(`"v=DKIM1; k=rsa; p=${key}"`)],
    ["dkim_broken", () => txt(`v=DKIM1; k=ed25519; p=${key}`)],
    ["dkim_broken", () => txt("v=DKIM1; k=rsa")],
    ["zone_doubled", () => [[`${at}.acme.test`, "TXT", `v=DKIM1; k=rsa; p=${key}`]]],
  ] satisfies [DoctorCode, () => NewRecord[]][])("M8 %s", async (code, records) => {
    const finding = await check("dkim", records() as NewRecord[]);
    expect(finding).toMatchObject({ code, result: expect.stringMatching(/wrong|missing/) });
    expect(finding.problem).toContain("muster._domainkey.acme.test");
  });

  test("M8 white space in the key and unknown tags are allowed", async () => {
    const spaced = `v=DKIM1; h=sha256; k=rsa; t=s; p= ${key.slice(0, 50)} ${key.slice(50)}; n=note`;
    expect(await check("dkim", txt(spaced))).toMatchObject({ result: "ok" });
  });
});

test("M8 what this installation is not set up for says so and counts for nothing", async () => {
  const nothing = { mxHosts: [], spfInclude: "", dkimSelector: "muster" };
  for (const kind of ["mx", "spf"] as const) {
    const finding = await check(kind, [], nothing);
    expect(finding).toMatchObject({ result: "skipped", code: "not_configured", expected: [], found: [] });
    expect(finding.problem).toBe("This installation is not set up for this check.");
  }
});
