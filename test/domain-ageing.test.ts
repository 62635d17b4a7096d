import { and, eq, sql } from "drizzle-orm";
import { beforeEach, describe, expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { accounts, domainChecks, domains, events, notifications } from "../src/db/schema.ts";
import type { Manners } from "../src/dev-dns/name-server.ts";
import { enqueue } from "../src/queue.ts";
import { admin, browserOf, owner } from "./support/browser.ts";
import { freshDns, manners, resolver, servers, zone } from "./support/name-server.ts";
import { inbox, mailsTo, runJobs } from "./support/outbox.ts";
import { type Account, changesOf, create, type Domain, type User } from "./support/world.ts";

beforeEach(() => {
  freshDns();
  inbox.mails.length = 0;
});

const reload = async ({ id }: Domain) => (await db.select().from(domains).where(eq(domains.id, id)))[0]!;
const host = "_muster-challenge";
const publish = ({ name, token }: Domain) => zone(name, [[host, "TXT", `token=${token}`]]);
const withdraw = ({ name }: Domain) => zone(name, []);
const ownership = ({ id }: Domain) =>
  db
    .select()
    .from(domainChecks)
    .where(and(eq(domainChecks.domainId, id), eq(domainChecks.kind, "ownership")))
    .orderBy(domainChecks.id);

/** Lets time go by for this domain: everything that its row remembers is that much longer ago, the next check too. */
const pass = ({ id }: Domain, hours: number) =>
  db.execute(sql`update domains set claimed_at = claimed_at - ${hours} * interval '1 hour',
    at_risk_since = at_risk_since - ${hours} * interval '1 hour', suspended_at = suspended_at - ${hours} * interval '1 hour',
    verified_at = verified_at - ${hours} * interval '1 hour', last_check_at = last_check_at - ${hours} * interval '1 hour',
    next_check_at = next_check_at - ${hours} * interval '1 hour' where id = ${id}`);

/** What the clock starts every minute, once; and the mails that come of it. */
async function tick() {
  await db.transaction((tx) => enqueue(tx, "check_domains", {}));
  await runJobs();
}

/** So many hours pass, and the clock with them. */
async function later(domain: Domain, hours: number): Promise<Domain> {
  await pass(domain, hours);
  await tick();
  return reload(domain);
}

const minutesTo = (at: Date | null) => Math.round((Number(at) - Date.now()) / 60_000);
const subjects = (user: User) => mailsTo(user.email).map(({ subject }) => subject);
const moves = async (account: Account) => (await changesOf(account.id)).filter((name) => name.startsWith("domain."));

let counter = 0;
const fresh = () => `age${++counter}.test`;
const at = (values: Partial<typeof domains.$inferInsert>) => ({ name: fresh(), nextCheckAt: new Date(0), ...values });
const proven = { status: "verified", verifiedAt: new Date(), provenBy: "txt" } as const;
const opened = { ...proven, status: "active", activatedAt: new Date() } as const;

describe("proving a domain", () => {
  test("A33 its record makes a claim verified: one event, and news to whoever may verify domains", async () => {
    const { account, user: boss } = await owner();
    const { user: keeper } = await create.colleague(account, ["domains.verify"]);
    const role = await create.role(account, "account", "Names", ["domains.verify"]);
    const named = await create.colleague(account);
    await create.grant(named.member, { role });
    const { user: viewer } = await create.colleague(account, ["viewer", "domains.activate"]);
    const { user: former, member } = await create.colleague(account, ["admin"]);
    await db.execute(sql`update members set status = 'blocked' where id = ${member.id}`);
    const domain = await create.domain(account, at({}));
    publish(domain);
    await tick();
    expect(await reload(domain)).toMatchObject({ status: "verified", provenBy: "txt", version: 2 });
    expect(minutesTo((await reload(domain)).nextCheckAt)).toBe(24 * 60);
    expect(await moves(account)).toEqual(["domain.verified"]);
    for (const user of [boss, keeper, named.user]) expect(subjects(user)).toEqual([`${domain.name} is verified`]);
    for (const user of [viewer, former]) expect(subjects(user)).toEqual([]);
    const bells = await db.select().from(notifications).where(eq(notifications.userId, keeper.id));
    expect(bells).toMatchObject([{ kind: "domain.verified", subjectId: domain.id, data: { domain: domain.name } }]);
    const [check] = await ownership(domain);
    expect(check).toMatchObject({ result: "ok", code: "proven_by_txt", askedBy: null });
  });

  test("M8 by CNAME as well; a check that was asked for keeps who asked", async () => {
    const { account, user, browser } = await owner();
    const domain = await create.domain(account, { name: fresh() });
    zone(domain.name, [[`_muster-${domain.token}`, "CNAME", "verify.muster.test"]]);
    await browser.post(`/admin/domains/${domain.id}/check`).expect(303);
    await runJobs();
    expect(await reload(domain)).toMatchObject({ status: "verified", provenBy: "cname" });
    expect(await ownership(domain)).toMatchObject([{ result: "ok", askedBy: user.id }]);
    const page = await browser.get(`/admin/domains/${domain.id}`).expect(200);
    expect(page.text).toContain("asked for by Person");
    expect(page.text).toContain(`/admin/domains/${domain.id}/activation`);
  });

  test("T22 another account's token proves nothing", async () => {
    const [a, b] = [await owner(), await owner()];
    const mine = await create.domain(a.account, at({}));
    const theirs = await create.domain(b.account, at({ name: mine.name }));
    publish(mine);
    await tick();
    expect((await reload(mine)).status).toBe("verified");
    expect((await reload(theirs)).status).toBe("unverified");
    expect(await ownership(theirs)).toMatchObject([{ result: "wrong", code: "other_account_token" }]);
    const page = await b.browser.get(`/admin/domains/${theirs.id}`).expect(200);
    expect(page.text).not.toContain(a.account.name);
  });

  test("T21 two accounts prove the same name at once: both are verified, each by its own record", async () => {
    const [a, b] = [await owner(), await owner()];
    const mine = await create.domain(a.account, at({}));
    const theirs = await create.domain(b.account, at({ name: mine.name }));
    zone(
      mine.name,
      [mine, theirs].map(({ token }) => [host, "TXT", `token=${token}`]),
    );
    await Promise.all([tick(), tick()]);
    expect([(await reload(mine)).status, (await reload(theirs)).status]).toEqual(["verified", "verified"]);
    expect([await moves(a.account), await moves(b.account)]).toEqual([["domain.verified"], ["domain.verified"]]);
  });
});

describe("a claim that waits", () => {
  test("is looked for every 5 minutes for an hour, hourly to day 7, daily to day 14, then lapses with a mail", async () => {
    const { account, user, browser } = await owner();
    const domain = await create.domain(account, at({}));
    withdraw(domain);
    await tick();
    expect(minutesTo((await reload(domain)).nextCheckAt)).toBe(5);
    expect(minutesTo((await later(domain, 0.9)).nextCheckAt)).toBe(5);
    expect(minutesTo((await later(domain, 0.2)).nextCheckAt)).toBe(60);
    expect(minutesTo((await later(domain, 6.9 * 24)).nextCheckAt)).toBe(60);
    expect(minutesTo((await later(domain, 0.2 * 24)).nextCheckAt)).toBe(24 * 60);
    // The last look is at the end of the fourteenth day, not a day after it.
    expect(minutesTo((await later(domain, 6.5 * 24)).nextCheckAt)).toBeLessThan(12 * 60);
    expect((await reload(domain)).lapsedAt).toBeNull();
    const lapsed = await later(domain, 12);
    expect(lapsed).toMatchObject({ status: "unverified", nextCheckAt: null });
    expect(lapsed.lapsedAt).not.toBeNull();
    expect(await moves(account)).toEqual(["domain.lapsed"]);
    expect(subjects(user)).toEqual([`Your claim of ${domain.name} has lapsed`]);

    publish(domain);
    const checks = await ownership(domain);
    await tick();
    expect(await ownership(domain)).toEqual(checks);
    await browser.post(`/admin/domains/${domain.id}/claim`).expect(303);
    await runJobs();
    expect(await reload(domain)).toMatchObject({ status: "unverified", lapsedAt: null });
    expect((await ownership(domain)).at(-1)).toMatchObject({ code: "old_token" });
    publish(await reload(domain));
    await pass(domain, 1);
    await tick();
    expect((await reload(domain)).status).toBe("verified");
  });
});

describe("X9 T25 a proven domain ages", () => {
  test("X9 T25 absent: at risk at once, suspended after 72 hours and not before, a mail at each step, every check kept", async () => {
    const { account, user, browser } = await owner();
    const domain = await create.domain(account, at(opened));
    publish(domain);
    await tick();
    expect(await reload(domain)).toMatchObject({ status: "active", absences: 0, atRiskSince: null });
    withdraw(domain);
    const risky = await later(domain, 24);
    expect(risky).toMatchObject({ status: "active", absences: 1, riskReason: { code: "nothing_found" } });
    expect(risky.atRiskSince).not.toBeNull();
    expect(minutesTo(risky.nextCheckAt)).toBe(60);
    expect(subjects(user)).toEqual([`${domain.name} is at risk: its record is gone`]);
    const page = await browser.get(`/admin/domains/${domain.id}`).expect(200);
    expect(page.text).toContain("Active, at risk");
    expect(page.text).toContain("Nothing has changed for anybody.");

    for (const hours of [1, 1, 69]) expect(await later(domain, hours)).toMatchObject({ status: "active" });
    expect((await reload(domain)).absences).toBe(4);
    const shut = await later(domain, 1);
    expect(shut).toMatchObject({ status: "suspended", statusBefore: "active", absences: 5 });
    expect(shut.suspendedAt).not.toBeNull();
    expect(subjects(user)).toEqual([`${domain.name} is suspended`, `${domain.name} is at risk: its record is gone`]);

    expect(await later(domain, 1)).toMatchObject({ status: "suspended", absences: 6 });
    expect(subjects(user)).toHaveLength(2);
    expect(await ownership(domain)).toHaveLength(7);
    expect(await moves(account)).toEqual(["domain.marked_at_risk", "domain.suspended"]);
    expect((await browser.get("/admin/domains?show=at_risk")).text).toContain(domain.name);
  });

  test("X9 three absences at least: two over four days do not suspend", async () => {
    const { account } = await owner();
    const domain = await create.domain(account, at(proven));
    withdraw(domain);
    await tick();
    expect(await later(domain, 96)).toMatchObject({ status: "verified", absences: 2 });
    expect(await later(domain, 1)).toMatchObject({ status: "suspended", statusBefore: "verified", absences: 3 });
  });

  const misbehave = (all: { manners: Manners }[], how: Manners) => {
    for (const server of all) server.manners = how;
  };
  test.each([
    ["its servers fail", () => misbehave([servers.ns1, servers.ns2], manners.code(2))],
    ["its servers are silent", () => misbehave([servers.ns1, servers.ns2], manners.silent)],
    ["nobody answers at all", () => misbehave([resolver, ...Object.values(servers)], manners.silent)],
  ])(
    "T25 X8 %s: however often and however long, it never counts",
    async (_, fail) => {
      const { account, user } = await owner();
      const domain = await create.domain(account, at(opened));
      withdraw(domain);
      fail();
      await tick();
      for (const hours of [1, 30, 80])
        expect(await later(domain, hours)).toMatchObject({ status: "active", absences: 0 });
      expect(await reload(domain)).toMatchObject({ atRiskSince: null, riskReason: null });
      expect((await ownership(domain)).map(({ result }) => result)).toEqual(Array(4).fill("unclear"));
      expect([await moves(account), subjects(user)]).toEqual([[], []]);
    },
    60_000,
  );

  test("T25 a failure between two absences neither counts nor forgives", async () => {
    const { account } = await owner();
    const domain = await create.domain(account, at(opened));
    withdraw(domain);
    await tick();
    await later(domain, 1);
    for (const server of [servers.ns1, servers.ns2]) server.manners = manners.code(2);
    expect(await later(domain, 90)).toMatchObject({ status: "active", absences: 2 });
    freshDns();
    withdraw(domain);
    expect(await later(domain, 1)).toMatchObject({ status: "suspended", absences: 3 });
  });

  test.each([
    ["active", opened],
    ["verified", proven],
  ] as const)("X9 the next good check returns a suspended one to what it was: %s", async (status, values) => {
    const { account, user } = await owner();
    const domain = await create.domain(account, at(values));
    withdraw(domain);
    await tick();
    await later(domain, 40);
    expect((await later(domain, 40)).status).toBe("suspended");
    publish(domain);
    expect(await later(domain, 1)).toMatchObject({
      status,
      statusBefore: null,
      atRiskSince: null,
      riskReason: null,
      suspendedAt: null,
      absences: 0,
    });
    expect(minutesTo((await reload(domain)).nextCheckAt)).toBe(24 * 60);
    expect(subjects(user)[0]).toBe(`${domain.name} is in order again`);
    expect(mailsTo(user.email)[0]!.text).toContain("The domain is what it was before");
    expect((await moves(account)).at(-1)).toBe("domain.recovered");
  });

  test("X9 one at risk is well again before it is suspended, and starts from the beginning next time", async () => {
    const { account, user } = await owner();
    const domain = await create.domain(account, at(opened));
    withdraw(domain);
    await tick();
    await later(domain, 70);
    publish(domain);
    expect(await later(domain, 1)).toMatchObject({ status: "active", absences: 0, atRiskSince: null });
    withdraw(domain);
    expect(await later(domain, 24)).toMatchObject({ status: "active", absences: 1 });
    expect(subjects(user)).toHaveLength(3);
  });

  test("T21 meanwhile active in another account, it returns to verified, and its administrators are told", async () => {
    const { account, user } = await owner();
    const domain = await create.domain(account, at(opened));
    withdraw(domain);
    await tick();
    await later(domain, 40);
    await later(domain, 40);
    const other = await create.account();
    await create.domain(other, { name: domain.name, ...opened });
    publish(domain);
    const back = await later(domain, 1);
    expect(back).toMatchObject({ status: "verified", atRiskSince: null, suspendedAt: null });
    expect(back.deactivatedAt).not.toBeNull();
    const [mail] = mailsTo(user.email);
    expect(mail!.text).toContain("another account has proven and activated this domain");
    expect(mail!.text).not.toContain(other.name);
    const [event] = await db
      .select()
      .from(events)
      .where(and(eq(events.accountId, account.id), eq(events.name, "domain.recovered")));
    expect(event).toMatchObject({ before: { status: "suspended" }, after: { status: "verified" } });
  });

  test("a deactivated one that comes back is verified; a withdrawn one needs its new record", async () => {
    const { account, browser } = await owner();
    const domain = await create.domain(account, at(opened));
    withdraw(domain);
    await tick();
    await later(domain, 40);
    await later(domain, 40);
    await browser.post(`/admin/domains/${domain.id}/deactivation`).expect(303);
    publish(domain);
    expect(await later(domain, 1)).toMatchObject({ status: "verified" });
    await browser.post(`/admin/domains/${domain.id}/unverification`).expect(303);
    await runJobs();
    expect((await reload(domain)).status).toBe("unverified");
    expect((await ownership(domain)).at(-1)).toMatchObject({ code: "old_token" });
  });

  test("a domain of a deleted account, and a deleted domain, are not looked at", async () => {
    const { account } = await owner();
    const domain = await create.domain(account, at(opened));
    const ended = await create.domain(account, at({ endedAt: new Date() }));
    await db.update(accounts).set({ deletedAt: new Date() }).where(eq(accounts.id, account.id));
    await tick();
    expect([await ownership(domain), await ownership(ended)]).toEqual([[], []]);
  });
});

describe("R3 several at once", () => {
  test("R3 many runs of the clock look at each domain once, and tell once", async () => {
    const { account, user } = await owner();
    const all = await Promise.all(Array.from({ length: 12 }, () => create.domain(account, at(opened))));
    for (const domain of all) withdraw(domain);
    await Promise.all(Array.from({ length: 4 }, () => db.transaction((tx) => enqueue(tx, "check_domains", {}))));
    await runJobs();
    for (const domain of all) {
      expect(await ownership(domain)).toHaveLength(1);
      expect((await reload(domain)).absences).toBe(1);
    }
    expect(subjects(user)).toHaveLength(12);
  });

  test("R3 a look that another has overtaken, or whose domain was renamed or deleted meanwhile, says nothing", async () => {
    const { settleLook } = await import("../src/domain-ageing/settle.ts");
    const { takeNow } = await import("../src/domain-ageing/lease.ts");
    const { account, browser } = await owner();
    const good = {
      kind: "ownership",
      result: "ok",
      code: "proven_by_txt",
      values: { by: "txt" },
      expected: [],
      found: [],
    } as never;
    const [overtaken, renamed, deleted] = await Promise.all([1, 2, 3].map(() => create.domain(account, at({}))));
    const first = await takeNow(overtaken!.id);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const second = await takeNow(overtaken!.id);
    expect(await settleLook(first!, [good], null)).toBeUndefined();
    expect((await reload(overtaken!)).status).toBe("unverified");
    expect((await settleLook(second!, [good], null))?.status).toBe("verified");
    expect(await settleLook(second!, [good], null)).toBeUndefined();

    const before = await takeNow(renamed!.id);
    await browser.post(`/admin/domains/${renamed!.id}/name`, { name: "other.example", version: "1" }).expect(303);
    expect(await settleLook(before!, [good], null)).toBeUndefined();
    const taken = await takeNow(deleted!.id);
    await browser.post(`/admin/domains/${deleted!.id}/removal`, { name: deleted!.name }).expect(303);
    expect(await settleLook(taken!, [good], null)).toBeUndefined();
    expect(await ownership(renamed!)).toEqual([]);
  });
});

test("every mail about a domain names it and leads into its account, in the reader's language", async () => {
  const { account } = await admin("viewer");
  const { user } = await create.colleague(account, ["domains.verify", "domains.view"], { locale: "de" });
  const domain = await create.domain(account, at({ ...opened, shownName: "Größe.test" }));
  withdraw(domain);
  await tick();
  const [mail] = mailsTo(user.email);
  expect(mail!.subject).toBe("Größe.test ist gefährdet: Der Eintrag fehlt");
  expect(mail!.text).toContain("Es hat sich für niemanden etwas geändert.");
  expect(mail!.text).toContain(
    `/accounts/${account.id}/switch?next=${encodeURIComponent(`/admin/domains/${domain.id}`)}`,
  );
  const reader = await browserOf(user, account);
  const bell = await reader.get("/profile/notifications").expect(200);
  expect(bell.text).toContain("Größe.test ist gefährdet");
  expect(bell.text).toContain(encodeURIComponent(`/admin/domains/${domain.id}`));
});
