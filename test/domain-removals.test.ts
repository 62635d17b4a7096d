import "./support/outbox.ts";
import { and, eq, sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { domains, events, mailboxAliases, mailGroups, mails, users } from "../src/db/schema.ts";
import { admin, browserOf, owner } from "./support/browser.ts";
import { runJobs } from "./support/outbox.ts";
import { type Account, changesOf, create, type Domain, grantsOf, reloadMember } from "./support/world.ts";

const reload = async ({ id }: Domain) => (await db.select().from(domains).where(eq(domains.id, id)))[0]!;
const reloadUser = async (id: string) => (await db.select().from(users).where(eq(users.id, id)))[0]!;
const opened = { status: "active", verifiedAt: new Date(), activatedAt: new Date() } as const;
const remove = (domain: Domain, name = domain.shownName) => [`/admin/domains/${domain.id}/removal`, { name }] as const;

let counter = 0;
/** A corporate user of the account, with an address in that domain. */
async function corporate(account: Account, domain: string, values: Partial<typeof users.$inferInsert> = {}) {
  const email = `person${++counter}@${domain}`;
  const managed = { corporateAccountId: account.id, corporateSince: new Date(), ...values };
  const found = await create.colleague(account, ["viewer"], { email, ...managed });
  await db.execute(sql`update members set corporate = true where id = ${found.member.id}`);
  return found;
}
const toldOf = (userId: string) =>
  db
    .select()
    .from(mails)
    .where(and(eq(mails.kind, "no_longer_managed"), eq(mails.subjectId, userId)));

describe("deleting a domain", () => {
  test("M7 asks for the typed name, and says how many people it means", async () => {
    const { account, browser } = await admin("domains.delete", "domains.view");
    const domain = await create.domain(account, { name: "asked.test", ...opened });
    await corporate(account, "asked.test");
    const page = await browser.get(`/admin/domains/${domain.id}/removal`).expect(200);
    expect(page.text).toContain("1 corporate user becomes an ordinary user");
    for (const typed of ["", "asked", "asked.test.", "other.test"]) {
      const refused = await browser.post(...remove(domain, typed)).expect(422);
      expect(refused.text).toContain('id="name-error" class="error">Type the name of the domain exactly: asked.test');
    }
    expect(await reload(domain)).toEqual(domain);
    await browser.post(...remove(domain, " Asked.TEST ")).expect(303);
    expect((await reload(domain)).endedAt).not.toBeNull();
    await browser.get(`/admin/domains/${domain.id}`).expect(404);
    expect((await browser.get("/admin/domains")).text).not.toContain(`/admin/domains/${domain.id}`);
  });

  test("M7 says whose mail stops with it, as withdrawing the verification does", async () => {
    const { account, browser } = await owner();
    const domain = await create.domain(account, { name: "mailed.test", status: "verified", verifiedAt: new Date() });
    const at = `/admin/domains/${domain.id}`;
    const refused = "with an address in mailed.test is refused from then on, until the domain is verified here again";
    for (const path of ["/removal", "/unverification"])
      expect((await browser.get(at + path).expect(200)).text).not.toContain("refused from then on");

    const box = await create.mailbox(account, { kind: "native", address: "desk@mailed.test" });
    await create.mailbox(account, { kind: "native", address: "old@mailed.test", archivedAt: new Date() });
    await create.mailbox(account, { kind: "native", address: "desk@sub.mailed.test" });
    await create.mailbox(await create.account(), { kind: "native", address: "other@mailed.test" });
    await db.insert(mailboxAliases).values({ accountId: account.id, mailboxId: box.id, address: "help@mailed.test" });
    await db.insert(mailGroups).values({ accountId: account.id, name: "All", address: "all@mailed.test" });
    for (const path of ["/removal", "/unverification"])
      expect((await browser.get(at + path).expect(200)).text).toContain(
        `Mail to 3 mailboxes, aliases and groups ${refused}`,
      );

    await browser.post(`${at}/unverification`).expect(303);
    expect((await browser.get(`${at}/removal`).expect(200)).text).not.toContain("refused from then on");
  });

  test("R17 waits for a batch that takes its people in, also where that waits for the domain in turn", async () => {
    const { account, browser } = await owner();
    const domain = await create.domain(account, { name: "busy.test", ...opened });
    const { user } = await corporate(account, "busy.test");
    const removing = await db.transaction(async (tx) => {
      await tx.execute(sql`select 1 from users where id = ${user.id} for no key update`);
      const answer = browser.post(...remove(domain)).then(({ status }) => status);
      const waits = () => tx.execute(sql`select 1 from pg_locks where not granted and pid <> pg_backend_pid()`);
      while ((await waits()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      await tx.execute(sql`select 1 from domains where id = ${domain.id} for share`);
      return { answer };
    });
    expect(await removing.answer).toBe(303);
    expect((await reload(domain)).endedAt).not.toBeNull();
  });

  test("X2 its corporate users stay members with everything they hold, become ordinary ones, and are told once", async () => {
    const { account, browser } = await owner();
    const domain = await create.domain(account, { name: "left.test", shownName: "Left.test", ...opened });
    const ana = await corporate(account, "left.test");
    const waiting = await corporate(account, "left.test", { passwordHash: null });
    const elsewhere = await create.account();
    const other = await create.member(elsewhere, ana.user);
    await create.grant(other, { systemRole: "owner" });
    const before = [await grantsOf(ana.member.id), await grantsOf(other.id)];

    await browser.post(...remove(domain)).expect(303);
    for (const { user, member } of [ana, waiting]) {
      expect(await reloadUser(user.id)).toMatchObject({
        corporateAccountId: null,
        corporateSince: null,
        disabledAt: null,
      });
      expect(await reloadMember(member.id)).toMatchObject({ corporate: false, status: "active", endedAt: null });
      expect(await toldOf(user.id)).toMatchObject([
        { held: true, status: "queued", data: { domain: "Left.test", account: account.name } },
      ]);
    }
    expect([await grantsOf(ana.member.id), await grantsOf(other.id)]).toEqual(before);
    expect(await changesOf(account.id)).toEqual(["domain.removed"]);
    const [event] = await db
      .select()
      .from(events)
      .where(and(eq(events.accountId, account.id), eq(events.name, "domain.removed")));
    expect(event).toMatchObject({ subjectLabel: "Left.test", before: { status: "active", people: 2 } });
  });

  test("T24 T49 touches nobody of another domain, of another account, or of none", async () => {
    const { account, browser } = await owner();
    const neighbour = await owner();
    const domain = await create.domain(account, { name: "mine.test", ...opened });
    const others = [
      await corporate(account, "also-mine.test"),
      await corporate(account, "sub.mine.test"),
      await corporate(neighbour.account, "mine.test"),
      await create.colleague(account, [], { email: `free${++counter}@mine.test` }),
    ];
    const before = await Promise.all(
      others.map(({ user, member }) => Promise.all([reloadUser(user.id), reloadMember(member.id)])),
    );
    await browser.post(...remove(domain)).expect(303);
    const after = await Promise.all(
      others.map(({ user, member }) => Promise.all([reloadUser(user.id), reloadMember(member.id)])),
    );
    expect(after).toEqual(before);
    expect(await db.select().from(mails).where(eq(mails.accountId, account.id))).toEqual([]);
  });

  test("X2 a profile that the account had switched off by removing its user is the person's own again", async () => {
    const { account, browser } = await owner();
    const domain = await create.domain(account, { name: "off.test", status: "verified" });
    const { user, member } = await corporate(account, "off.test");
    await browser.post(`/admin/users/${member.id}/removal`).expect(303);
    expect((await reloadUser(user.id)).disabledAt).not.toBeNull();
    await browser.post(...remove(domain)).expect(303);
    expect(await reloadUser(user.id)).toMatchObject({ disabledAt: null, corporateAccountId: null });
    expect((await reloadMember(member.id)).status).toBe("removed");
    const person = await browserOf(user);
    await person.get("/profile").expect(200);
  });

  test("is the same for one that was withdrawn and still has people; a claim without people tells nobody", async () => {
    const { account, browser } = await owner();
    const withdrawn = await create.domain(account, { name: "withdrawn.test", activatedAt: new Date() });
    const { user } = await corporate(account, "withdrawn.test");
    await browser.post(...remove(withdrawn)).expect(303);
    expect((await reloadUser(user.id)).corporateAccountId).toBeNull();
    const claim = await create.domain(account, { name: "claim.test" });
    expect((await browser.get(`/admin/domains/${claim.id}/removal`)).text).toContain(
      "nobody’s profile and rights change",
    );
    await browser.post(...remove(claim)).expect(303);
    expect(await changesOf(account.id)).toEqual(["domain.removed", "domain.removed"]);
  });

  test("T22 the old row stays, so that its token is known as an old one; the name is free at once", async () => {
    const { account, browser } = await owner();
    const domain = await create.domain(account, { name: "free.example" });
    await browser.post(...remove(domain)).expect(303);
    await browser.post("/admin/domains", { name: "free.example" }).expect(303);
    const rows = await db.select().from(domains).where(eq(domains.accountId, account.id));
    expect(rows.map(({ token }) => token)).toContain(domain.token);
    expect(rows).toHaveLength(2);
  });

  test("R3 more than 5,000 people are let go by the queue, batch by batch, each told once, however often it runs", async () => {
    const { account, browser } = await owner();
    const domain = await create.domain(account, { name: "crowd.test", ...opened });
    await db.execute(sql`with made as (
        insert into users (email, email_proven_at, corporate_account_id, corporate_since)
        select 'p' || n || '@crowd.test', now(), ${account.id}, now() from generate_series(1, 5200) n returning id, email)
      insert into members (account_id, user_id, email, status, corporate) select ${account.id}, id, email, 'active', true from made`);
    await browser.post(...remove(domain)).expect(303);
    const managed = () => db.$count(users, eq(users.corporateAccountId, account.id));
    expect(await managed()).toBe(5200);
    // Somebody whom a later claim of the same name took in meanwhile stays.
    const late = await corporate(account, "crowd.test", { corporateSince: new Date(Date.now() + 60_000) });
    await runJobs();
    const { releaseBatch } = await import("../src/domain-removals/release-people.ts");
    await Promise.all([releaseBatch(await reload(domain), 5000), releaseBatch(await reload(domain), 5000)]);
    expect(await managed()).toBe(1);
    expect((await reloadUser(late.user.id)).corporateAccountId).toBe(account.id);
    expect(await db.$count(mails, eq(mails.kind, "no_longer_managed"))).toBeGreaterThanOrEqual(5200);
    expect(await db.$count(mails, and(eq(mails.accountId, account.id), eq(mails.kind, "no_longer_managed")))).toBe(
      5200,
    );
    const [event] = await db
      .select()
      .from(events)
      .where(and(eq(events.accountId, account.id), eq(events.name, "domain.removed")));
    expect(event?.before).toMatchObject({ people: 5200 });
  });

  test("M7 is refused without the right, and of a neighbour not found", async () => {
    const { account } = await owner();
    const domain = await create.domain(account, { name: "safe.test", ...opened });
    const { user } = await corporate(account, "safe.test");
    const viewer = await create.colleague(account, ["viewer"]);
    await (await browserOf(viewer.user, account)).post(...remove(domain)).expect(403);
    await (await owner()).browser.post(...remove(domain)).expect(404);
    expect(await reload(domain)).toEqual(domain);
    expect((await reloadUser(user.id)).corporateAccountId).toBe(account.id);
  });
});
