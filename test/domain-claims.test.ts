import { describe, expect, test } from "vitest";
import { canonicalAddress } from "../src/access/address.ts";
import { seal, unseal } from "../src/access/vault.ts";
import { config } from "../src/config.ts";
import { newClaim, newToken } from "../src/domain-claims/claim.ts";
import { recordsFor } from "../src/domain-claims/records-for.ts";
import { refuseName } from "../src/domain-claims/refuse-name.ts";

const problem = (typed: string) => {
  const read = refuseName(typed);
  return "problem" in read ? read.problem : `taken as ${read.name}`;
};

describe("T23 names that nobody may claim are refused", () => {
  test.each(["gmail.com", "GMAIL.com", "gmx.ch", "yahoo.co.uk", "web.de", "posteo.de", "fastmail.com", "outlook.fr"])(
    "T23 the public mail provider %s",
    (name) => expect(problem(name)).toMatch(/^Everybody can get an address at/),
  );

  test.each(["co.uk", "com.au", "github.io", "s3.amazonaws.com"])("T23 the public suffix %s", (name) =>
    expect(problem(name)).toMatch(/^Under .* everybody can register names/),
  );

  test.each(["muster.test", "MUSTER.TEST.", "mail.muster.test", "verify.muster.test"])(
    "T23 the instance's own %s",
    (name) => expect(problem(name)).toBe("This name belongs to this installation itself."),
  );

  test.each(["127.0.0.1", "[::1]", "2001:db8::1", "1.2.3", "192.168.0.1."])("T23 the IP address %s", (name) =>
    expect(problem(name)).toMatch(/^This is an IP address/),
  );

  test.each(["localhost", "intranet", "com"])("T23 the single label %s", (name) =>
    expect(problem(name)).toMatch(/alone is no domain/),
  );

  test.each(["app.localhost", "x.invalid", "site.onion", "4.3.2.in-addr.arpa"])("T23 the special name %s", (name) =>
    expect(problem(name)).toMatch(/not in the public DNS/),
  );

  test.each(["*.acme.test", "https://acme.test/", "ana@acme.test", "@acme.test", "acme.test:25"])("T23 %s", (name) =>
    expect(problem(name)).toMatch(/without/),
  );

  test.each([
    "",
    " ",
    "a b.test",
    "-acme.test",
    "acme..test",
    "_dmarc.acme.test",
    "acme.test/..",
    `${"a".repeat(64)}.test`,
  ])("T23 what is no name: %j", (name) => expect(problem(name)).not.toMatch(/^taken/));

  test("T23 companies below a provider's or a suffix's name are welcome", () => {
    expect(refuseName("acme.co.uk")).toEqual({ name: "acme.co.uk", shownName: "acme.co.uk" });
    expect(refuseName("acme.spb.ru")).toMatchObject({ name: "acme.spb.ru" });
    expect(refuseName("gmx-reifen.de")).toMatchObject({ name: "gmx-reifen.de" });
  });
});

describe("T15 a domain has one spelling", () => {
  test.each([
    ["Acme.Test", "acme.test", "Acme.Test"],
    ["acme.test.", "acme.test", "acme.test"],
    ["  acme.test ", "acme.test", "acme.test"],
    ["Müller.test", "xn--mller-kva.test", "Müller.test"],
    ["müller.test", "xn--mller-kva.test", "müller.test"],
    ["XN--MLLER-KVA.test", "xn--mller-kva.test", "XN--MLLER-KVA.test"],
  ])("T15 %s", (typed, name, shownName) => expect(refuseName(typed)).toEqual({ name, shownName }));

  test("T15 the spelling is the one of addresses, so that they meet", () => {
    for (const typed of ["Müller.test", "ACME.test", "xn--mller-kva.test", "straße.test"]) {
      const read = refuseName(typed) as { name: string };
      expect(canonicalAddress(`ana@${typed}`)).toBe(`ana@${read.name}`);
    }
  });

  test("T15 look-alikes are refused or remain another name", () => {
    expect(refuseName("ａcme.test")).toHaveProperty("problem");
    expect(refuseName("acme。test")).toMatchObject({ name: "acme.test" });
    expect(canonicalAddress("ana@acme。test")).toBe("ana@acme.test");
    expect(refuseName("аcme.test")).toMatchObject({ name: "xn--cme-5cd.test" });
  });
});

describe("a claim", () => {
  test("T22 has a token of its own, random and longer than 128 bits, that fits into a host name", async () => {
    const tokens = Array.from({ length: 500 }, newToken);
    expect(new Set(tokens).size).toBe(500);
    for (const token of tokens) expect(`_muster-${token}`).toMatch(/^_muster-[a-z2-7]{32}$/);
  });

  test("M8 has a DKIM key, the private half sealed", async () => {
    const claim = await newClaim({ dkimSelector: "muster" });
    expect(claim.dkimPublicKey).toMatch(/^[A-Za-z0-9+/]{392}$/);
    expect(claim.dkimPrivateKey).not.toContain("PRIVATE KEY");
    expect(unseal(claim.dkimPrivateKey)).toMatch(/^-----BEGIN PRIVATE KEY-----/);
  });

  test("X8 shows its records as DNS panels want them", () => {
    const domain = { name: "team.acme.co.uk", token: "abc", dkimSelector: "muster", dkimPublicKey: "KEY" };
    const settings = { mxHosts: ["mx1.muster.test", "mx2.muster.test"], spfInclude: "_spf.muster.test" };
    const lines = recordsFor(domain, settings).map(
      ({ kind, type, host, value }) => `${kind}: ${host} ${type} ${value}`,
    );
    expect(lines).toEqual([
      "ownership: _muster-challenge.team TXT token=abc",
      "cname: _muster-abc.team CNAME verify.muster.test",
      "mx: team MX 10 mx1.muster.test",
      "mx: team MX 20 mx2.muster.test",
      "spf: team TXT v=spf1 include:_spf.muster.test ~all",
      "dkim: muster._domainkey.team TXT v=DKIM1; k=rsa; p=KEY",
    ]);
    const [first, , mx] = recordsFor({ ...domain, name: "acme.test" }, settings);
    expect([first!.host, mx!.host]).toEqual(["_muster-challenge", "@"]);
    expect(recordsFor(domain, { mxHosts: [], spfInclude: "" }).map(({ kind }) => kind)).toEqual([
      "ownership",
      "cname",
      "dkim",
    ]);
  });
});

describe("the vault", () => {
  test("opens what any of the keys sealed, and seals with the first", () => {
    const before = seal("a secret");
    expect(before).toMatch(/^development:[A-Za-z0-9+/=]+$/);
    expect(seal("a secret")).not.toBe(before);

    config.ENCRYPTION_KEYS.unshift({ id: "next", key: Buffer.alloc(32, "next") });
    expect(unseal(before)).toBe("a secret");
    expect(seal("ü")).toMatch(/^next:/);
    expect(unseal(seal("ü"))).toBe("ü");
    config.ENCRYPTION_KEYS.shift();
  });

  test("refuses what was changed, and what an unknown key sealed", () => {
    const sealed = seal("a secret");
    const flipped = sealed.replace(/.(?=.{5}$)/, (sign) => (sign === "A" ? "B" : "A"));
    expect(() => unseal(flipped)).toThrow();
    expect(() => unseal(sealed.replace("development", "older"))).toThrow("“older” is not among ENCRYPTION_KEYS");
    expect(() => unseal("nonsense")).toThrow();
  });
});
