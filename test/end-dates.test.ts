import "./support/outbox.ts";
import { and, eq, isNull, sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { loadVisitor } from "../src/access/load-actor.ts";
import { db } from "../src/db/client.ts";
import { grants, mailboxPasswords, members, notifications, sessions, users } from "../src/db/schema.ts";
import { endOfDay, lastDay } from "../src/i18n/days.ts";
import { browserOf, origin, owner } from "./support/browser.ts";
import { foundBy } from "./support/imports.ts";
import { mailsTo, mailTo, runJobs } from "./support/outbox.ts";
import { programOf } from "./support/programs.ts";
import { changesOf, create, grantsOf, reloadMember } from "./support/world.ts";

const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const past = (minutes = 5) => new Date(Date.now() - minutes * 60_000);
const soon = (hours: number) => new Date(Date.now() + hours * 3_600_000);

const onlyGrant = async (memberId: string) => {
  const [row] = await db
    .select()
    .from(grants)
    .where(and(eq(grants.memberId, memberId), isNull(grants.endedAt)));
  return row!;
};
const endAt = (memberId: string, endsAt: Date) =>
  db.update(grants).set({ endsAt }).where(eq(grants.memberId, memberId));
const guestAt = (memberId: string, guestUntil: Date) =>
  db.update(members).set({ guestUntil }).where(eq(members.id, memberId));

async function job() {
  const { enqueue } = await import("../src/queue.ts");
  await db.transaction((tx) => enqueue(tx, "keep_end_dates", {}));
  await runJobs();
}

/** An owner's browser, and somebody with a right on the account and on a mailbox. */
async function world() {
  const boss = await owner();
  const { member, user } = await create.colleague(boss.account, ["viewer"]);
  return { ...boss, boss: boss.user, guest: member, guestUser: user };
}

describe("days", () => {
  test("end with their last second in the administrator's time zone, also where the clocks change", () => {
    expect(endOfDay("2026-11-30", "Europe/Berlin")?.toISOString()).toBe("2026-11-30T23:00:00.000Z");
    expect(endOfDay("2026-03-29", "Europe/Berlin")?.toISOString()).toBe("2026-03-29T22:00:00.000Z");
    expect(endOfDay("2026-11-30", "America/New_York")?.toISOString()).toBe("2026-12-01T05:00:00.000Z");
    expect(endOfDay("2026-02-30", "UTC")).toBeUndefined();
    expect(lastDay("2026-12-01T00:00:00.000Z")).toBe("2026-11-30");
  });
});

describe("the end date of a right", () => {
  test("A9 a day that is over keeps the roles that were ticked", async () => {
    const { browser, guest } = await world();
    const page = `/admin/users/${guest.id}/roles`;
    const refused = (await browser.post(page, { role: ["admin", "owner"], until: day(-3) }).expect(422)).text;
    expect([...refused.matchAll(/value="(\w+)" id="role-\w+" checked/g)].map(([, role]) => role)).toEqual([
      "owner",
      "admin",
    ]);
    expect(refused).toContain(`value="${day(-3)}"`);
    expect((await browser.get(page).expect(200)).text).not.toMatch(/id="role-\w+" checked/);
  });

  test("A8 D10 is a pending change like others: set beside the role, moved, taken away, each saved by Save", async () => {
    const { account, browser, guest } = await world();
    const page = `/admin/users/${guest.id}`;
    await browser.post(`${page}/roles`, { role: "admin", until: day(40) }).expect(303);
    expect((await browser.get(`${page}/account`).expect(200)).text).toContain("not saved yet");
    expect(await grantsOf(guest.id)).toEqual(["viewer"]);
    await browser.post(`${page}/rights`).expect(303);

    const [given] = await db.select().from(grants).where(eq(grants.systemRole, "admin"));
    expect(given!.endsAt).toEqual(endOfDay(day(40), "UTC"));
    expect((await browser.get(`${page}/end-date?line=${given!.id}`).expect(200)).text).toContain(`value="${day(40)}"`);

    await browser.post(`${page}/end-date`, { line: given!.id, until: day(50) }).expect(303);
    expect((await browser.get(`${page}/account`)).text).toContain("not saved yet; now until");
    await browser.post(`${page}/undo`, { line: given!.id }).expect(303);
    expect((await browser.get(`${page}/account`)).text).not.toContain("not saved yet");
    await browser.post(`${page}/end-date`, { line: given!.id, until: "" }).expect(303);
    await browser.post(`${page}/rights`).expect(303);
    const [after] = await db.select().from(grants).where(eq(grants.id, given!.id));
    expect(after).toMatchObject({ endsAt: null, endedAt: null, grantedBy: given!.grantedBy });
    expect(await changesOf(account.id)).toEqual(["member.rights_changed", "member.rights_changed"]);
  });

  test("refuses a day that is over and what is no day, beside the field, with what was typed", async () => {
    const { browser, guest } = await world();
    const { id } = await onlyGrant(guest.id);
    for (const until of [day(-1), "soon"]) {
      for (const [door, fields] of [
        ["roles", { role: "admin" }],
        ["permissions", { p: "users.view" }],
        ["end-date", { line: id }],
      ] as const) {
        const answer = await browser.post(`/admin/users/${guest.id}/${door}`, { ...fields, until }).expect(422);
        expect(answer.text, door).toContain('id="until-error"');
      }
    }
  });

  test("T38 T47 does not count from that moment on, job or no job: pages, mailboxes, programs, mail programs", async () => {
    const { account, guest, guestUser } = await world();
    const box = await create.mailbox(account);
    await create.grant(guest, { systemRole: "mailbox_owner" }, box);
    const [browser, program] = [await browserOf(guestUser, account), await programOf(account, guestUser)];
    await db.insert(mailboxPasswords).values({
      ...{ accountId: account.id, mailboxId: box.id, userId: guestUser.id, label: "Phone", hash: "h" },
    });
    const signIns = () => db.execute(sql`select 1 from mail_server.sign_ins where address = ${box.address}`);
    await browser.get("/admin/users").expect(200);
    await program.get("/members").expect(200);
    expect(await signIns()).toHaveLength(1);

    await endAt(guest.id, past());
    await browser.get("/admin/users").expect(403);
    await browser.get(`/admin/mailboxes/${box.id}`).expect(403);
    await program.get("/members").expect(403);
    expect(await signIns()).toHaveLength(0);
    const visitor = await loadVisitor(guestUser.id, account.id);
    expect([visitor!.permissions.size, visitor!.mailboxPermissions.size]).toEqual([0, 0]);
    expect((await onlyGrant(guest.id)).endedAt).toBeNull();
  });

  test("is written down by the job, once, at the instant that was meant; both sides are told", async () => {
    const { account, boss, guest, guestUser } = await world();
    const until = past(3);
    await db.update(grants).set({ endsAt: until, grantedBy: boss.id }).where(eq(grants.memberId, guest.id));
    await Promise.all([job(), job()]);
    const [row] = await db.select().from(grants).where(eq(grants.memberId, guest.id));
    expect(row).toMatchObject({ endedAt: until, endReason: "end date", endedBy: null });
    expect(await changesOf(account.id)).toEqual(["member.right_ended"]);
    expect(mailsTo(guestUser.email)).toHaveLength(1);
    expect(mailTo(boss.email).text).toContain("Viewer");
  });

  test("gives way to the same right given anew, before the job has run", async () => {
    const { browser, guest } = await world();
    await endAt(guest.id, past());
    await browser.post(`/admin/users/${guest.id}/roles`, { role: "viewer" }).expect(303);
    await browser.post(`/admin/users/${guest.id}/rights`).expect(303);
    expect(await onlyGrant(guest.id)).toMatchObject({ systemRole: "viewer", endsAt: null });
  });

  test("D9 nobody moves what they do not hold, nor keeps for themselves what was given until a day", async () => {
    const { account, guest } = await world();
    const weak = await create.colleague(account, ["users.view", "users.edit"]);
    const { id } = await onlyGrant(guest.id);
    const browser = await browserOf(weak.user, account);
    await browser.post(`/admin/users/${guest.id}/end-date`, { line: id, until: day(9) }).expect(403);

    const timed = await create.colleague(account, ["admin"]);
    await endAt(timed.member.id, soon(48));
    const own = await onlyGrant(timed.member.id);
    const self = await browserOf(timed.user, account);
    await self.post(`/admin/users/${timed.member.id}/end-date`, { line: own.id, until: "" }).expect(403);
    await self.post(`/admin/users/${timed.member.id}/roles`, { role: "viewer" }).expect(303);
    await self.post(`/admin/users/${timed.member.id}/rights`).expect(403);
    await self.post(`/admin/users/${timed.member.id}/guest`, { until: "" }).expect(409);
  });

  test("T49 another account's grant, user and page are not found", async () => {
    const { guest } = await world();
    const { browser } = await owner();
    const { id } = await onlyGrant(guest.id);
    await browser.post(`/admin/end-dates/${id}`, { until: day(9) }).expect(404);
    await browser.get(`/admin/users/${guest.id}/guest`).expect(404);
    await browser.post(`/admin/users/${guest.id}/guest`, { until: day(9) }).expect(404);
    await browser.get(`/admin/users/${guest.id}/end-date?line=${id}`).expect(404);
  });

  test("X5 an unchanged report has 0 changes, and clears no end date", async () => {
    const { account, browser, guest } = await world();
    const until = soon(500);
    await endAt(guest.id, until);
    await guestAt(guest.id, until);
    const ordered = await browser.post("/admin/reports", { what: "all", filter: "", sheets: "all", format: "xlsx" });
    await runJobs();
    const report = await browser
      .get(`${ordered.headers.location}/files/1`)
      .buffer(true)
      .parse((res, done) => {
        const parts: Buffer[] = [];
        res.on("data", (part) => parts.push(part));
        res.on("end", () => done(null, Buffer.concat(parts)));
      })
      .expect(200);
    const sent = await browser.agent
      .post(`/admin/imports?_account=${account.id}`)
      .redirects(0)
      .set("Origin", origin)
      .attach("file", report.body as Buffer, "people.xlsx")
      .expect(303);
    await runJobs();
    const { run } = await foundBy(sent.headers.location!.split("/").at(-1)!);
    expect(run.counts).toMatchObject({ create: 0, update: 0, skip: 0, problems: 0 });
    expect(await onlyGrant(guest.id)).toMatchObject({ endsAt: until });
    expect(await reloadMember(guest.id)).toMatchObject({ guestUntil: until });
  });
});

describe("a guest", () => {
  test("is invited until a day, keeps it on accepting, and others may move it", async () => {
    const { account, browser, guest } = await world();
    await browser.post("/admin/users/new", { email: "ana@outside.test", until: day(-3) }).expect(422);
    await browser.post("/admin/users/new", { email: "ana@outside.test", until: day(30) }).expect(303);
    const [draft] = await db.select().from(members).where(eq(members.email, "ana@outside.test"));
    expect(draft).toMatchObject({ status: "draft", guestUntil: endOfDay(day(30), "UTC") });

    const at = `/admin/users/${guest.id}/guest`;
    await browser.post(at, { until: day(20) }).expect(303);
    expect((await browser.get(`/admin/users/${guest.id}/account`)).text).toContain("A guest until");
    expect((await browser.get("/admin/users?guests=soon").expect(200)).text).toContain(guest.email);
    await browser.post(at, { until: "" }).expect(303);
    expect((await browser.get("/admin/users?guests=all")).text).not.toContain(guest.email);
    expect(await reloadMember(guest.id)).toMatchObject({ guestUntil: null });
    const viewer = await create.colleague(account, ["viewer"]);
    await (await browserOf(viewer.user, account)).post(at, { until: day(9) }).expect(403);
  });

  test("T38 is out from that moment on, job or no job, and 30 days are there to come back", async () => {
    const { account, browser, boss, guest, guestUser } = await world();
    const theirs = await browserOf(guestUser, account);
    const program = await programOf(account, guestUser);
    await theirs.get("/admin/users").expect(200);
    const until = past(2);
    await db.update(members).set({ guestUntil: until, invitedBy: boss.id }).where(eq(members.id, guest.id));
    await theirs.get("/admin/users").expect(403);
    await program.get("/members").expect(401);

    await Promise.all([job(), job()]);
    expect(await reloadMember(guest.id)).toMatchObject({ status: "removed", statusBefore: "active", endedAt: until });
    expect(await grantsOf(guest.id)).toEqual([]);
    expect(await changesOf(account.id)).toEqual(["member.guest_ended"]);
    expect([mailsTo(guestUser.email).length, mailsTo(boss.email).length]).toEqual([1, 1]);
    const list = await browser.get("/admin/users?guests=ended").expect(200);
    expect(list.text).toContain(guest.email);
    expect(list.text).toContain("Ended");

    expect((await browser.get("/admin/end-dates?show=past").expect(200)).text).toContain(guest.email);
    const again = { until: day(30), back: "/admin/end-dates" };
    expect((await browser.post(`/admin/users/${guest.id}/guest`, again).expect(303)).headers.location).toBe(
      "/admin/end-dates",
    );
    expect(await reloadMember(guest.id)).toMatchObject({ status: "active", guestUntil: endOfDay(day(30), "UTC") });
    expect(await grantsOf(guest.id)).toEqual(["viewer"]);
    await theirs.get("/admin/users").expect(200);
  });

  test("D13 of the account's own domain loses sessions and profile with it; blocked where the domain is not proven", async () => {
    const { account } = await world();
    const proven = await create.domain(account, { status: "active", verifiedAt: new Date(), activatedAt: new Date() });
    const make = async (domain: string) => {
      const user = await create.user({ email: `p${Date.now()}@${domain}`, corporateAccountId: account.id });
      const member = await create.member(account, user, { corporate: true, guestUntil: past(), email: user.email });
      await browserOf(user, account);
      return { user, member };
    };
    const [own, stray] = [await make(proven.name), await make("unproven.test")];
    await job();
    const [gone] = await db.select().from(users).where(eq(users.id, own.user.id));
    expect(gone!.disabledAt).not.toBeNull();
    expect(await db.$count(sessions, eq(sessions.userId, own.user.id))).toBe(0);
    expect((await reloadMember(own.member.id)).status).toBe("removed");
    expect((await reloadMember(stray.member.id)).status).toBe("blocked");
    await job();
    expect((await changesOf(account.id)).sort()).toEqual(["member.blocked", "member.guest_ended"]);
  });
});

describe("T55 the last Owner", () => {
  test("gets no end date, neither as a guest nor on the role; a second Owner does, and then cannot be the one who stays", async () => {
    const { account, member, user } = await owner();
    const second = await create.colleague(account, ["owner"]);
    const browser = await browserOf(second.user, account);
    const own = await onlyGrant(member.id);
    await browser.post(`/admin/users/${member.id}/end-date`, { line: own.id, until: day(9) }).expect(303);
    await browser.post(`/admin/users/${member.id}/rights`).expect(303);
    expect((await onlyGrant(member.id)).endsAt).not.toBeNull();

    const first = await browserOf(user, account);
    await first.post(`/admin/users/${second.member.id}/guest`, { until: day(9) }).expect(409);
    await first.post(`/admin/users/${second.member.id}/removal`).expect(409);
    await first.post(`/admin/users/${second.member.id}/block`).expect(409);
    const other = await onlyGrant(second.member.id);
    await first.post(`/admin/users/${second.member.id}/end-date`, { line: other.id, until: day(5) });
    await first.post(`/admin/users/${second.member.id}/rights`);
    expect((await onlyGrant(second.member.id)).endsAt).toBeNull();
  });

  test("is kept by the job, without the date, where nobody else is left; the log says so", async () => {
    const { account, member, browser } = await owner();
    await endAt(member.id, past());
    await guestAt(member.id, past());
    await job();
    expect(await grantsOf(member.id)).toEqual(["owner"]);
    expect(await reloadMember(member.id)).toMatchObject({ status: "active", guestUntil: null });
    expect(await changesOf(account.id)).toEqual(["member.end_date_dropped", "member.end_date_dropped"]);
    await browser.get("/admin/users").expect(200);
  });
});

describe("notices", () => {
  test("go a week and a day before, once each, to whose it is and to who gave it", async () => {
    const { boss, guest, guestUser } = await world();
    const set = (hours: number) =>
      db
        .update(members)
        .set({ guestUntil: soon(hours), invitedBy: boss.id })
        .where(eq(members.id, guest.id));
    await set(24 * 8);
    await job();
    expect(mailsTo(guestUser.email)).toHaveLength(0);
    await set(24 * 6);
    await job();
    await job();
    expect([mailsTo(guestUser.email).length, mailsTo(boss.email).length]).toEqual([1, 1]);
    await db
      .update(members)
      .set({ guestUntil: soon(20), guestToldAt: new Date(Date.now() - 6 * 86_400_000) })
      .where(eq(members.id, guest.id));
    await job();
    await job();
    expect([mailsTo(guestUser.email).length, mailsTo(boss.email).length]).toEqual([2, 2]);
    const bells = await db.select().from(notifications).where(eq(notifications.userId, guestUser.id));
    expect(bells.map(({ kind }) => kind)).toEqual(["own_end.near", "own_end.near"]);
  });

  test("of many are one letter; who gave it and is gone is stood in for by who edits users", async () => {
    const { account, user } = await owner();
    const gone = await create.user();
    for (let n = 0; n < 3; n++) {
      const { member } = await create.colleague(account, ["viewer"]);
      await db
        .update(grants)
        .set({ endsAt: soon(30), grantedBy: gone.id })
        .where(eq(grants.memberId, member.id));
    }
    await job();
    expect(mailsTo(user.email)).toHaveLength(1);
    expect(mailTo(user.email).subject).toContain("3 end dates");
    expect(mailsTo(gone.email)).toHaveLength(0);
  });
});

describe("the list of end dates", () => {
  test("holds places and rights by date, page by page, and extends a right by one press", async () => {
    const { account, browser, guest } = await world();
    await guestAt(guest.id, soon(400));
    await endAt(guest.id, soon(300));
    const { endDates } = await import("../src/end-dates/queries.ts");
    const actor = {
      accountId: account.id,
      permissions: new Set(["invites.send"]),
      mailboxPermissions: new Map(),
    } as never;
    const first = await endDates(actor, "upcoming", undefined, 1);
    const next = await endDates(actor, "upcoming", first.next, 1);
    expect([first.rows[0]!.right, next.rows[0]!.right, next.next]).toEqual(["Viewer", "", undefined]);

    const { id } = await onlyGrant(guest.id);
    await browser.post(`/admin/end-dates/${id}`, { until: "" }).expect(422);
    await browser.post(`/admin/end-dates/${id}`, { until: day(60) }).expect(303);
    expect((await onlyGrant(guest.id)).endsAt).toEqual(endOfDay(day(60), "UTC"));
    const viewer = await create.colleague(account, ["viewer"]);
    const theirs = await browserOf(viewer.user, account);
    await theirs.get("/admin/end-dates").expect(200);
    await theirs.post(`/admin/end-dates/${id}`, { until: day(90) }).expect(403);
  });

  test("is there for programs: end dates are read, given and moved", async () => {
    const { account, boss, guest } = await world();
    const program = await programOf(account, boss);
    const until = soon(300).toISOString();
    const read = await program.get(`/members/${guest.id}/grants`).expect(200);
    const body = { add: [{ role: "viewer", endsAt: until }] };
    const patched = await program
      .patch(`/members/${guest.id}/grants`, body, { "If-Match": read.headers.etag! })
      .expect(200);
    expect(patched.body.data[0]).toMatchObject({ endsAt: until });
    const changed = await program.patch(`/members/${guest.id}`, { guestUntil: until }).expect(200);
    expect(changed.body).toMatchObject({ guestUntil: until });
    await program.patch(`/members/${guest.id}`, { guestUntil: past().toISOString() }).expect(422);
  });
});
