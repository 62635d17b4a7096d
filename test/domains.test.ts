import "./support/outbox.ts";
import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { domains } from "../src/db/schema.ts";
import { admin, browserOf, owner } from "./support/browser.ts";
import { type Account, changesOf, create, type Domain } from "./support/world.ts";

const reload = async ({ id }: { id: string }): Promise<Domain> =>
  (await db.select().from(domains).where(eq(domains.id, id)))[0]!;
const of = (account: Account) => db.select().from(domains).where(eq(domains.accountId, account.id));
const idIn = (location: string | undefined) => location!.split("/").at(-1)!;

const proven = { status: "verified", verifiedAt: new Date() } as const;
const opened = { status: "active", verifiedAt: new Date(), activatedAt: new Date() } as const;
const gone = { atRiskSince: new Date(), absences: 1, riskReason: { code: "nothing_found", values: {} } };

describe("the list of domains", () => {
  test("M4 shows a viewer every domain with its state in words, without controls", async () => {
    const { account, browser } = await admin("viewer");
    await create.domain(account, { name: "waiting.test" });
    await create.domain(account, { name: "proven.test", ...proven });
    await create.domain(account, { name: "open.test", ...opened });
    await create.domain(account, { name: "risky.test", ...opened, ...gone });
    await create.domain(account, { name: "closed.test", ...gone, status: "suspended", statusBefore: "active" });
    await create.domain(account, { name: "late.test", lapsedAt: new Date() });
    await create.domain(account, { name: "deleted.test", endedAt: new Date() });
    const page = await browser.get("/admin/domains").expect(200);
    const rows = [...page.text.matchAll(/<tr>[\s\S]*?<\/tr>/g)].map(([row]) => row);
    for (const [name, word] of [
      ["waiting.test", "Unverified"],
      ["proven.test", "Verified"],
      ["open.test", "Active"],
      ["risky.test", "Active, at risk"],
      ["closed.test", "Suspended"],
      ["late.test", "Lapsed"],
    ]) {
      expect(rows.find((row) => row.includes(`>${name}<`))).toContain(`</svg>${word}</span>`);
    }
    expect(page.text).not.toContain("deleted.test");
    expect(page.text).not.toContain("/admin/domains/new");
    expect(page.text).toContain('<a href="/admin/domains" aria-current="page"');
  });

  test("M4 is refused to who holds no right for it, and not in their pane", async () => {
    const { browser } = await admin("users.view");
    await browser.get("/admin/domains").expect(403);
    expect((await browser.get("/admin/users")).text).not.toContain('href="/admin/domains"');
  });

  test("filters by state and searches by name, stored and shown; T61 what is no filter narrows nothing", async () => {
    const { account, browser } = await owner();
    await create.domain(account, { name: "xn--mnchen-3ya.test", shownName: "münchen.test" });
    await create.domain(account, { name: "known.test", ...proven });
    await create.domain(account, { name: "public.test", ...opened });
    await create.domain(account, { name: "risk.test", ...opened, ...gone });
    await create.domain(account, { name: "shut.test", ...gone, status: "suspended", statusBefore: "verified" });
    const names = async (query: string) =>
      [...(await browser.get(`/admin/domains?${query}`).expect(200)).text.matchAll(/translate="no">([^<]+)<\/a>/g)].map(
        ([, name]) => name,
      );
    const all = ["known.test", "public.test", "risk.test", "shut.test", "münchen.test"];
    expect(await names("")).toEqual(all);
    expect(await names("show=unverified")).toEqual(["münchen.test"]);
    expect(await names("show=verified")).toEqual(["known.test"]);
    expect(await names("show=active")).toEqual(["public.test", "risk.test"]);
    expect(await names("show=at_risk")).toEqual(["risk.test", "shut.test"]);
    expect(await names(`q=${encodeURIComponent("MÜNCH")}`)).toEqual(["münchen.test"]);
    expect(await names("q=mnchen-3ya")).toEqual(["münchen.test"]);
    expect(await names("q=%25")).toEqual([]);
    for (const query of ["show=__proto__", "show=a&show=b", "q=a&q=b", "place=next:x"])
      expect(await names(query)).toEqual(all);
  });

  test("counts the people that each domain brings", async () => {
    const { account, browser } = await owner();
    await create.domain(account, { name: "corp.test", ...opened });
    for (const values of [{ corporate: true }, { corporate: true, status: "blocked" as const }, {}])
      await create.member(account, await create.user({ email: `p${crypto.randomUUID()}@corp.test` }), values);
    await create.member(account, await create.user({ email: "x@sub.corp.test" }), { corporate: true });
    expect((await browser.get("/admin/domains")).text).toContain("2 people");
  });

  test("explains in an empty account what a domain does, and shows no neighbour’s", async () => {
    const neighbour = await owner();
    await create.domain(neighbour.account, { name: "theirs.test" });
    const { browser } = await owner();
    const page = await browser.get("/admin/domains").expect(200);
    expect(page.text).toContain("everybody with an address in it belongs to this account");
    expect(page.text).not.toContain("theirs.test");
  });

  test("pages by key, there and back", async () => {
    const { account, browser } = await owner();
    for (let n = 0; n < 60; n++) await create.domain(account, { name: `d${String(n).padStart(3, "0")}.test` });
    const names = (html: string) => [...html.matchAll(/>(d\d+\.test)<\/a>/g)].map(([, name]) => name);
    const link = (html: string, rel: string) =>
      html.match(new RegExp(`rel="${rel}" href="([^"]+)"`))?.[1]?.replaceAll("&amp;", "&");
    const first = await browser.get("/admin/domains");
    const second = await browser.get(link(first.text, "next")!);
    expect([...names(first.text), ...names(second.text)]).toHaveLength(60);
    expect(link(second.text, "next")).toBeUndefined();
    expect(names((await browser.get(link(second.text, "prev")!)).text)).toEqual(names(first.text));
  });
});

describe("adding a domain", () => {
  test("A33 M5 claims it with a token and a key of its own, in one event, and queues its first check", async () => {
    const { account, browser } = await admin("domains.add", "domains.view");
    const answer = await browser.post("/admin/domains", { name: " Corp.Example. " }).expect(303);
    const [made] = await of(account);
    expect(answer.headers.location).toBe(`/admin/domains/${made!.id}`);
    expect(made).toMatchObject({ name: "corp.example", status: "unverified", endedAt: null });
    expect(made!.token).toMatch(/^[a-z0-9]{26,}$/);
    expect(made!.dkimPrivateKey).not.toContain("PRIVATE KEY");
    expect(await changesOf(account.id)).toEqual(["domain.added"]);
    const page = await browser.get(answer.headers.location!).expect(200);
    expect(page.text).toContain("was added. Publish its record next");
  });

  test("T15 an international name is stored as A-label and shown as it was typed", async () => {
    const { account, browser } = await owner();
    const answer = await browser.post("/admin/domains", { name: "münchen.example" }).expect(303);
    expect(await of(account)).toMatchObject([{ name: "xn--mnchen-3ya.example", shownName: "münchen.example" }]);
    const page = await browser.get(answer.headers.location!).expect(200);
    expect(page.text).toContain('<h1 translate="no">münchen.example</h1>');
    expect(page.text).toContain("xn--mnchen-3ya.example");
  });

  test("T23 one spelling is like the other: the same name twice is refused beside the field", async () => {
    const { account, browser } = await owner();
    await browser.post("/admin/domains", { name: "corp.example" }).expect(303);
    for (const name of ["corp.example", "CORP.example.", " corp.EXAMPLE"]) {
      const page = await browser.post("/admin/domains", { name }).expect(422);
      expect(page.text).toContain('id="name-error" class="error">This domain is in your list already.');
      expect(page.text).toContain(`value="${name}"`);
    }
    expect(await of(account)).toHaveLength(1);
  });

  test("a deleted one can be added again, with another token", async () => {
    const { account, browser } = await owner();
    const old = await create.domain(account, { name: "again.example", endedAt: new Date() });
    const answer = await browser.post("/admin/domains", { name: "again.example" }).expect(303);
    const made = await reload({ id: idIn(answer.headers.location) });
    expect(made.token).not.toBe(old.token);
  });

  test("T22 D7 two accounts claim the same name, each with its own token; neither is told of the other", async () => {
    const [first, second] = [await owner(), await owner()];
    for (const { browser } of [first, second])
      await browser.post("/admin/domains", { name: "shared.example" }).expect(303);
    const [[mine], [theirs]] = [await of(first.account), await of(second.account)];
    expect(mine!.token).not.toBe(theirs!.token);
    expect(mine!.dkimPublicKey).not.toBe(theirs!.dkimPublicKey);
  });

  test("M5 is refused to a viewer, by page and by direct request", async () => {
    const { account, browser } = await admin("viewer");
    await browser.get("/admin/domains/new").expect(403);
    await browser.post("/admin/domains", { name: "corp.example" }).expect(403);
    expect(await of(account)).toEqual([]);
  });
});

describe("renaming a domain", () => {
  const rename = { name: "right.example", version: "1" };

  test("M6 corrects the name of a claim: a new token, the old one kept as an old one of ours", async () => {
    const { account, browser } = await admin("domains.edit", "domains.view");
    const domain = await create.domain(account, { name: "wrnog.example", lapsedAt: new Date() });
    await browser.get(`/admin/domains/${domain.id}/name`).expect(200);
    await browser.post(`/admin/domains/${domain.id}/name`, rename).expect(303);
    const now = await reload(domain);
    expect(now).toMatchObject({ name: "right.example", shownName: "right.example", oldTokens: [domain.token] });
    expect(now).toMatchObject({ lapsedAt: null, version: 2 });
    expect(now.token).not.toBe(domain.token);
    expect(now.dkimPublicKey).not.toBe(domain.dkimPublicKey);
    expect(await changesOf(account.id)).toEqual(["domain.renamed"]);
  });

  test.each([
    ["verified", proven],
    ["active", opened],
    ["suspended", { status: "suspended", statusBefore: "verified" } as const],
    ["withdrawn after it was active", { activatedAt: new Date() }],
  ])("is a conflict for one that is %s: what hangs on its name would hang on another (D7)", async (_, values) => {
    const { account, browser } = await owner();
    const domain = await create.domain(account, values);
    await browser.get(`/admin/domains/${domain.id}/name`).expect(409);
    await browser.post(`/admin/domains/${domain.id}/name`, rename).expect(409);
    expect(await reload(domain)).toEqual(domain);
  });

  test("refuses a name that is in the list, and one that somebody else changed meanwhile (T56)", async () => {
    const { account, browser } = await owner();
    await create.domain(account, { name: "right.example" });
    const domain = await create.domain(account, { version: 3 });
    const twice = await browser.post(`/admin/domains/${domain.id}/name`, { ...rename, version: "3" }).expect(422);
    expect(twice.text).toContain("This domain is in your list already.");
    const stale = await browser
      .post(`/admin/domains/${domain.id}/name`, { name: "x.example", version: "2" })
      .expect(409);
    expect(stale.text).toContain("you entered “x.example”");
    expect(await reload(domain)).toEqual(domain);
  });

  test("M6 is refused without the right, and of a neighbour not found", async () => {
    const { account } = await owner();
    const domain = await create.domain(account);
    const { user } = await create.colleague(account, ["viewer"]);
    await (await browserOf(user, account)).post(`/admin/domains/${domain.id}/name`, rename).expect(403);
    await (await owner()).browser.post(`/admin/domains/${domain.id}/name`, rename).expect(404);
    expect(await reload(domain)).toEqual(domain);
  });
});

test("T63 names full of HTML are text on every page of a domain", async () => {
  const { account, browser } = await owner();
  const evil = `<img src=x onerror=alert(1)>"'`;
  const domain = await create.domain(account, { shownName: evil });
  const live = await create.domain(account, { shownName: evil, ...opened });
  const pages = [
    await browser.get("/admin/domains"),
    ...(await Promise.all(
      ["", "/checks", "/name", "/removal"].map((at) => browser.get(`/admin/domains/${domain.id}${at}`)),
    )),
    await browser.get(`/admin/domains/${live.id}/deactivation`),
    await browser.post("/admin/domains", { name: evil }),
    await browser.post(`/admin/domains/${domain.id}/removal`, { name: "no" }),
  ];
  expect(pages.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200, 422, 422]);
  for (const page of pages) {
    expect(page.text).toContain("&lt;img src=x");
    expect(page.text).not.toContain("<img");
  }
});
