import "./support/outbox.ts";
import { and, eq, sql } from "drizzle-orm";
import { beforeEach, describe, expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import {
  accounts,
  activationRuns,
  domains,
  mailboxes,
  mails,
  members,
  notifications,
  users,
} from "../src/db/schema.ts";
import { csvLine } from "../src/http/csv.ts";
import { releaseMails } from "../src/mail/held.ts";
import { workOn } from "../src/runs/work.ts";
import { admin, type Browser, browserOf } from "./support/browser.ts";
import { attribute } from "./support/forms.ts";
import { somebodyWaits } from "./support/locks.ts";
import { inbox, mailsTo, mailTo, runJobs } from "./support/outbox.ts";
import { type Account, changesOf, create, type Domain, grantsOf, type User } from "./support/world.ts";

let counter = 0;

/** An account with a verified domain, and somebody signed in who may activate it. */
async function company(more: Partial<typeof accounts.$inferInsert> = {}) {
  const visitor = await admin("owner");
  await db
    .update(accounts)
    .set({ personalMailboxes: false, ...more })
    .where(eq(accounts.id, visitor.account.id));
  const name = `corp${++counter}.example`;
  const domain = await create.domain(visitor.account, { name, status: "verified", verifiedAt: new Date() });
  return { ...visitor, domain, name, at: (local: string) => `${local}@${name}` };
}

/** Somebody registered before the domain opened, as registering made them: the Owner of an account of their own. */
async function early(email: string, values: Partial<typeof users.$inferInsert> = {}) {
  const user = await create.user({ email, ...values });
  const own = await create.account({ kind: "personal", name: `Own of ${email}` });
  const member = await create.member(own, user);
  await create.grant(member, { systemRole: "owner" });
  return { user, own, member };
}

/** The plan that the page holds, as a browser would post it. */
async function planOn(browser: Browser, domain: Domain): Promise<string> {
  const { text } = await browser.get(`/admin/domains/${domain.id}/activation`).expect(200);
  const field = text.match(/<input[^>]*name="plan"[^>]*>/)![0];
  return attribute(field, "value")!;
}

async function activate(browser: Browser, domain: Domain) {
  const plan = await planOn(browser, domain);
  return browser.post(`/admin/domains/${domain.id}/activation`, { plan, confirmation: domain.name });
}

const userNow = async ({ id }: User) => (await db.select().from(users).where(eq(users.id, id)))[0]!;
const domainNow = async ({ id }: Domain) => (await db.select().from(domains).where(eq(domains.id, id)))[0]!;
const runNow = async ({ id }: Domain) =>
  (await db.select().from(activationRuns).where(eq(activationRuns.domainId, id)).orderBy(activationRuns.startedAt)).at(
    -1,
  )!;
const placeOf = async (account: Account, user: User) =>
  (
    await db
      .select()
      .from(members)
      .where(and(eq(members.accountId, account.id), eq(members.userId, user.id)))
  )[0];

/** Every grant outside the account, byte for byte. */
const grantsElsewhere = async (account: Account) =>
  (
    await db.execute<{ row: string }>(
      sql`select g::text as row from grants g where account_id <> ${account.id} order by id`,
    )
  ).map(({ row }) => row);

/** Lets every held mail out and delivers it. */
async function deliverHeld() {
  await releaseMails();
  await db.execute(sql`update graphile_worker._private_jobs set run_at = now()`);
  await runJobs();
}

beforeEach(async () => {
  inbox.mails.length = 0;
  await db.execute(sql`delete from graphile_worker._private_jobs`);
  await db.execute(sql`update mails set held = false where held`);
});

describe("the plan", () => {
  test("X1 says who would be taken in, from where, and what stands in the way, and changes nothing", async () => {
    const { account, browser, domain, at } = await company({ personalMailboxes: true });
    await early(at("plain"));
    const member = await early(at("member"));
    await create.member(account, member.user);
    const invited = await early(at("invited"));
    await create.member(account, null, { email: invited.user.email });
    const shared = await early(at("shared"));
    const second = await create.colleague(shared.own, ["owner"]);
    expect(second).toBeDefined();
    await early(at("unproven"), { emailProvenAt: null });
    await early(at("disabled"), { disabledAt: new Date() });
    await early(at("elsewhere"), { corporateAccountId: (await create.account()).id });
    await create.mailbox(await create.account(), { address: at("plain") });
    await early(`sub@sub.${domain.name}`);

    const plan = JSON.parse(await planOn(browser, domain));
    expect(plan).toMatchObject({
      taken: 4,
      here: 0,
      elsewhere: 1,
      unproven: 1,
      disabled: 1,
      members: 1,
      invitations: 1,
      owners: 3,
      clashes: 1,
    });
    const page = (await browser.get(`/admin/domains/${domain.id}/activation`)).text;
    expect(page).toContain("You keep everything that you have");
    expect(page).toContain(`manages your profile`);
    expect(page).toContain("Mailbox owner");
    expect(await domainNow(domain)).toMatchObject({ status: "verified" });
    expect(await changesOf(account.id)).toEqual([]);
  });

  test("X1 T71 can be downloaded, person by person, with cells that no spreadsheet takes for a formula", async () => {
    const { account, browser, domain, at } = await company();
    const plain = await early(at("plain"));
    await db.update(accounts).set({ name: ' =HYPERLINK("http://evil")' }).where(eq(accounts.id, plain.own.id));
    const shared = await create.account({ name: "Shared" });
    await create.grant(await create.member(shared, plain.user), { systemRole: "owner" });
    await create.colleague(shared, ["owner"]);
    await create.member(account, null, { email: at("plain") });
    await early(at("-minus"), { emailProvenAt: null });
    const answer = await browser.get(`/admin/domains/${domain.id}/activation/plan.csv`).expect(200);
    expect(answer.headers["content-type"]).toContain("text/csv");
    expect(answer.headers["content-disposition"]).toContain(`attachment; filename="plan-${domain.name}.csv"`);
    expect(answer.headers["x-content-type-options"]).toBe("nosniff");
    expect(answer.headers["content-security-policy"]).toContain("sandbox");
    expect(answer.text).toMatch(/^\uFEFF"E-mail address"/);
    const lines = answer.text.trim().split("\r\n");
    expect(lines).toHaveLength(3);
    expect(csvLine(["=1", " +1", "\u3000＝1", "＠x", "\n1", "a=1"])).toBe(
      `"'=1","' +1","'\u3000＝1","'＠x","'\n1","a=1"\r\n`,
    );
    expect(lines.slice(1).sort()).toEqual(
      [
        `"${at("plain")}","Is taken in","' =HYPERLINK(""http://evil""); Shared","' =HYPERLINK(""http://evil"")","Invited","No","No","No"`,
        `"'${at("-minus")}","Skipped: the address is not proven","","","","No","Yes","No"`,
      ].sort(),
    );
  });

  test("X1 wants the domain's name typed, and notices when it has become another plan", async () => {
    const { browser, domain, at } = await company();
    await early(at("one"));
    const plan = await planOn(browser, domain);
    const refused = await browser
      .post(`/admin/domains/${domain.id}/activation`, { plan, confirmation: "corp" })
      .expect(422);
    expect(refused.text).toContain(`Type ${domain.name} to confirm.`);
    expect(refused.text).toContain('value="corp"');

    await early(at("two"));
    const stale = await browser
      .post(`/admin/domains/${domain.id}/activation`, { plan, confirmation: domain.name })
      .expect(409);
    expect(stale.text).toContain("The plan has changed");
    expect(stale.text).toMatch(/<td class="number">1<\/td><td class="number">2<\/td>/);
    await browser.post(`/admin/domains/${domain.id}/activation`, { plan: "x", confirmation: domain.name }).expect(409);
    expect(await domainNow(domain)).toMatchObject({ status: "verified" });
    await browser
      .post(`/admin/domains/${domain.id}/activation`, {
        plan: attribute(stale.text.match(/<input[^>]*name="plan"[^>]*>/)![0], "value")!,
        confirmation: domain.name.toUpperCase(),
      })
      .expect(303);
  });

  test("is for who may activate, for verified domains of this account", async () => {
    const { account, browser, domain } = await company();
    const viewer = await browserOf((await create.colleague(account, ["viewer"])).user, account);
    await viewer.get(`/admin/domains/${domain.id}/activation`).expect(403);
    await viewer.post(`/admin/domains/${domain.id}/activation`).expect(403);
    const neighbour = await admin("owner");
    for (const path of ["activation", "activation/plan.csv", "run", "undo"]) {
      await neighbour.browser.get(`/admin/domains/${domain.id}/${path}`).expect(404);
    }
    const unverified = await create.domain(account);
    expect((await browser.get(`/admin/domains/${unverified.id}/activation`).expect(409)).text).toContain(
      "Verify it first",
    );
    const risky = await create.domain(account, { status: "verified", atRiskSince: new Date() });
    await browser.get(`/admin/domains/${risky.id}/activation`).expect(409);
  });
});

describe("an activation", () => {
  test("A33 A34 A35 A37 T27 T28 T29 takes everybody in who had proven an address, and touches nothing else of theirs", async () => {
    const { account, user, browser, domain, at } = await company();
    const plain = await early(at("plain"));
    const member = await early(at("member"));
    const place = await create.member(account, member.user);
    await create.grant(place, { systemRole: "viewer" });
    const invited = await early(at("invited"));
    const invitation = await create.member(account, null, { email: invited.user.email });
    await create.grant(invitation, { systemRole: "admin" });
    const drafted = await early(at("drafted"));
    const draft = await create.member(account, null, { email: drafted.user.email, status: "draft" });
    await create.grant(draft, { systemRole: "admin" });
    const gone = await create.account({ deletedAt: new Date() });
    const orphan = await early(at("orphan"), { corporateAccountId: gone.id });
    const left = await create.member(gone, orphan.user, { corporate: true });
    const rival = await create.account();
    const skipped = [
      await early(at("unproven"), { emailProvenAt: null }),
      await early(at("disabled"), { disabledAt: new Date() }),
      await early(at("elsewhere"), { corporateAccountId: rival.id }),
      await early(`a@sub.${domain.name}`),
    ];
    const before = await grantsElsewhere(account);

    await activate(browser, domain).then(({ status, headers }) => {
      expect(status).toBe(303);
      expect(headers.location).toBe(`/admin/domains/${domain.id}/run`);
    });
    expect(await domainNow(domain)).toMatchObject({ status: "active", deactivatedAt: null });
    await runJobs();

    for (const taken of [plain, member, invited, drafted, orphan]) {
      expect(await userNow(taken.user)).toMatchObject({
        ...taken.user,
        corporateAccountId: account.id,
        corporateSince: expect.any(Date),
        corporateRunId: (await runNow(domain)).id,
      });
      expect(await placeOf(account, taken.user)).toMatchObject({ corporate: true, email: taken.user.email });
    }
    for (const { user: stays } of skipped) expect(await userNow(stays)).toEqual(stays);
    expect(await placeOf(account, plain.user)).toMatchObject({ status: "active" });
    expect(await grantsOf((await placeOf(account, plain.user))!.id)).toEqual([]);
    expect((await placeOf(account, member.user))!.id).toBe(place.id);
    expect(await grantsOf(place.id)).toEqual(["viewer"]);
    expect(await placeOf(account, invited.user)).toMatchObject({ id: invitation.id, status: "invited" });
    expect(await grantsOf(invitation.id)).toEqual(["admin"]);
    expect(await placeOf(account, drafted.user)).toMatchObject({ id: draft.id, status: "active" });
    expect(await grantsOf(draft.id)).toEqual([]);
    expect((await placeOf(gone, orphan.user))!).toMatchObject({ id: left.id, corporate: false });
    expect(await grantsElsewhere(account)).toEqual(before);

    expect(await runNow(domain)).toMatchObject({ status: "done", done: 8, total: 8 });
    expect((await runNow(domain)).result).toMatchObject({
      taken: 5,
      made: 2,
      members: 3,
      unproven: 1,
      disabled: 1,
      elsewhere: 1,
    });
    expect(await changesOf(account.id)).toEqual([
      "domain.activated",
      ...Array(5).fill("user.assigned"),
      "domain.people_assigned",
    ]);

    await deliverHeld();
    for (const taken of [plain, member, invited, drafted, orphan]) {
      const told = mailsTo(taken.user.email);
      expect(told.map(({ subject }) => subject)).toEqual([`Your profile belongs to ${account.name} now`]);
    }
    for (const { user: stays } of skipped) expect(mailsTo(stays.email)).toEqual([]);
    const done = mailTo(user.email);
    expect(done.subject).toBe(`The people of ${domain.name} are in ${account.name} now`);
    expect(done.text).toContain("Taken in: 5");
    const [bell] = await db.select().from(notifications).where(eq(notifications.userId, user.id));
    expect(bell).toMatchObject({ kind: "run.finished", subjectId: domain.id });

    const list = (await browser.get(`/admin/users/${(await placeOf(account, plain.user))!.id}/account`).expect(200))
      .text;
    expect(list).not.toContain('type="password"');
  });

  test("A38 gives personal mailboxes where the account wants them, with the role that it chose; clashes are counted", async () => {
    const { account, browser, domain, at } = await company({
      personalMailboxes: true,
      personalMailboxRole: "mailbox_reader",
    });
    const [one, clash] = [await early(at("one")), await early(at("clash"))];
    await create.mailbox(await create.account(), { address: at("clash") });
    await activate(browser, domain);
    await runJobs();
    const [box] = await db
      .select()
      .from(mailboxes)
      .where(eq(mailboxes.address, at("one")));
    expect(box).toMatchObject({ accountId: account.id, personalUserId: one.user.id, runId: (await runNow(domain)).id });
    expect(await grantsOf((await placeOf(account, one.user))!.id)).toEqual([`mailbox_reader@${box!.id}`]);
    expect(await grantsOf((await placeOf(account, clash.user))!.id)).toEqual([]);
    expect((await runNow(domain)).result).toMatchObject({ taken: 2, mailboxes: 1, clashes: 1 });
  });

  test("A38 each gets the role on their own mailbox, whatever place they had here before; who is invited gets neither", async () => {
    const { account, browser, domain, at } = await company({ personalMailboxes: true });
    const people = await Promise.all(["new", "member", "blocked", "draft", "invited"].map((name) => early(at(name))));
    const [, member, blocked, draft, invited] = people.map(({ user }) => user);
    await create.member(account, member!);
    await create.member(account, blocked!, { status: "blocked" });
    for (const [user, status] of [[draft, "draft"] as const, [invited, "invited"] as const])
      await create.member(account, user!, { userId: null, status });
    await activate(browser, domain);
    await runJobs();
    const boxes = await db.select().from(mailboxes).where(eq(mailboxes.accountId, account.id));
    const given = await Promise.all(
      people.map(async ({ user }) => {
        const [place] = await db
          .select()
          .from(members)
          .where(and(eq(members.accountId, account.id), eq(members.email, user.email)));
        const box = boxes.find(({ personalUserId }) => personalUserId === user.id);
        expect(place!.mailboxAccess).toBe(Boolean(box));
        return {
          address: box?.address,
          own: (await grantsOf(place!.id)).map((grant) => grant.replace(box?.id ?? "none", "own")),
        };
      }),
    );
    expect(given).toEqual([
      ...["new", "member", "blocked", "draft"].map((name) => ({ address: at(name), own: ["mailbox_owner@own"] })),
      { address: undefined, own: [] },
    ]);
    expect((await runNow(domain)).result).toMatchObject({ taken: 5, members: 4, made: 1, mailboxes: 4 });
  });

  test("X1 compares the result with the plan, and names who came and who went", async () => {
    const { browser, domain, at } = await company();
    for (let n = 0; n < 3; n++) await early(at(`p${n}`));
    const goer = await early(at("goer"));
    await activate(browser, domain);
    const late = await early(at("late"));
    await db.update(users).set({ disabledAt: new Date() }).where(eq(users.id, goer.user.id));
    await runJobs();
    const run = await runNow(domain);
    expect(run.plan).toMatchObject({ taken: 4 });
    expect(run.result).toMatchObject({ taken: 4, disabled: 1 });
    expect(run.drift).toMatchObject({ cameCount: 1, came: [late.user.email], wentCount: 1, went: [goer.user.email] });
    const { text } = await browser.get(`/admin/domains/${domain.id}/run`).expect(200);
    expect(text).toContain("Everyone is taken in");
    expect(text).toContain(late.user.email);
    expect(text).toContain(goer.user.email);
  });

  test("T21 of two accounts that activate the same name at once, one gets it, the other a clear answer", async () => {
    const one = await company();
    const other = await admin("owner");
    const rival = await create.domain(other.account, { name: one.name, status: "verified", verifiedAt: new Date() });
    const plans = [await planOn(one.browser, one.domain), await planOn(other.browser, rival)];
    const answers = await Promise.all([
      one.browser.post(`/admin/domains/${one.domain.id}/activation`, { plan: plans[0]!, confirmation: one.name }),
      other.browser.post(`/admin/domains/${rival.id}/activation`, { plan: plans[1]!, confirmation: one.name }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 409]);
    const loser = answers.find(({ status }) => status === 409)!;
    expect(loser.text).toContain("Another account has proven");
    const active = await db
      .select()
      .from(domains)
      .where(and(eq(domains.name, one.name), eq(domains.status, "active")));
    expect(active).toHaveLength(1);
    const [slow, path] = answers[0]!.status === 409 ? [one.browser, one.domain.id] : [other.browser, rival.id];
    const late = await slow.get(`/admin/domains/${path}/activation`).expect(200);
    expect(late.text).toContain("Another account has proven");
    expect(late.text).not.toContain('name="confirmation"');
  });

  test("R3 done twice at once, and twice in a row, takes everybody in once and tells each once", async () => {
    const { account, browser, domain, at } = await company({ personalMailboxes: true });
    const people: User[] = [];
    for (let n = 0; n < 30; n++) people.push((await early(at(`twice${n}`))).user);
    await activate(browser, domain);
    const run = await runNow(domain);
    await Promise.all([workOn(run.id), workOn(run.id), workOn(run.id)]);
    await runJobs();
    await workOn(run.id);
    expect(await runNow(domain)).toMatchObject({ status: "done", done: 30, result: { taken: 30 } });
    expect((await changesOf(account.id)).filter((name) => name === "user.assigned")).toHaveLength(30);
    expect((await changesOf(account.id)).filter((name) => name === "domain.people_assigned")).toHaveLength(1);
    const told = await db
      .select()
      .from(mails)
      .where(and(eq(mails.accountId, account.id), eq(mails.kind, "taken_in")));
    expect(new Set(told.map(({ subjectId }) => subjectId)).size).toBe(30);
    expect(told).toHaveLength(30);
    await deliverHeld();
    await deliverHeld();
    expect(mailsTo(people[0]!.email)).toHaveLength(1);
  });

  test("R16 whoever is given a place in this very moment keeps it, and is taken in with the others", async () => {
    const { browser, account, domain, at } = await company({ personalMailboxes: true });
    const { user: quick } = await early(at("quick"));
    const { user: other } = await early(at("other"));
    await activate(browser, domain);
    const run = await runNow(domain);
    let working: Promise<void> | undefined;
    await db.transaction(async (tx) => {
      const values = { accountId: account.id, userId: quick.id, email: quick.email, status: "active" } as const;
      await tx.insert(members).values(values);
      working = workOn(run.id);
      // The batch, which saw no place, waits for this transaction to end.
      await somebodyWaits();
    });
    await working;
    expect(await runNow(domain)).toMatchObject({
      status: "done",
      result: expect.objectContaining({ taken: 2, members: 1, mailboxes: 2 }),
    });
    for (const user of [quick, other]) {
      const places = await db.select().from(members).where(eq(members.userId, user.id));
      expect(places.filter(({ accountId }) => accountId === account.id)).toMatchObject([
        { corporate: true, status: "active", mailboxAccess: true },
      ]);
    }
  });

  test("R16 whoever changes their name in this very moment has the new one at their place", async () => {
    const { browser, account, domain, at } = await company();
    const { user: quick } = await early(at("quick"), { firstName: "Before" });
    const { user: other } = await early(at("other"), { firstName: "Other" });
    await activate(browser, domain);
    const run = await runNow(domain);
    let working: Promise<void> | undefined;
    await db.transaction(async (tx) => {
      await tx.update(users).set({ firstName: "After" }).where(eq(users.id, quick.id));
      working = workOn(run.id);
      // The batch has read the old name, and waits for this transaction to mark them.
      await somebodyWaits();
    });
    await working;
    expect(await runNow(domain)).toMatchObject({
      status: "done",
      result: expect.objectContaining({ taken: 2, made: 2 }),
    });
    expect(await placeOf(account, quick)).toMatchObject({ firstName: "After", corporate: true });
    expect(await placeOf(account, other)).toMatchObject({ firstName: "Other", corporate: true });
  });

  test("R3 a worker that was overtaken changes nothing any more", async () => {
    const { browser, domain, at } = await company();
    const { user } = await early(at("one"));
    await activate(browser, domain);
    const stale = await runNow(domain);
    await db.update(activationRuns).set({ generation: 7 }).where(eq(activationRuns.id, stale.id));
    const { assignBatch } = await import("../src/activations/assign-batch.ts");
    await expect(db.transaction((tx) => assignBatch(tx, stale, false))).rejects.toThrow("another worker");
    expect((await userNow(user)).corporateAccountId).toBeNull();
  });

  test("R17 a worker that remembers batches which the database lost changes and ends nothing; the run goes on from where it stands", async () => {
    const { browser, domain, at } = await company();
    const [first, last] = [await early(at("one")), await early(at("two"))].sort((a, b) =>
      a.user.id < b.user.id ? -1 : 1,
    );
    await activate(browser, domain);
    const run = await runNow(domain);
    const { assignBatch } = await import("../src/activations/assign-batch.ts");
    const ahead = { ...run, cursor: first!.user.id, done: 1 };
    await expect(db.transaction((tx) => assignBatch(tx, ahead, false))).rejects.toThrow("were lost");
    const { finishRun } = await import("../src/runs/finish.ts");
    await expect(finishRun({ ...run, cursor: last!.user.id, done: 2 })).rejects.toThrow("were lost");
    expect(await runNow(domain)).toMatchObject({ status: "running", done: 0, cursor: null });
    expect((await userNow(last!.user)).corporateAccountId).toBeNull();
    await runJobs();
    expect(await runNow(domain)).toMatchObject({ status: "done", done: 2 });
  });

  test("can be stopped and resumed, and deactivating the domain stops it", async () => {
    const { account, browser, domain, at } = await company();
    const { user } = await early(at("one"));
    await activate(browser, domain);
    const page = `/admin/domains/${domain.id}/run`;
    expect((await browser.get(page).expect(200)).text).toContain("Taking people in");
    await db
      .update(domains)
      .set({ claimedAt: new Date(0) })
      .where(eq(domains.id, domain.id));
    const follows = `/admin/domains/${domain.id}?since=`;
    expect((await browser.get(`/admin/domains/${domain.id}`)).text).toContain(follows);
    const closing = `/admin/domains/${domain.id}/deactivation`;
    expect((await browser.get(closing)).text).toContain("People are being taken in at this moment: that stops.");
    await browser.post(`${page}/stop`).expect(303);
    expect((await browser.get(`/admin/domains/${domain.id}`)).text).not.toContain(follows);
    expect((await browser.get(closing)).text).not.toContain("People are being taken in");
    await browser.post(`${page}/stop`).expect(409);
    await runJobs();
    expect((await userNow(user)).corporateAccountId).toBeNull();
    expect((await browser.get(page).expect(200)).text).toContain("It was stopped");

    await db.update(domains).set({ status: "verified", deactivatedAt: new Date() }).where(eq(domains.id, domain.id));
    await browser.post(`${page}/resume`).expect(409);
    const closed = (await browser.get(page)).text;
    expect(closed).toContain("It does not go on, because the domain is not active any more");
    expect(closed).not.toContain(`${page}/resume`);
    await db.update(domains).set({ status: "active", deactivatedAt: null }).where(eq(domains.id, domain.id));
    await browser.post(`${page}/resume`).expect(303);
    await db.update(domains).set({ status: "verified", deactivatedAt: new Date() }).where(eq(domains.id, domain.id));
    await runJobs();
    expect((await userNow(user)).corporateAccountId).toBeNull();
    expect(await runNow(domain)).toMatchObject({ status: "stopped", error: "not_active" });
    expect((await browser.get(page)).text).toContain("the domain is not active any more");
    await db.update(domains).set({ status: "active" }).where(eq(domains.id, domain.id));
    const back = (await browser.get(page)).text;
    expect(back).toContain("It stopped because the domain was not active");
    expect(back).toContain(`${page}/resume`);
    await db.update(domains).set({ status: "verified" }).where(eq(domains.id, domain.id));

    await activate(browser, await domainNow(domain));
    await runJobs();
    expect(await userNow(user)).toMatchObject({ corporateAccountId: account.id });
    const viewer = await browserOf((await create.colleague(account, ["viewer"])).user, account);
    await viewer.get(page).expect(200);
    await viewer.post(`${page}/stop`).expect(403);
    await viewer.post(`${page}/resume`).expect(403);
  });

  test("its page is the same whole and as the part that asks for itself, and asks only while something moves", async () => {
    const { browser, domain, at } = await company();
    await early(at("one"));
    await activate(browser, domain);
    const page = `/admin/domains/${domain.id}/run`;
    const part = () => browser.get(page).set("HX-Request", "true").expect(200);
    const moving = (await part()).text;
    expect(moving).toContain(`hx-get="${page}"`);
    expect(moving).not.toContain("<html");
    expect((await browser.get(page)).text).toContain(moving.trim().slice(0, 200));
    await runJobs();
    expect((await part()).text).not.toContain("hx-get");
  });
});

describe("held mails", () => {
  test("R26 are let into the queue at the set rate, behind all others, oldest first, and never twice", async () => {
    const { browser, domain, at } = await company();
    for (let n = 0; n < 5; n++) await early(at(`held${n}`));
    await activate(browser, domain);
    await runJobs();
    expect(inbox.mails.filter(({ to }) => to.startsWith("held"))).toEqual([]);
    expect((await Promise.all([releaseMails(), releaseMails()])).sort()).toEqual([0, 5]);
    const jobs = await db.execute<{ priority: number; wait: number }>(sql`
      select priority, extract(epoch from run_at - min(run_at) over ())::float as wait
      from graphile_worker._private_jobs order by run_at`);
    expect(jobs.map(({ priority }) => priority)).toEqual([10, 10, 10, 10, 10]);
    expect(jobs.map(({ wait }) => Math.round(wait * 10))).toEqual([0, 1, 2, 3, 4]);
    await deliverHeld();
    expect(inbox.mails.filter(({ to }) => to.startsWith("held"))).toHaveLength(5);
  });

  test("R25 that were held for more than a week are not sent, and a day in the queue begins when they are let in", async () => {
    const { browser, domain, at } = await company();
    const [old, recent] = [await early(at("old")), await early(at("recent"))];
    await activate(browser, domain);
    await runJobs();
    const age = (user: User, by: string) =>
      db.execute(sql`update mails set created_at = now() - ${by}::interval where subject_id = ${user.id}`);
    await age(old.user, "8 days");
    await age(recent.user, "6 days");
    await deliverHeld();
    expect(mailsTo(old.user.email)).toEqual([]);
    expect(mailsTo(recent.user.email)).toHaveLength(1);
  });
});
