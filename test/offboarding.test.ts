import { and, eq, isNull, sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { seal } from "../src/access/vault.ts";
import { db } from "../src/db/client.ts";
import {
  apiClients,
  apiTokens,
  events,
  grants,
  mailboxPasswords,
  mails,
  members,
  offboardings,
  sessions,
  users,
} from "../src/db/schema.ts";
import { keptOf } from "../src/offboarding-receipts/receipt.ts";
import { admin, type Browser, browserOf } from "./support/browser.ts";
import { mailTo, runJobs, skipWaiting } from "./support/outbox.ts";
import { programOf } from "./support/programs.ts";
import { changesOf, create, grantsOf, type Mailbox, type Member, reloadMember, type User } from "./support/world.ts";

const base = { when: "now", at: "", note: "", owner: "", version: "" };
type Fields = Record<string, string | string[]>;

/** What the page's form posts: each mailbox with who gets it. */
const wish = (lines: [Mailbox, Member | "leave", string?][], more: Fields = {}): Fields => ({
  ...base,
  mailbox: lines.map(([{ id }]) => id),
  to: lines.map(([, to]) => (to === "leave" ? "leave" : to.id)),
  role: lines.map(([, , role = "mailbox_owner"]) => role),
  ...more,
});

const offboard = (browser: Browser, leaver: { user: User; member: Member }, fields: Fields) =>
  browser.post(`/admin/users/${leaver.member.id}/offboarding`, { confirmation: leaver.user.email, ...fields });

async function rowOf(member: Member) {
  const [row] = await db.select().from(offboardings).where(eq(offboardings.memberId, member.id));
  return row!;
}
const receiptOf = async (member: Member) => keptOf((await rowOf(member)).receipt)!;

/** Somebody whose profile the account manages, with one of everything that must end. */
async function world() {
  const home = await admin("owner");
  const { account } = home;
  const domain = await create.domain(account, { status: "active", verifiedAt: new Date(), activatedAt: new Date() });
  const leaver = await create.colleague(account, ["viewer"], {
    corporateAccountId: account.id,
    email: `leaver-${crypto.randomUUID().slice(0, 8)}@${domain.name}`,
    firstName: "Lea",
    lastName: "Ver",
  });
  const heir = await create.colleague(account, ["viewer"], { firstName: "Hei", lastName: "Res" });
  const box = await create.mailbox(account, { name: "Press", personalUserId: leaver.user.id });
  const shared = await create.mailbox(account, { name: "Events" });
  await create.grant(leaver.member, { systemRole: "mailbox_owner" }, box);
  await create.grant(leaver.member, { systemRole: "mailbox_reader" }, shared);
  await create.grant(heir.member, { systemRole: "mailbox_editor" }, shared);
  return { ...home, leaver, heir, box, shared };
}

describe("offboarding now (X10)", () => {
  test("X10 D13 ends sign-in, sessions, programs, passwords and rights, hands mailboxes over, and draws up a receipt of it", async () => {
    const { account, browser, user, leaver, heir, box, shared } = await world();
    await browserOf(leaver.user, account);
    const { client } = await programOf(account, leaver.user);
    const password = { accountId: account.id, mailboxId: shared.id, label: "Scanner", hash: crypto.randomUUID() };
    await db.insert(mailboxPasswords).values({ ...password, createdBy: leaver.user.id });

    const pending = { invitedBy: leaver.user.id, invitedAt: new Date() };
    const invited = await create.member(account, null, { ...pending, status: "invited" });
    await create.grant(invited, { systemRole: "viewer" });
    const draft = await create.member(account, null, { ...pending, status: "draft", invitedAt: null });

    const form = await browser.get(`/admin/users/${leaver.member.id}/offboarding`).expect(200);
    for (const words of ["Press", "Their own mailbox", "Events", "Others look after these", "Hei Res"])
      expect(form.text).toContain(words);
    const ahead = await browser
      .post(`/admin/users/${leaver.member.id}/offboarding/preview`, { ...wish([[box, heir.member]]), step: "", q: "" })
      .expect(200);
    expect(ahead.text).toContain("Mailbox owner: Hei Res");
    expect(ahead.text).toContain("2 invitations from them, sent or drafted, are revoked");
    expect((await reloadMember(leaver.member.id)).status).toBe("active");
    expect(await db.$count(offboardings, eq(offboardings.memberId, leaver.member.id))).toBe(0);

    const answer = await offboard(browser, leaver, wish([[box, heir.member]], { note: "Thank you" })).expect(303);
    expect((await reloadMember(leaver.member.id)).status).toBe("removed");
    const [person] = await db.select().from(users).where(eq(users.id, leaver.user.id));
    expect(person!.disabledAt).not.toBeNull();
    expect(await db.$count(sessions, eq(sessions.userId, leaver.user.id))).toBe(0);
    expect(await grantsOf(leaver.member.id)).toEqual([]);
    expect(await grantsOf(heir.member.id)).toContain(`mailbox_owner@${box.id}`);
    expect(await db.$count(apiClients, and(eq(apiClients.id, client.id), isNull(apiClients.endedAt)))).toBe(0);
    expect(await db.$count(mailboxPasswords, isNull(mailboxPasswords.endedAt))).toBe(0);
    for (const { id } of [invited, draft]) expect((await reloadMember(id)).status).toBe("revoked");
    expect(await grantsOf(invited.id)).toEqual([]);
    expect(await changesOf(account.id)).toEqual(
      expect.arrayContaining([
        ...["member.rights_changed", "mailbox.password_revoked", "client.revoked", "member.removed"],
        ...["invite.revoked", "member.offboarded"],
      ]),
    );

    const { first, again } = await receiptOf(leaver.member);
    expect(Object.values(first.counts).every((count) => count === 0)).toBe(true);
    expect(first.mailboxes).toMatchObject([
      { name: "Events", was: "unplanned", holders: ["Hei Res"] },
      { name: "Press", was: "handed", arrived: true, to: "Hei Res", holders: ["Hei Res"] },
    ]);
    expect(first.events.map(({ name }) => name)).toContain("member.offboarded");
    expect(again).toBeNull();
    const page = await browser.get(answer.headers.location!).expect(200);
    for (const words of ["Nothing left", "Thank you", "Press", "Lea Ver"]) expect(page.text).toContain(words);
    const file = await browser.get(`${answer.headers.location}/receipt.pdf`).buffer().expect(200);
    expect(file.headers["content-disposition"]).toContain(`filename="Offboarding receipt Lea Ver.pdf"`);
    expect(file.headers["content-security-policy"]).toBe("sandbox; frame-ancestors 'none'");
    expect(page.text).not.toContain("Something left");

    await runJobs();
    expect(mailTo(heir.user.email).subject).toContain("You take over from Lea Ver");
    expect(mailTo(heir.user.email).text).toContain("Press");
    expect(mailTo(user.email).text).toContain("Nothing was found that is left");
    expect(await db.$count(mails, sql`data ->> 'userId' = ${leaver.user.id}`)).toBe(0);
  });

  test("X10 the receipt is honest: what somebody puts back is found by the next look, and the first one stays", async () => {
    const { account, browser, leaver, heir, box } = await world();
    const done = await offboard(browser, leaver, wish([[box, heir.member]])).expect(303);
    const sess = { cookie: {}, passport: { user: leaver.user.id } };
    await db.execute(sql`insert into sessions (sid, sess, expire)
      values (${crypto.randomUUID()}, ${JSON.stringify(sess)}::jsonb, now() + interval '1 hour')`);
    await db.update(users).set({ disabledAt: null }).where(eq(users.id, leaver.user.id));
    await create.grant(leaver.member, { systemRole: "viewer" });
    await db.update(grants).set({ endedAt: new Date() }).where(eq(grants.memberId, heir.member.id));
    const { client } = await programOf(account, leaver.user);
    const token = { accountId: account.id, clientId: client.id, kind: "refresh", hash: seal("x"), hint: "x" } as const;
    await db.insert(apiTokens).values({ ...token, scopes: [], expiresAt: new Date(Date.now() + 60_000) });

    await browser.post(`${done.headers.location}/check`).expect(303);
    const { first, again } = await receiptOf(leaver.member);
    expect(first.counts).toMatchObject({ sessions: 0, signIn: 0, grants: 0, clients: 0, tokens: 0 });
    expect(again!.counts).toMatchObject({ sessions: 1, signIn: 1, grants: 1, clients: 1 });
    expect(again!.counts.tokens).toBeGreaterThan(0);
    expect(again!.mailboxes.find(({ name }) => name === "Press")).toMatchObject({ arrived: false, holders: [] });
    const page = await browser.get(done.headers.location!).expect(200);
    for (const words of ["Something left", "Nothing left", "Hei Res does not hold it"])
      expect(page.text).toContain(words);
  });

  test("D13 of somebody whose profile another manages only this account ends", async () => {
    const { account, browser } = await admin("admin");
    const leaver = await create.colleague(account, ["viewer"]);
    await browserOf(leaver.user);
    await offboard(browser, leaver, base).expect(303);
    const [person] = await db.select().from(users).where(eq(users.id, leaver.user.id));
    expect(person!.disabledAt).toBeNull();
    expect(await db.$count(sessions, eq(sessions.userId, leaver.user.id))).toBe(1);
    expect((await receiptOf(leaver.member)).first).toMatchObject({
      managed: false,
      counts: { sessions: 0, grants: 0 },
    });
  });

  test("X10 asks about every mailbox that nobody else looks after, about the address, and keeps what was typed", async () => {
    const { browser, leaver, heir, box } = await world();
    const undecided = await offboard(browser, leaver, {
      ...base,
      mailbox: box.id,
      to: "",
      role: "mailbox_owner",
      note: "Bye",
    });
    expect(undecided.status).toBe(422);
    for (const words of ["nobody else looks after it", "Bye"]) expect(undecided.text).toContain(words);
    const mistyped = await offboard(
      browser,
      leaver,
      wish([[box, heir.member]], { confirmation: "somebody@else.test" }),
    );
    expect(mistyped.status).toBe(422);
    expect(mistyped.text).toContain(`Type the address exactly: ${leaver.user.email}`);
    expect(await grantsOf(heir.member.id)).not.toContain(`mailbox_owner@${box.id}`);
    await offboard(browser, leaver, wish([[box, "leave"]])).expect(303);
    expect((await receiptOf(leaver.member)).first.mailboxes).toContainEqual(
      expect.objectContaining({ name: "Press", was: "left", holders: [] }),
    );
  });

  test("T55 D9 sole ownership is handed over first, by who holds everything", async () => {
    const { account, browser } = await admin("account.delete", "admin");
    const leaver = await create.colleague(account, ["owner"]);
    const heir = await create.colleague(account, ["viewer"]);
    const refused = await offboard(browser, leaver, base).expect(422);
    expect(refused.text).toContain("this is the last one");
    await offboard(browser, leaver, { ...base, owner: heir.member.id }).expect(303);
    expect(await grantsOf(heir.member.id)).toContain("owner");
    expect((await receiptOf(leaver.member)).first.owners).toHaveLength(1);
  });

  test("M27 T54 D9 is refused without the right, of somebody stronger, and where one hands over what one does not hold", async () => {
    const { account, leaver, heir, box } = await world();
    const weak = await create.colleague(account, ["users.delete", "users.view", "users.edit"]);
    for (const held of [["viewer"], ["users.delete"]] as const) {
      const { user } = await create.colleague(account, [...held]);
      await offboard(await browserOf(user, account), leaver, wish([[box, heir.member]])).expect(403);
    }
    const clerk = await create.colleague(account, ["viewer"]);
    const browser = await browserOf(weak.user, account);
    await offboard(browser, clerk, base).expect(403);
    const simple = await create.colleague(account, ["users.view"]);
    const own = await create.mailbox(account, { personalUserId: simple.user.id });
    await offboard(browser, simple, wish([[own, heir.member]])).expect(403);
    expect((await reloadMember(simple.member.id)).status).toBe("active");
    await offboard(browser, simple, wish([[own, "leave"]])).expect(303);
  });

  test("T49 T50 of a neighbour is not found, neither the leaver, nor the heir, nor the receipt", async () => {
    const { browser, leaver, heir, box } = await world();
    const other = await world();
    await offboard(browser, other.leaver, wish([[other.box, heir.member]])).expect(404);
    await offboard(browser, leaver, wish([[box, other.heir.member]])).expect(404);
    expect((await reloadMember(leaver.member.id)).status).toBe("active");
    const done = await offboard(browser, leaver, wish([[box, heir.member]])).expect(303);
    await other.browser.get(done.headers.location!).expect(404);
    for (const verb of ["check", "cancellation", "restoration"])
      await other.browser.post(`${done.headers.location}/${verb}`).expect(404);
  });

  test("D13 restores within 30 days: place, rights and sign-in come back, hand-overs and revocations stay", async () => {
    const { browser, leaver, heir, box, shared } = await world();
    const done = await offboard(browser, leaver, wish([[box, heir.member]])).expect(303);
    await browser.post(`${done.headers.location}/restoration`).expect(303);
    expect((await reloadMember(leaver.member.id)).status).toBe("active");
    expect(await grantsOf(leaver.member.id)).toEqual(
      [`mailbox_owner@${box.id}`, `mailbox_reader@${shared.id}`, "viewer"].sort(),
    );
    expect(await grantsOf(heir.member.id)).toContain(`mailbox_owner@${box.id}`);
    expect((await rowOf(leaver.member)).status).toBe("restored");
    await browser.post(`${done.headers.location}/restoration`).expect(409);
  });
});

describe("offboarding at a date (X10)", () => {
  const later = { when: "later", at: "2099-01-01T10:00" };
  const inTwoDays = () => new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 16);

  /** A plan whose time has come. */
  async function planned(lines: (all: Awaited<ReturnType<typeof world>>) => Fields) {
    const all = await world();
    await offboard(all.browser, all.leaver, { ...lines(all), when: "later", at: inTwoDays() }).expect(303);
    return all;
  }
  const makeDue = (member: Member) =>
    db
      .update(offboardings)
      .set({ dueAt: sql`now() - interval '1 second'` })
      .where(eq(offboardings.memberId, member.id));
  async function runDue(member: Member) {
    await makeDue(member);
    await skipWaiting();
    await runJobs();
  }

  test("X10 is planned in the administrator's time zone, shown on the user's page, changed, and cancelled", async () => {
    const { browser, user, leaver, heir, box } = await world();
    await db.update(users).set({ timeZone: "Asia/Tokyo" }).where(eq(users.id, user.id));
    expect((await offboard(browser, leaver, wish([[box, heir.member]], later))).text).toContain("At most a year ahead");
    const at = inTwoDays();
    await offboard(browser, leaver, wish([[box, heir.member]], { when: "later", at })).expect(303);
    const row = await rowOf(leaver.member);
    expect(row.dueAt.toISOString()).toBe(new Date(`${at}:00+09:00`).toISOString());
    expect((await browser.get(`/admin/users/${leaver.member.id}/account`)).text).toContain("Leaves on");
    expect((await reloadMember(leaver.member.id)).status).toBe("active");

    const stale = await offboard(browser, leaver, wish([[box, "leave"]], { when: "later", at })).expect(409);
    expect(stale.text).toContain("Nothing was done");
    await offboard(browser, leaver, wish([[box, "leave"]], { when: "later", at, version: String(row.version) })).expect(
      303,
    );
    expect((await rowOf(leaver.member)).plan.mailboxes[0]!.toMemberId).toBeNull();

    await browser.post(`/admin/offboardings/${row.id}/cancellation`).expect(303);
    await runDue(leaver.member);
    expect((await reloadMember(leaver.member.id)).status).toBe("active");
    expect((await rowOf(leaver.member)).status).toBe("cancelled");
  });

  test("X10 happens at its time, once, and lists what came since as not handed over", async () => {
    const { account, browser, leaver, heir } = await planned(({ box, heir }) => wish([[box, heir.member]]));
    const newer = await create.mailbox(account, { name: "Newer" });
    await create.grant(leaver.member, { systemRole: "mailbox_owner" }, newer);
    await runJobs();
    expect((await reloadMember(leaver.member.id)).status).toBe("active");
    await runDue(leaver.member);
    const row = await rowOf(leaver.member);
    expect(row.status).toBe("done");
    const { carryOutDue, carryOutPlanned } = await import("../src/offboarding-runs/run-due.ts");
    await Promise.all([carryOutPlanned(row.id), carryOutPlanned(row.id), carryOutDue(10)]);
    await runJobs();
    expect((await changesOf(account.id)).filter((name) => name === "member.offboarded")).toHaveLength(1);
    expect((await receiptOf(leaver.member)).first.mailboxes).toContainEqual(
      expect.objectContaining({ name: "Newer", was: "unplanned", holders: [] }),
    );
    expect((await browser.get(`/admin/offboardings/${row.id}`)).text).toContain("nobody had decided about it");
    expect(await grantsOf(heir.member.id)).toHaveLength(3);
  });

  test("T6 T85 the planner's right is looked at again: lost, nothing is done, and administrators are told", async () => {
    const { account, member, leaver } = await planned(({ box, heir }) => wish([[box, heir.member]]));
    const second = await create.colleague(account, ["owner"]);
    await db.update(grants).set({ endedAt: new Date() }).where(eq(grants.memberId, member.id));
    await runDue(leaver.member);
    const row = await rowOf(leaver.member);
    expect(row).toMatchObject({ status: "failed", failure: expect.stringContaining("may not remove users") });
    expect((await reloadMember(leaver.member.id)).status).toBe("active");
    expect(mailTo(second.user.email).subject).toContain("was not offboarded");
    expect(await changesOf(account.id)).toContain("offboarding.failed");
  });

  test("X10 a chosen successor who is gone by then: it fails with the reason, and nothing is done", async () => {
    const { leaver, heir, browser, user } = await planned(({ box, heir }) => wish([[box, heir.member]]));
    await db.update(members).set({ status: "blocked" }).where(eq(members.id, heir.member.id));
    await runDue(leaver.member);
    const row = await rowOf(leaver.member);
    expect(row.status).toBe("failed");
    expect(await grantsOf(leaver.member.id)).toHaveLength(3);
    expect((await browser.get(`/admin/offboardings/${row.id}`)).text).toContain("Hei Res was to take something over");
    expect(mailTo(user.email).text).toContain("Hei Res was to take something over");
    await db.update(users).set({ locale: "de" }).where(eq(users.id, user.id));
    const german = "Hei Res sollte etwas übernehmen";
    expect((await browser.get(`/admin/offboardings/${row.id}`)).text).toContain(german);
  });

  test("B16 whoever is deleted meanwhile leaves no plan behind", async () => {
    const { browser, leaver } = await planned(({ box, heir }) => wish([[box, heir.member]]));
    await browser.post(`/admin/users/${leaver.member.id}/removal`).expect(303);
    expect((await rowOf(leaver.member)).status).toBe("cancelled");
    const [event] = await db
      .select()
      .from(events)
      .where(and(eq(events.subjectId, leaver.member.id), eq(events.name, "offboarding.cancelled")));
    expect(event).toBeDefined();
    const page = await browser.get("/admin/offboardings?status=cancelled").expect(200);
    expect(page.text).toContain("Lea Ver");
    expect((await browser.get("/admin/offboardings?status=done").expect(200)).text).not.toContain("Lea Ver");
  });
});

test("X10 settles 300 mailboxes in one transaction, and the receipt has every one", async () => {
  const { account, browser, leaver, heir, box } = await world();
  const made = await db.execute<{ id: string }>(sql`
    with b as (insert into mailboxes (account_id, kind, name, address)
      select ${account.id}, 'native', 'Box ' || n, 'box' || n || '-' || ${account.id} || '@large.test' from generate_series(1, 298) n returning id)
    insert into grants (account_id, member_id, mailbox_id, system_role, source)
    select ${account.id}, ${leaver.member.id}, id, 'mailbox_owner', 'direct' from b returning mailbox_id as id`);
  const all = [box, ...made.map(({ id }) => ({ id }) as Mailbox)];
  await offboard(browser, leaver, wish(all.map((each) => [each, heir.member]))).expect(303);
  const { first } = await receiptOf(leaver.member);
  expect(first.mailboxes.filter(({ was, arrived }) => was === "handed" && arrived)).toHaveLength(299);
  expect(first.mailboxes.filter(({ was }) => was === "unplanned").map(({ name }) => name)).toEqual(["Events"]);
  expect(first).toMatchObject({ moreMailboxes: 0, counts: { grants: 0, sessions: 0 } });
  expect((await grantsOf(heir.member.id)).filter((held) => held.startsWith("mailbox_owner@"))).toHaveLength(299);
  const rows = await db.execute(sql`select distinct transaction from events
    where account_id = ${account.id} and name in ('member.rights_changed', 'member.removed', 'member.offboarded')`);
  expect(rows).toHaveLength(1);
});

test("X10 a program offboards within its token, and learns what the receipt counted", async () => {
  const { account, user, leaver, heir, box } = await world();
  const path = `/members/${leaver.member.id}/offboarding`;
  const powers = ["users.delete", "users.view", "users.edit"] as const;
  const weak = await programOf(account, user, [...powers]);
  const body = { mailboxes: [{ mailboxId: box.id, toMemberId: heir.member.id }] };
  expect((await weak.post(path, body)).status).toBe(403);
  const program = await programOf(account, user);
  expect((await program.post(path, {})).status).toBe(422);
  const answer = await program.post(path, body);
  expect(answer.body).toMatchObject({ status: "done", clean: true, counts: { sessions: 0, grants: 0 } });
});
