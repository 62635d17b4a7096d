import "./support/outbox.ts";
import { eq, sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { domains } from "../src/db/schema.ts";
import { admin, browserOf, owner } from "./support/browser.ts";
import { changesOf, create, type Domain, grantsOf, reloadMember } from "./support/world.ts";

const reload = async ({ id }: Domain) => (await db.select().from(domains).where(eq(domains.id, id)))[0]!;
const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000);
const waitingJobs = async (task: string) =>
  (await db.execute<{ payload: unknown }>(sql`select j.payload from graphile_worker._private_jobs j
    join graphile_worker._private_tasks t on t.id = j.task_id where t.identifier = ${task}`)) as { payload: object }[];

const proven = { status: "verified", verifiedAt: ago(60), provenBy: "txt" } as const;
const opened = { ...proven, status: "active", activatedAt: ago(30) } as const;
const suspended = { status: "suspended", atRiskSince: ago(9000), suspendedAt: ago(5), absences: 9 } as const;
const doors = ["check", "claim", "deactivation", "unverification"];

describe("Check now", () => {
  test("M8 queues one check, for whoever asked; again within the minute it is 429 with the time left", async () => {
    const { account, user, browser } = await admin("domains.verify", "domains.view");
    const domain = await create.domain(account, { claimedAt: ago(600), lastCheckAt: ago(100) });
    expect((await browser.get(`/admin/domains/${domain.id}`)).text).toMatch(/Check now<\/button>/);
    await browser.post(`/admin/domains/${domain.id}/check`).expect(303);
    expect(await waitingJobs("check_domain")).toMatchObject([{ payload: { domainId: domain.id, askedBy: user.id } }]);

    const again = await browser.post(`/admin/domains/${domain.id}/check`).expect(429);
    expect(Number(again.headers["retry-after"])).toBeGreaterThan(50);
    expect(again.text).toMatch(/checked within the last minute\. Try again in (\d+ seconds|1 minute)/);
    expect((await browser.get(`/admin/domains/${domain.id}`)).text).toMatch(/<button[^>]* disabled/);
    expect(await waitingJobs("check_domain")).toHaveLength(1);

    await db
      .update(domains)
      .set({ askedAt: ago(2) })
      .where(eq(domains.id, domain.id));
    await browser.post(`/admin/domains/${domain.id}/check`).expect(303);
  });

  test("many at once order one check", async () => {
    const { account, browser } = await owner();
    const domain = await create.domain(account);
    const asked = await Promise.all(Array.from({ length: 8 }, () => browser.post(`/admin/domains/${domain.id}/check`)));
    expect(asked.map(({ status }) => status).sort()).toEqual([303, ...Array(7).fill(429)]);
  });

  test("of a claim that has lapsed is a conflict", async () => {
    const { account, browser } = await owner();
    const domain = await create.domain(account, { lapsedAt: ago(5) });
    await browser.post(`/admin/domains/${domain.id}/check`).expect(409);
  });
});

describe("the page follows by itself", () => {
  const part = (domain: Domain, page: string) => page.match(/hx-get="([^"]+)"/)?.[1] ?? `/admin/domains/${domain.id}`;

  test("while a claim is young it asks for what is new: nothing new is no answer, a change is the page's own part", async () => {
    const { account, browser } = await owner();
    const domain = await create.domain(account, { claimedAt: ago(10), lastCheckAt: ago(5) });
    const page = await browser.get(`/admin/domains/${domain.id}`).expect(200);
    const poll = () => browser.get(part(domain, page.text)).set("HX-Request", "true");
    expect((await poll().expect(204)).text).toBe("");

    await db
      .update(domains)
      .set({ ...proven, lastCheckAt: new Date() })
      .where(eq(domains.id, domain.id));
    const changed = await poll().expect(200);
    expect(changed.text).toContain('<div id="domain"');
    expect(changed.text).not.toContain("<html");
    expect(changed.text).toContain("</svg>Verified since ");
    // What is proven does not change by the minute: the part that came asks no more.
    expect(changed.text).not.toContain("hx-get");
  });

  test("an old claim asks for nothing, but while a check is under way", async () => {
    const { account, browser } = await owner();
    const domain = await create.domain(account, { claimedAt: ago(600), lastCheckAt: ago(30) });
    expect((await browser.get(`/admin/domains/${domain.id}`)).text).not.toContain("hx-get");
    await browser.post(`/admin/domains/${domain.id}/check`).expect(303);
    const page = await browser.get(`/admin/domains/${domain.id}`);
    expect(page.text).toContain('hx-trigger="every 3s"');
    expect(page.text).toContain("Checking now…");
  });
});

describe("claiming again", () => {
  test("a lapsed claim gets a new token, two weeks, and a check", async () => {
    const { account, browser } = await admin("domains.verify", "domains.view");
    const domain = await create.domain(account, { lapsedAt: ago(60), claimedAt: ago(30_000), nextCheckAt: null });
    expect((await browser.get(`/admin/domains/${domain.id}`)).text).toContain("Claim again");
    await browser.post(`/admin/domains/${domain.id}/claim`).expect(303);
    const now = await reload(domain);
    expect(now).toMatchObject({ lapsedAt: null, oldTokens: [domain.token], lastCheckAt: null });
    expect(now.token).not.toBe(domain.token);
    expect(Number(now.claimedAt)).toBeGreaterThan(Number(ago(1)));
    expect(await changesOf(account.id)).toEqual(["domain.claimed_again"]);
    await browser.post(`/admin/domains/${domain.id}/claim`).expect(409);
  });
});

describe("deactivating a domain", () => {
  test("A39 says what it means, closes it, and takes nothing from anybody", async () => {
    const { account, browser } = await admin("domains.activate", "domains.view");
    const domain = await create.domain(account, { name: "kept.test", ...opened });
    const { user, member } = await create.colleague(account, ["viewer"], {
      email: "ana@kept.test",
      corporateAccountId: account.id,
    });
    const before = await reloadMember(member.id);
    const page = await browser.get(`/admin/domains/${domain.id}/deactivation`).expect(200);
    expect(page.text).toContain("can activate it, and gets its mail from then on");
    for (const words of ["with every permission that they have", "cannot create users", "Nobody can register"])
      expect(page.text).toContain(words);

    await browser.post(`/admin/domains/${domain.id}/deactivation`).expect(303);
    expect(await reload(domain)).toMatchObject({ status: "verified", activatedAt: domain.activatedAt });
    expect((await reload(domain)).deactivatedAt).not.toBeNull();
    expect(await changesOf(account.id)).toEqual(["domain.deactivated"]);
    expect(await grantsOf(member.id)).toEqual(["viewer"]);
    expect(await reloadMember(member.id)).toEqual(before);
    expect(user.corporateAccountId).toBe(account.id);
    expect((await browser.get(`/admin/domains/${domain.id}`)).text).toContain("Deactivated since");
  });

  test("of a suspended one counts when its record is back: it stays suspended, and was verified", async () => {
    const { account, browser } = await owner();
    const domain = await create.domain(account, { ...opened, ...suspended, statusBefore: "active" });
    await browser.post(`/admin/domains/${domain.id}/deactivation`).expect(303);
    expect(await reload(domain)).toMatchObject({ status: "suspended", statusBefore: "verified" });
    await browser.post(`/admin/domains/${domain.id}/deactivation`).expect(409);
  });

  test.each([
    ["unverified", {}],
    ["verified", proven],
  ] as const)("of one that is %s is a conflict", async (_, values) => {
    const { account, browser } = await owner();
    const domain = await create.domain(account, values);
    await browser.get(`/admin/domains/${domain.id}/deactivation`).expect(409);
    await browser.post(`/admin/domains/${domain.id}/deactivation`).expect(409);
    expect(await reload(domain)).toEqual(domain);
  });
});

describe("withdrawing a verification", () => {
  test.each([
    ["verified", proven],
    ["at risk", { ...proven, atRiskSince: ago(60), absences: 2, riskReason: { code: "nothing_found" } }],
    ["suspended", { ...suspended, statusBefore: "verified" as const }],
  ])("of one that is %s makes it a claim with a new token; the old one proves nothing", async (_, values) => {
    const { account, browser } = await admin("domains.verify", "domains.view");
    const domain = await create.domain(account, values);
    await browser.get(`/admin/domains/${domain.id}/unverification`).expect(200);
    await browser.post(`/admin/domains/${domain.id}/unverification`).expect(303);
    const now = await reload(domain);
    expect(now).toMatchObject({
      status: "unverified",
      statusBefore: null,
      oldTokens: [domain.token],
      verifiedAt: null,
    });
    expect(now).toMatchObject({ atRiskSince: null, suspendedAt: null, riskReason: null, absences: 0, provenBy: null });
    expect(now.token).not.toBe(domain.token);
    expect(now.dkimPublicKey).toBe(domain.dkimPublicKey);
    expect(await changesOf(account.id)).toEqual(["domain.unverified"]);
  });

  test("D7 of one that was active keeps that it was: newcomers stay out", async () => {
    const { account, browser } = await owner();
    const domain = await create.domain(account, { ...proven, activatedAt: ago(90), deactivatedAt: ago(80) });
    expect((await browser.get(`/admin/domains/${domain.id}/unverification`)).text).toContain(
      "Nobody new can be created",
    );
    await browser.post(`/admin/domains/${domain.id}/unverification`).expect(303);
    expect((await reload(domain)).activatedAt).toEqual(domain.activatedAt);
  });

  test.each([
    ["active", opened],
    ["suspended while it was active", { ...opened, ...suspended, statusBefore: "active" as const }],
    ["unverified", {}],
  ])("of one that is %s is a conflict", async (_, values) => {
    const { account, browser } = await owner();
    const domain = await create.domain(account, values);
    await browser.get(`/admin/domains/${domain.id}/unverification`).expect(409);
    await browser.post(`/admin/domains/${domain.id}/unverification`).expect(409);
    expect(await reload(domain)).toEqual(domain);
  });
});

describe("who may", () => {
  test("M8 a viewer sees no control and is refused at every door; a neighbour finds nothing", async () => {
    const { account } = await owner();
    const viewer = await create.colleague(account, ["viewer"]);
    const looking = await browserOf(viewer.user, account);
    const stranger = await owner();
    for (const values of [{}, proven, opened, { lapsedAt: ago(5) }]) {
      const domain = await create.domain(account, values);
      const page = await looking.get(`/admin/domains/${domain.id}`).expect(200);
      expect(page.text).not.toContain('method="post" action="/admin');
      expect(page.text).not.toMatch(/\/(activation|deactivation|unverification|removal|name)"/);
      for (const door of doors) {
        await looking.post(`/admin/domains/${domain.id}/${door}`).expect(403);
        await stranger.browser.post(`/admin/domains/${domain.id}/${door}`).expect(404);
      }
      expect(await reload(domain)).toEqual(domain);
    }
  });

  test("M4 whoever holds no right for domains sees none, by page or by direct request", async () => {
    const { account, browser } = await admin("users.view");
    const domain = await create.domain(account, opened);
    for (const at of ["", "/checks", "/name", "/removal", "/deactivation", "/unverification"])
      await browser.get(`/admin/domains/${domain.id}${at}`).expect(403);
    for (const door of [...doors, "name", "removal"])
      await browser.post(`/admin/domains/${domain.id}/${door}`).expect(403);
    expect(await reload(domain)).toEqual(domain);
  });

  test("T38 one right does not open another's door", async () => {
    const { account, browser } = await admin("domains.verify", "domains.view");
    const domain = await create.domain(account, opened);
    await browser.post(`/admin/domains/${domain.id}/deactivation`).expect(403);
    await browser.post(`/admin/domains/${domain.id}/removal`, { name: domain.name }).expect(403);
    await browser.post(`/admin/domains/${domain.id}/name`, { name: "x.example", version: "1" }).expect(403);
  });

  test("a deleted domain is not found at any door", async () => {
    const { account, browser } = await owner();
    const domain = await create.domain(account, { ...proven, endedAt: ago(1) });
    for (const at of ["", "/checks", "/name", "/removal", "/deactivation", "/unverification"])
      await browser.get(`/admin/domains/${domain.id}${at}`).expect(404);
    for (const door of doors) await browser.post(`/admin/domains/${domain.id}/${door}`).expect(404);
  });
});
