import "./support/outbox.ts";
import { and, eq, isNull, sql } from "drizzle-orm";
import { beforeEach, describe, expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { accounts, events, grants, mailboxes, mails, members, notifications, users } from "../src/db/schema.ts";
import { runImport } from "../src/import-runs/work.ts";
import { releaseMails } from "../src/mail/held.ts";
import { admin, type Browser, browserOf } from "./support/browser.ts";
import { checkedImport, importNow, peopleOf, type Row } from "./support/checked-imports.ts";
import { somebodyWaits } from "./support/locks.ts";
import { inbox, linkIn, mailsTo, mailTo, runJobs, skipWaiting } from "./support/outbox.ts";
import { changesOf, create, grantsOf, type Member, reloadMember } from "./support/world.ts";

let counter = 0;

/** An account with an active domain, and somebody signed in who holds what an import needs. */
async function company(...held: Parameters<typeof admin>) {
  const visitor = await admin(...(held.length > 0 ? held : (["owner"] as Parameters<typeof admin>)));
  const name = `import${++counter}.example`;
  const domain = await create.domain(visitor.account, {
    name,
    status: "active",
    verifiedAt: new Date(),
    activatedAt: new Date(),
  });
  const start = (rows: Row[]) => started(visitor, rows);
  /** Behind a first row that is applied already. */
  const halfway = async (rows: Row[]) => {
    const first: Row = { email: `first${counter}@${name}`, action: "skip" };
    const going = { status: "running", startedBy: visitor.user.id, startedAt: new Date(), cursor: 1, done: 1 } as const;
    const run = await checkedImport(visitor.account, visitor.user, [first, ...rows], {
      ...going,
      total: rows.length + 1,
    });
    await runImport(run.id);
    return run;
  };
  return { ...visitor, domain, name, at: (local: string) => `${local}@${name}`, start, halfway };
}

const yes = (rows: Row[]) => ({
  create: String(rows.filter(({ action = "create" }) => action === "create").length),
  update: String(rows.filter(({ action }) => action === "update").length),
});

async function started({ account, user, browser }: Awaited<ReturnType<typeof admin>>, rows: Row[]) {
  const run = await checkedImport(account, user, rows);
  await browser.post(`/admin/imports/${run.id}/start`, yes(rows)).expect(303);
  await runJobs();
  return run;
}

const userAt = async (email: string) => (await db.select().from(users).where(eq(users.email, email)))[0];
const placeAt = async (accountId: string, email: string) =>
  (
    await db
      .select()
      .from(members)
      .where(and(eq(members.accountId, accountId), eq(members.email, email)))
  )[0];

/** Lets every held mail out and delivers it. */
async function deliverHeld() {
  await releaseMails();
  await skipWaiting();
  await runJobs();
}

/** A row that changes what a member holds on the account. */
const changes = (member: Member, before: string[], items: string[], mailboxId: string | null = null): Row => ({
  email: member.email,
  action: "update",
  member,
  rights: [{ mailboxId, items, before }],
});

beforeEach(async () => {
  inbox.mails.length = 0;
  await db.execute(sql`delete from graphile_worker._private_jobs`);
  await db.execute(sql`update mails set held = false where held`);
});

describe("starting", () => {
  test("A58 A61 A62 A63 A65 A67 creates everybody with place, mailbox and rights, and each gets one mail", async () => {
    const { account, user, browser, at, start } = await company();
    await db.update(accounts).set({ personalMailboxRole: "mailbox_editor" }).where(eq(accounts.id, account.id));
    const box = await create.mailbox(account, { name: "Press" });
    const role = await create.role(account, "account", "Desk", ["users.view"]);
    const run = await start([
      { email: at("ana"), firstName: "Ana", lastName: "López", personalMailbox: true },
      {
        email: at("ben"),
        rights: [{ items: ["viewer", role.id, "audit.view"].sort() }, { mailboxId: box.id, items: ["mailbox_reader"] }],
      },
    ]);

    expect(await importNow(run)).toMatchObject({ status: "done", done: 2, startedBy: user.id, results: { create: 2 } });
    const ana = (await userAt(at("ana")))!;
    expect(ana).toMatchObject({
      firstName: "Ana",
      lastName: "López",
      corporateAccountId: account.id,
      passwordHash: null,
    });
    const anaHere = (await placeAt(account.id, at("ana")))!;
    expect(anaHere).toMatchObject({ status: "waiting", corporate: true, mailboxAccess: true, userId: ana.id });
    const [own] = await db
      .select()
      .from(mailboxes)
      .where(eq(mailboxes.address, at("ana")));
    expect(own).toMatchObject({ accountId: account.id, personalUserId: ana.id });
    expect(ana.defaultMailboxId).toBe(own!.id);
    expect(await grantsOf(anaHere.id)).toEqual([`mailbox_editor@${own!.id}`]);

    const ben = (await placeAt(account.id, at("ben")))!;
    expect(await grantsOf(ben.id)).toEqual(["audit.view", `mailbox_reader@${box.id}`, role.id, "viewer"].sort());
    const given = await db.select().from(grants).where(eq(grants.memberId, ben.id));
    expect(given.every((grant) => grant.source === "import" && grant.sourceId === run.id)).toBe(true);
    expect(given.every((grant) => grant.grantedBy === user.id)).toBe(true);
    expect(await changesOf(account.id)).toEqual(["import.started", "user.created", "user.created", "import.finished"]);
    const [born] = await db
      .select()
      .from(events)
      .where(and(eq(events.name, "user.created"), eq(events.subjectId, ben.id)));
    expect(born).toMatchObject({
      actorId: user.id,
      subjectLabel: at("ben"),
      after: { import: "people.xlsx", rights: ["Desk", "Mailbox reader (Press)", "View the audit log", "Viewer"] },
    });

    expect(mailsTo(at("ana"))).toHaveLength(0);
    await deliverHeld();
    expect(mailsTo(at("ana"))).toHaveLength(1);
    expect(mailTo(at("ana")).text).toContain("Create password");
    const visitor = await browserOf(user, account);
    await visitor.get(linkIn(mailTo(at("ana")))).expect(200);
    expect((await peopleOf(run)).map(({ result }) => result)).toEqual(["created", "created"]);
    await browser.get(`/admin/imports/${run.id}/people`).expect(200, /Handed over/);
  });

  test("T85 a right that the starter lost meanwhile refuses the whole file, and names the row", async () => {
    const { account, user, member, browser, at } = await company("imports.run", "users.create", "audit.view");
    const rows = [{ email: at("hal"), rights: [{ items: ["audit.view"] }] }, { email: at("hue") }];
    const run = await checkedImport(account, user, rows);
    const page = await browser.get(`/admin/imports/${run.id}`).expect(200);
    expect(page.text).toContain(`action="/admin/imports/${run.id}/start"`);
    await browser.post(`/admin/imports/${run.id}/start`, yes(rows)).expect(303);
    await browser.get(`/admin/imports/${run.id}`).expect(200, /Running/);
    const lost = and(eq(grants.memberId, member.id), eq(grants.permission, "audit.view"));
    await db.update(grants).set({ endedAt: new Date() }).where(lost);
    await runJobs();
    expect(await importNow(run)).toMatchObject({ status: "refused", done: 0 });
    expect(await userAt(at("hue"))).toBeUndefined();
    const { text } = await browser.get(`/admin/imports/${run.id}`).expect(200);
    expect(text).toContain("nobody was created");
    expect(text).toContain(at("hal"));
  });

  test("A66 A68 whom the check left out stays out, and the list says why", async () => {
    const { browser, at, start } = await company();
    const run = await start([{ email: at("in") }, { email: at("out"), action: "skip", reason: "in_use_meanwhile" }]);
    expect(await userAt(at("out"))).toBeUndefined();
    expect((await importNow(run)).results).toEqual({ create: 1, update: 0, same: 0, skip: 1 });
    const { text } = await browser.get(`/admin/imports/${run.id}/people?result=skipped`).expect(200);
    expect(text).toContain(at("out"));
    expect(text).not.toContain(at("in"));
    expect(text).toContain("came into use after the check");
  });

  test("D1 T86 an address that came into use meanwhile is reported and left as it is", async () => {
    const { account, at, start } = await company();
    const elsewhere = await create.user({ email: at("taken"), firstName: "Own", lastName: "Name" });
    const invited = await create.member(account, null, { email: at("invited") });
    const run = await start([
      { email: at("taken"), rights: [{ items: ["viewer"] }] },
      { email: at("invited") },
      { email: at("free") },
    ]);
    expect((await peopleOf(run)).map(({ result, reason }) => [result, reason])).toEqual([
      ["skipped", "in_use_meanwhile"],
      ["skipped", "in_use_meanwhile"],
      ["created", null],
    ]);
    expect(await userAt(at("taken"))).toEqual(elsewhere);
    expect(await reloadMember(invited.id)).toEqual(invited);
    await deliverHeld();
    expect(mailsTo(at("taken"))).toHaveLength(0);
  });

  test("R16 T86 so is one that comes into use in this very moment", async () => {
    const { account, at, start } = await company();
    let going: ReturnType<typeof start> | undefined;
    await db.transaction(async (tx) => {
      await tx.insert(members).values({ accountId: account.id, email: at("quick"), status: "invited" });
      going = start([{ email: at("quick"), rights: [{ items: ["viewer"] }] }, { email: at("free") }]);
      // The batch, which saw nobody there, waits for this transaction to end.
      await somebodyWaits();
    });
    expect((await peopleOf((await going)!)).map(({ result, reason }) => [result, reason])).toEqual([
      ["skipped", "in_use_meanwhile"],
      ["created", null],
    ]);
    expect(await userAt(at("quick"))).toBeUndefined();
  });

  test("T31 a domain that is not active any more takes in nobody; the rest is created", async () => {
    const { account, at, start } = await company();
    await create.domain(account, { name: "closed.example", status: "verified", activatedAt: new Date() });
    const run = await start([{ email: "eve@closed.example" }, { email: at("fay") }]);
    expect((await peopleOf(run)).map(({ reason }) => reason)).toEqual(["domain_closed", null]);
    expect(await userAt("eve@closed.example")).toBeUndefined();
  });

  test("an address whose place here is over starts again with nothing of what it held", async () => {
    const { account, at, start } = await company();
    const old = await create.member(account, null, { email: at("again"), status: "declined", endedAt: new Date() });
    await create.grant(old, { systemRole: "admin" });
    await start([{ email: at("again"), rights: [{ items: ["viewer"] }] }]);
    expect(await reloadMember(old.id)).toMatchObject({ status: "waiting", corporate: true, endedAt: null });
    expect(await grantsOf(old.id)).toEqual(["viewer"]);
  });

  test("a mailbox that has the address already leaves the user without a personal one, and says so", async () => {
    const { account, browser, at, start } = await company();
    await create.mailbox(account, { address: at("info") });
    const run = await start([{ email: at("info"), personalMailbox: true }]);
    expect((await peopleOf(run))[0]).toMatchObject({ result: "created", reason: "mailbox_taken" });
    await browser.get(`/admin/imports/${run.id}/people`).expect(200, /no personal one was made/);
  });

  test("a role that is deleted after the check is not given, and the row says so", async () => {
    const { account, at, start } = await company();
    const role = await create.role(account, "account", "Gone", ["users.view"]);
    await db.execute(sql`update roles set ended_at = now() where id = ${role.id}`);
    const run = await start([{ email: at("gil"), rights: [{ items: [role.id, "viewer"].sort() }] }]);
    expect((await peopleOf(run))[0]).toMatchObject({ result: "created", reason: "right_gone" });
    expect(await grantsOf((await placeAt(account.id, at("gil")))!.id)).toEqual(["viewer"]);
  });
});

describe("changing members", () => {
  test("X5 sets exactly the cells, keeps the rest, and the rows before take it back", async () => {
    const { account, at, start } = await company();
    const box = await create.mailbox(account, { name: "Press" });
    const { member } = await create.colleague(account, ["viewer", "audit.view"], { email: at("kim") });
    await create.grant(member, { systemRole: "mailbox_reader" }, box);
    const { member: other } = await create.colleague(account, ["viewer"]);
    const run = await start([
      changes(member, ["audit.view", "viewer"], ["admin"]),
      { email: other.email, action: "same", member: other, rights: [{ items: ["viewer"], before: ["viewer"] }] },
    ]);
    expect(await grantsOf(member.id)).toEqual(["admin", `mailbox_reader@${box.id}`]);
    expect((await reloadMember(member.id)).version).toBe(member.version + 1);
    expect((await reloadMember(other.id)).version).toBe(other.version);
    expect((await importNow(run)).results).toEqual({ create: 0, update: 1, same: 1, skip: 0 });
    const [changed] = await db
      .select()
      .from(events)
      .where(and(eq(events.name, "member.rights_changed"), eq(events.subjectId, member.id)));
    expect(changed).toMatchObject({
      before: { rights: ["Mailbox reader (Press)", "View the audit log", "Viewer"] },
      after: { rights: ["Admin", "Mailbox reader (Press)"] },
    });
    await deliverHeld();
    expect(mailsTo(at("kim"))).toHaveLength(1);
    expect(mailTo(at("kim")).text).toContain("Admin");

    await start([changes(member, ["admin"], ["audit.view", "viewer"]), changes(other, ["viewer"], [])]);
    expect(await grantsOf(member.id)).toEqual(["audit.view", `mailbox_reader@${box.id}`, "viewer"]);
    expect(await grantsOf(other.id)).toEqual([]);
    const ended = await db
      .select()
      .from(grants)
      .where(and(eq(grants.memberId, other.id), eq(grants.endReason, "import")));
    expect(ended).toHaveLength(1);
  });

  test("D1 T56 whom somebody changed after the check keeps that, and it is said", async () => {
    const { account, start } = await company();
    const { member } = await create.colleague(account, ["viewer", "audit.view"]);
    const { member: done } = await create.colleague(account, ["admin"]);
    const run = await start([changes(member, ["viewer"], ["admin"]), changes(done, ["viewer"], ["admin"])]);
    expect(await grantsOf(member.id)).toEqual(["audit.view", "viewer"]);
    expect((await peopleOf(run)).map(({ result, reason }) => [result, reason])).toEqual([
      ["skipped", "changed_meanwhile"],
      ["same", null],
    ]);
  });

  test("a corporate user's name changes everywhere; nobody else's does", async () => {
    const { account, at, start } = await company();
    const { user, member } = await create.colleague(account, [], { email: at("lea"), corporateAccountId: account.id });
    const { user: guest, member: guestHere } = await create.colleague(account, []);
    const other = await create.member(await create.account(), user);
    const names = { firstName: user.firstName, lastName: user.lastName };
    const renamed = { firstName: "Lea", lastName: "Neu" };
    const run = await start([
      { email: member.email, action: "update", member, namesBefore: names, ...renamed },
      {
        email: guestHere.email,
        action: "update",
        member: guestHere,
        namesBefore: { firstName: guest.firstName, lastName: guest.lastName },
        ...renamed,
      },
    ]);
    expect(await userAt(at("lea"))).toMatchObject({ ...renamed, version: user.version + 1 });
    expect(await reloadMember(other.id)).toMatchObject(renamed);
    expect(await userAt(guest.email)).toEqual(guest);
    expect((await peopleOf(run)).map(({ result }) => result)).toEqual(["updated", "skipped"]);
    expect(await changesOf(account.id)).toContain("user.settings_changed");
  });

  test("T55 the last Owner stays one, also where the others went while it ran", async () => {
    const { account, member, start, halfway } = await company();
    const refused = await start([changes(member, ["owner"], ["viewer"])]);
    expect(await importNow(refused)).toMatchObject({ status: "refused" });
    const run = await halfway([changes(member, ["owner"], ["viewer"])]);
    expect(await grantsOf(member.id)).toEqual(["owner"]);
    expect((await peopleOf(run))[1]).toMatchObject({ result: "skipped", reason: "last_owner" });

    const { member: second } = await create.colleague(account, ["owner"]);
    await start([changes(second, ["owner"], ["viewer"])]);
    expect(await grantsOf(second.id)).toEqual(["viewer"]);
  });

  test("T54 whoever holds more than the starter is left alone, also who came to it while it ran", async () => {
    const { account, start, halfway } = await company("admin");
    const { member } = await create.colleague(account, ["viewer"]);
    await create.grant(member, { permission: "account.delete" });
    const box = await create.mailbox(account);
    const row = changes(member, [], ["mailbox_reader"], box.id);
    expect(await importNow(await start([row]))).toMatchObject({ status: "refused" });
    expect((await peopleOf(await halfway([row])))[1]).toMatchObject({ result: "skipped", reason: "member_stronger" });
  });
});

describe("whose rights count", () => {
  test("T85 T51 demoted after Start, before the worker: refused whole, nobody is created, the page says so", async () => {
    const { account, user, member, browser, at } = await company("admin");
    const rows = [{ email: at("ida"), rights: [{ items: ["viewer"] }] }];
    const run = await checkedImport(account, user, rows);
    await browser.post(`/admin/imports/${run.id}/start`, yes(rows)).expect(303);
    await db.update(grants).set({ endedAt: new Date() }).where(eq(grants.memberId, member.id));
    await runJobs();
    expect(await importNow(run)).toMatchObject({ status: "refused", error: "starter_demoted", done: 0 });
    expect(await userAt(at("ida"))).toBeUndefined();
    const { user: boss } = await create.colleague(account, ["owner"]);
    const shown = await (await browserOf(boss, account)).get(`/admin/imports/${run.id}`).expect(200);
    expect(shown.text).toContain("nobody was created");
    expect(await changesOf(account.id)).toEqual(["import.started", "import.finished"]);
  });

  test("T85 T51 demoted half way: what is done stays, it stops, and somebody who may resumes it", async () => {
    const { account, user, member, at } = await company("imports.run", "users.create", "users.view");
    const rows = [
      { email: at("jan"), rights: [{ items: ["users.view"] }] },
      { email: at("jon"), rights: [{ items: ["users.view"] }] },
    ];
    const run = await checkedImport(account, user, rows, {
      status: "running",
      startedBy: user.id,
      startedAt: new Date(),
    });
    await db.execute(
      sql`update imports set total = 2, cursor = 1, done = 1, results = '{"create": 1}' where id = ${run.id}`,
    );
    await db
      .update(grants)
      .set({ endedAt: new Date() })
      .where(and(eq(grants.memberId, member.id), eq(grants.permission, "users.view"), isNull(grants.endedAt)));
    await runImport(run.id);
    expect(await importNow(run)).toMatchObject({ status: "failed", error: "rights_lost", done: 1 });
    expect(await userAt(at("jon"))).toBeUndefined();

    const { user: boss } = await create.colleague(account, ["owner"]);
    const browser = await browserOf(boss, account);
    await browser.post(`/admin/imports/${run.id}/resume`).expect(303);
    await runJobs();
    expect(await importNow(run)).toMatchObject({ status: "done", done: 2, startedBy: boss.id, results: { create: 2 } });
    const jon = (await placeAt(account.id, at("jon")))!;
    expect(await grantsOf(jon.id)).toEqual(["users.view"]);
  });
});

describe("its doors", () => {
  test("R13 pressing Start twice at once, and again when it is over, starts it once", async () => {
    const { account, user, browser, at } = await company();
    const rows = [{ email: at("kai") }];
    const run = await checkedImport(account, user, rows);
    const press = () => browser.post(`/admin/imports/${run.id}/start`, yes(rows));
    const answers = await Promise.all([press(), press(), press()]);
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303]);
    await runJobs();
    await press().expect(303);
    await runJobs();
    expect((await changesOf(account.id)).filter((name) => name === "import.started")).toHaveLength(1);
    expect((await changesOf(account.id)).filter((name) => name === "user.created")).toHaveLength(1);
  });

  test("R13 two administrators: the second is told that it is started", async () => {
    const { account, user, browser, at } = await company();
    const { user: other } = await create.colleague(account, ["owner"]);
    const rows = [{ email: at("lou") }];
    const run = await checkedImport(account, user, rows);
    await browser.post(`/admin/imports/${run.id}/start`, yes(rows)).expect(303);
    await (await browserOf(other, account))
      .post(`/admin/imports/${run.id}/start`, yes(rows))
      .expect(409, /started this import already/);
  });

  test("one import runs in an account at a time; the next is told to wait", async () => {
    const { account, user, browser, at } = await company();
    const [one, two] = [[{ email: at("mia") }], [{ email: at("max") }]];
    const first = await checkedImport(account, user, one);
    const second = await checkedImport(account, user, two);
    await browser.post(`/admin/imports/${first.id}/start`, yes(one)).expect(303);
    await browser.post(`/admin/imports/${second.id}/start`, yes(two)).expect(409, /Another import is under way/);
    await runJobs();
    await browser.post(`/admin/imports/${second.id}/start`, yes(two)).expect(303);
  });

  test("wrong state and other numbers are 409, without the right 403, a neighbour's 404", async () => {
    const { account, user, browser, at } = await company();
    const rows = [{ email: at("nia") }];
    const run = await checkedImport(account, user, rows);
    const post = (as: Browser, what: string, fields: Record<string, string> = {}) =>
      as.post(`/admin/imports/${run.id}/${what}`, fields);
    await post(browser, "start", { create: "2", update: "0" }).expect(409, /not the numbers of the check/);
    await post(browser, "start").expect(409);
    await post(browser, "resume").expect(409);
    const viewer = await browserOf((await create.colleague(account, ["viewer"])).user, account);
    const neighbour = (await admin("owner")).browser;
    for (const what of ["start", "cancel", "resume"]) {
      await post(viewer, what, yes(rows)).expect(403);
      await post(neighbour, what, yes(rows)).expect(404);
    }
    await viewer.get(`/admin/imports/${run.id}/people`).expect(403);
    await neighbour.get(`/admin/imports/${run.id}/people`).expect(404);
    const noCreator = await browserOf((await create.colleague(account, ["imports.run"])).user, account);
    await post(noCreator, "start", yes(rows)).expect(403);
    expect(await importNow(run)).toMatchObject({ status: "checked" });
  });

  test("it can be cancelled before the first row only", async () => {
    const { account, user, browser, at, start } = await company();
    const run = await checkedImport(account, user, [{ email: at("ola") }]);
    await browser.post(`/admin/imports/${run.id}/cancel`).expect(303);
    await browser.post(`/admin/imports/${run.id}/cancel`).expect(303);
    expect(await importNow(run)).toMatchObject({ status: "cancelled" });
    await browser.post(`/admin/imports/${run.id}/start`, { create: "1", update: "0" }).expect(409, /was cancelled/);
    expect(await changesOf(account.id)).toEqual(["import.cancelled"]);
    const done = await start([{ email: at("pia") }]);
    await browser.post(`/admin/imports/${done.id}/cancel`).expect(409, /cannot be cancelled any more/);
  });
});

describe("afterwards", () => {
  test("R26 one bell and one summary mail to the starter, in their language", async () => {
    const { account, user, at, start } = await company();
    await db.update(users).set({ locale: "de" }).where(eq(users.id, user.id));
    const run = await start([{ email: at("quin") }, { email: at("ria"), action: "skip" }]);
    expect(mailsTo(user.email)).toHaveLength(1);
    const mail = mailTo(user.email);
    expect(mail.subject).toBe("Der Import von people.xlsx ist abgeschlossen");
    expect(mail.text).toContain(
      `/accounts/${account.id}/switch?next=${encodeURIComponent(`/admin/imports/${run.id}`)}`,
    );
    expect(mail.html).toContain("Ausgelassen");
    const bells = await db.select().from(notifications).where(eq(notifications.userId, user.id));
    expect(bells.map(({ kind, data }) => [kind, data.file, data.count])).toEqual([
      ["import.finished", "people.xlsx", "1"],
    ]);
  });

  test("X5 the bell counts who was changed: an edited report creates nobody", async () => {
    const { account, browser, at, start } = await company();
    const { member } = await create.colleague(account, ["viewer"]);
    await start([changes(member, ["viewer"], ["admin"])]);
    await browser.get("/profile/notifications").expect(200, /is finished: 1 user was changed\./);
    await start([{ email: at("uma") }, { email: at("udo") }, changes(member, ["admin"], ["viewer"])]);
    await browser.get("/profile/notifications").expect(200, /is finished: 2 created, 1 changed\./);
  });

  test("X7 the list shows a bounce with the server's words, sends again and copies the link (A58)", async () => {
    const { account, user, browser, at, start } = await company();
    const run = await start([{ email: at("sam") }]);
    const [person] = await peopleOf(run);
    const list = `/admin/imports/${run.id}/people`;
    await browser.get(list).expect(200, /Waits for its turn/);
    await db.execute(
      sql`update mails set held = false, status = 'bounced', reply = '550 no such box' where id = ${person!.mailId}`,
    );
    await browser.get(`${list}?mail=bounced`).expect(200, /550 no such box/);
    await browser.get(`${list}?mail=sent`).expect(200, /Nobody is here/);

    const again = await browser.post(`/admin/users/${person!.memberId}/password-mail`, { back: list }).expect(303);
    expect(again.headers.location).toBe(list);
    await runJobs();
    expect((await peopleOf(run))[0]!.mailId).not.toBe(person!.mailId);
    await browser.get(list).expect(200, /Handed over/);
    await browser.post(`/admin/users/${person!.memberId}/password-link`).expect(200, /reset/);
    expect(await changesOf(account.id)).toContain("user.password_link_copied");

    const { member } = await create.colleague(account, ["viewer"]);
    await start([changes(member, ["viewer"], [])]);
    await browser.post(`/admin/users/${member.id}/password-link`).expect(409);
    expect(user.passwordHash).not.toBeNull();
  });

  test("the links of an import live their 72 hours from when the last mail leaves", async () => {
    const { at, start } = await company();
    const run = await start([{ email: at("tea") }]);
    const [row] = await db.execute<{ hours: number }>(sql`
      select extract(epoch from t.expires_at - t.created_at)::float / 3600 as hours from tokens t
      join mails m on m.subject_id = t.id join import_people p on p.mail_id = m.id where p.import_id = ${run.id}`);
    expect(row!.hours).toBeGreaterThanOrEqual(72);
    expect(row!.hours).toBeLessThan(72.1);
  });
});

describe("R3 R20 R21", () => {
  test("R3 run twice at once by hand: nobody twice, one mail each, no error", async () => {
    const { account, user, at } = await company();
    const rows = Array.from({ length: 40 }, (_, n) => ({ email: at(`u${n}`), rights: [{ items: ["viewer"] }] }));
    const run = await checkedImport(account, user, rows, {
      status: "running",
      startedBy: user.id,
      startedAt: new Date(),
      total: 40,
    });
    await Promise.all([runImport(run.id), runImport(run.id), runImport(run.id)]);
    await runJobs();
    expect(await importNow(run)).toMatchObject({ status: "done", done: 40, results: { create: 40, skip: 0 } });
    expect((await changesOf(account.id)).filter((name) => name === "user.created")).toHaveLength(40);
    expect((await changesOf(account.id)).filter((name) => name === "import.finished")).toHaveLength(1);
    const ordered = await db
      .select()
      .from(mails)
      .where(and(eq(mails.accountId, account.id), eq(mails.kind, "first_sign_in")));
    expect(ordered).toHaveLength(40);
  });

  test("R20 a payload of another release is read, one that is none is dropped", async () => {
    const { account, user, at } = await company();
    const run = await checkedImport(account, user, [{ email: at("uma") }], {
      status: "running",
      startedBy: user.id,
      startedAt: new Date(),
      total: 1,
    });
    await db.execute(
      sql`select graphile_worker.add_job('run_import', json_build_object('importId', ${run.id}::text, 'v', 7, 'more', 'x'))`,
    );
    await db.execute(sql`select graphile_worker.add_job('run_import', '{"v": 1, "importId": "everything"}')`);
    await runJobs();
    expect(await importNow(run)).toMatchObject({ status: "done" });
    const [left] = await db.execute<{ n: number }>(
      sql`select count(*)::int as n from graphile_worker._private_jobs where priority <> 10`,
    );
    expect(left!.n).toBe(0);
  });

  test("R21 what fails again and again is given up, seen, told, and can be resumed", async () => {
    const { account, user, browser, at } = await company();
    const rows = [{ email: at("vic"), rights: [{ items: ["no-such-thing"] }] }];
    const run = await checkedImport(account, user, rows);
    await browser.post(`/admin/imports/${run.id}/start`, yes(rows)).expect(303);
    await db.execute(sql`alter table users add constraint poison check (email <> ${sql.raw(`'${at("vic")}'`)})`);
    for (let tries = 0; tries < 7; tries++) {
      await skipWaiting();
      await runJobs();
    }
    expect(await importNow(run)).toMatchObject({ status: "failed", error: "failed", done: 0 });
    expect(mailTo(user.email).subject).toBe("The import of people.xlsx has stopped");
    await db.execute(sql`alter table users drop constraint poison`);
    await browser.post(`/admin/imports/${run.id}/resume`).expect(303);
    await runJobs();
    expect(await importNow(run)).toMatchObject({ status: "done", results: { create: 1 } });
    expect(await changesOf(account.id)).toContain("import.resumed");
  });
});
