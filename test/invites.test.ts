import "./support/outbox.ts";
import { eq, sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { members } from "../src/db/schema.ts";
import { admin, browserOf } from "./support/browser.ts";
import { draft, invite, pauseOver, someone, stepsOf } from "./support/invites.ts";
import { inbox, linkIn, mailsTo, mailTo, runJobs } from "./support/outbox.ts";
import { create, grantsOf, reloadMember } from "./support/world.ts";

describe("drafting an invitation", () => {
  test("A3 A4 A5 writes a draft and leads to its edit page; no mail goes out", async () => {
    const { account, browser } = await admin("admin");
    await browser.get("/admin/users/new").expect(200);
    const email = someone();
    const answer = await browser.post("/admin/users/new", { email, firstName: "Ana", lastName: "Lind" }).expect(303);
    expect(answer.headers.location).toMatch(/^\/admin\/users\/[0-9a-f-]{36}\/account$/);
    await runJobs();

    const member = await reloadMember(answer.headers.location!.split("/")[3]!);
    expect(member).toMatchObject({ email, firstName: "Ana", lastName: "Lind", status: "draft" });
    expect(member.expiresAt!.getTime()).toBeGreaterThan(Date.now() + 29 * 86_400_000);
    expect(mailsTo(email)).toEqual([]);
    expect(await stepsOf(account.id)).toEqual(["invite.drafted"]);
  });

  test("needs an address, and keeps what was typed", async () => {
    const { browser } = await admin("admin");
    const page = await browser.post("/admin/users/new", { email: "no address", firstName: "Ana" }).expect(422);
    expect(page.text).toContain("This is not an e-mail address");
    expect(page.text).toContain('value="Ana"');
  });

  test("is refused without the permission", async () => {
    const { browser } = await admin("viewer");
    await browser.get("/admin/users/new").expect(403);
    await browser.post("/admin/users/new", { email: someone() }).expect(403);
  });

  test("D14 opens the draft that is there, refuses members and oneself, offers to resend what waits", async () => {
    const { account, user, browser } = await admin("admin");
    const first = await draft(browser);
    expect((await draft(browser, first.email)).id).toBe(first.id);

    const colleague = await create.colleague(account);
    const taken = await browser.post("/admin/users/new", { email: colleague.user.email }).expect(422);
    expect(taken.text).toContain("is in this account already");
    const own = await browser.post("/admin/users/new", { email: user.email.toUpperCase() }).expect(422);
    expect(own.text).toContain("This is your own address");

    await browser.post(`/admin/users/${first.id}/invitation`).expect(303);
    const waiting = await browser.post("/admin/users/new", { email: first.email }).expect(422);
    expect(waiting.text).toContain("is invited already");
    expect(waiting.text).toContain(`/admin/users/${first.id}/resend`);
  });

  test("D14 after a refusal, a revocation, an expiry or a removal the same row starts again with nothing of what it held", async () => {
    const { account, browser } = await admin("admin");
    for (const status of ["declined", "revoked", "expired", "removed"] as const) {
      const earlier = await create.member(account, null, { status, endedAt: new Date(), firstName: "Ana" });
      await create.grant(earlier, { systemRole: "viewer" });
      const again = await draft(browser, earlier.email);
      expect(again).toMatchObject({ id: earlier.id, status: "draft", endedAt: null, firstName: "Ana" });
      expect(await grantsOf(again.id)).toEqual([]);
    }
  });

  test("T12 answers alike for registered and unregistered addresses", async () => {
    const { browser } = await admin("admin");
    const registered = await create.user({ email: "same-length-1@invited.test" });
    const [known, unknown] = [
      await browser.post("/admin/users/new", { email: registered.email }),
      await browser.post("/admin/users/new", { email: "same-length-2@invited.test" }),
    ];
    expect(known.status).toBe(unknown.status);
    expect(known.headers.location!.length).toBe(unknown.headers.location!.length);
    const [one, two] = [
      await reloadMember(known.headers.location!.split("/")[3]!),
      await reloadMember(unknown.headers.location!.split("/")[3]!),
    ];
    expect(one).toMatchObject({ userId: null, firstName: "", status: two.status });
    for (const member of [one, two]) await browser.post(`/admin/users/${member.id}/invitation`).expect(303);
    await browser.get("/profile/invites").expect(200);
    const again = await Promise.all(
      [one, two].map((member) => browser.post("/admin/users/new", { email: member.email }).expect(422)),
    );
    expect(again[0]!.text.length).toBe(again[1]!.text.length);
  });

  test("two at once for one address make one draft", async () => {
    const { browser } = await admin("admin");
    const email = someone();
    const drafts = await Promise.all(Array.from({ length: 6 }, () => draft(browser, email)));
    expect(new Set(drafts.map(({ id }) => id)).size).toBe(1);
  });
});

describe("what a draft says", () => {
  test("can be changed until it is sent, and keeps the rights chosen so far", async () => {
    const { account, browser } = await admin("admin");
    const member = await draft(browser);
    const at = `/admin/users/${member.id}`;
    await browser.post(`${at}/roles`, { role: ["viewer"] }).expect(303);
    expect((await browser.get(`${at}/account`).expect(200)).text).toContain(`href="${at}/draft"`);
    expect((await browser.get(`${at}/draft`).expect(200)).text).toContain(member.email);

    const words = { firstName: "Ana", lastName: "Lind", message: "Welcome\nto the desk" };
    await browser.post(`${at}/draft`, words).expect(303);
    expect(await reloadMember(member.id)).toMatchObject({ ...words, status: "draft", version: member.version });
    expect(await stepsOf(account.id)).toEqual(["invite.drafted", "invite.changed"]);
    await browser.post(`${at}/draft`, words).expect(303);
    expect(await stepsOf(account.id)).toEqual(["invite.drafted", "invite.changed"]);

    await browser.post(`${at}/invitation`).expect(303);
    await runJobs();
    expect(mailTo(member.email).text).toContain("to the desk");
    expect(await grantsOf(member.id)).toEqual(["viewer"]);
    await browser.get(`${at}/draft`).expect(409);
    await browser.post(`${at}/draft`, words).expect(409);
  });

  test("keeps what was typed where it is refused, and is not there without the right or for neighbours", async () => {
    const { account, browser } = await admin("admin");
    const member = await draft(browser);
    const refused = { firstName: "x".repeat(101), message: "Kept as typed" };
    expect((await browser.post(`/admin/users/${member.id}/draft`, refused).expect(422)).text).toContain(
      "Kept as typed",
    );
    const viewer = await browserOf((await create.colleague(account, ["viewer"])).user, account);
    const { browser: neighbour } = await admin("admin");
    for (const [who, status] of [
      [viewer, 403],
      [neighbour, 404],
    ] as const) {
      await who.get(`/admin/users/${member.id}/draft`).expect(status);
      await who.post(`/admin/users/${member.id}/draft`, { firstName: "Eve" }).expect(status);
    }
    expect((await reloadMember(member.id)).firstName).toBe(member.firstName);
  });
});

describe("sending an invitation", () => {
  test("A6 A7 A24 mails the link; no permission is needed in it", async () => {
    const { account, browser, user } = await admin("admin");
    const member = await invite(browser, someone(), { firstName: "Ana", message: "Welcome!\nSee you on Monday." });
    expect(member).toMatchObject({ status: "invited", invitedBy: user.id, delivery: "queued" });
    await runJobs();

    const mail = mailTo(member.email);
    expect(mail.subject).toContain(account.name);
    expect(mail.text).toContain("> See you on Monday.");
    expect(mail.text).toContain(user.email);
    expect(linkIn(mail)).toMatch(/^\/invitations\/[\w-]{43}$/);
    expect(await stepsOf(account.id)).toEqual(["invite.drafted", "invite.sent"]);
  });

  test("is refused without the permission, twice, and for a neighbour", async () => {
    const { account, browser } = await admin("admin");
    const member = await invite(browser);
    await browser.post(`/admin/users/${member.id}/invitation`).expect(409);

    const other = await draft(browser);
    const { user } = await create.colleague(account, ["viewer"]);
    await (await browserOf(user, account)).post(`/admin/users/${other.id}/invitation`).expect(403);
    const neighbour = await admin("admin");
    await neighbour.browser.post(`/admin/users/${other.id}/invitation`).expect(404);
    expect((await reloadMember(other.id)).status).toBe("draft");
  });

  test("D9 who sends holds everything that the draft offers", async () => {
    const { account, browser } = await admin("owner");
    const member = await draft(browser);
    await create.grant(member, { systemRole: "owner" });
    const { user } = await create.colleague(account, ["admin"]);
    await (await browserOf(user, account)).post(`/admin/users/${member.id}/invitation`).expect(403);
    await browser.post(`/admin/users/${member.id}/invitation`).expect(303);
  });
});

describe("resending and revoking", () => {
  test("T5 D17 a new link replaces the old one and restarts the clock", async () => {
    const { account, browser } = await admin("admin");
    const member = await invite(browser);
    await runJobs();
    await db.update(members).set({ expiresAt: sql`now() + interval '1 day'` }).where(eq(members.id, member.id));
    await pauseOver();

    await browser.post(`/admin/users/${member.id}/resend`).expect(303);
    await runJobs();
    const [second, first] = mailsTo(member.email);
    expect(linkIn(first!)).not.toBe(linkIn(second!));
    expect((await reloadMember(member.id)).expiresAt!.getTime()).toBeGreaterThan(Date.now() + 6.9 * 86_400_000);
    expect(await stepsOf(account.id)).toEqual(["invite.drafted", "invite.sent", "invite.resent"]);
  });

  test("T11 a resend within five minutes is refused with the time left, and no second mail goes", async () => {
    const { browser } = await admin("admin");
    const member = await invite(browser);
    const refused = await browser.post(`/admin/users/${member.id}/resend`).expect(429);
    expect(refused.text).toMatch(/in 5 minutes/);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(200);
    await runJobs();
    expect(mailsTo(member.email).length).toBe(1);

    await browser.post(`/admin/users/${member.id}/revocation`).expect(303);
    const again = await draft(browser, member.email);
    await browser.post(`/admin/users/${again.id}/invitation`).expect(429);
    expect((await reloadMember(again.id)).status).toBe("draft");
  });

  test("T11 the 51st invitation of an hour is refused", async () => {
    const { browser } = await admin("admin");
    const lines = Array.from({ length: 50 }, someone).join("\n");
    const many = await browser.post("/admin/users/many", { lines }).expect(200);
    expect(many.text).toContain("50 invitations are on their way");
    const last = await draft(browser);
    await browser.post(`/admin/users/${last.id}/invitation`).expect(429);
    expect((await reloadMember(last.id)).status).toBe("draft");
  });

  test("a revoked invitation offers nothing any more; a mail that still waits is not sent", async () => {
    const { account, browser } = await admin("admin");
    const member = await invite(browser);
    await create.grant(member, { systemRole: "viewer" });
    const path = `/admin/users/${member.id}/revocation`;
    expect((await browser.get(path).expect(200)).text).toContain("<h1>Revoke invitation</h1>");
    const sheet = await browser.get(path).set("HX-Request", "true").expect(200);
    expect(sheet.text).toContain(`action="${path}"`);
    expect(sheet.text).not.toContain("<h1>");
    await browser.post(`/admin/users/${member.id}/revocation`).expect(303);
    await browser.post(`/admin/users/${member.id}/revocation`).expect(303);
    await runJobs();

    expect(await reloadMember(member.id)).toMatchObject({ status: "revoked" });
    expect(await grantsOf(member.id)).toEqual([]);
    expect(inbox.mails.filter(({ to }) => to === member.email)).toEqual([]);
    expect(await stepsOf(account.id)).toEqual(["invite.drafted", "invite.sent", "invite.revoked"]);
    await browser.post(`/admin/users/${member.id}/resend`).expect(409);
  });

  test("T54 nobody revokes what offers more than they hold; without the permission and for a neighbour it is closed", async () => {
    const { account, browser } = await admin("owner");
    const member = await invite(browser);
    await create.grant(member, { systemRole: "owner" });
    const { user } = await create.colleague(account, ["admin"]);
    await (await browserOf(user, account)).post(`/admin/users/${member.id}/revocation`).expect(403);
    const viewer = await create.colleague(account, ["viewer"]);
    const weak = await browserOf(viewer.user, account);
    for (const door of ["revocation", "resend", "link"]) {
      await weak.post(`/admin/users/${member.id}/${door}`).expect(403);
      await (await admin("owner")).browser.post(`/admin/users/${member.id}/${door}`).expect(404);
    }
    expect((await reloadMember(member.id)).status).toBe("invited");
  });

  test("X7 the link can be copied, always the same one until the next resend, and each time is logged", async () => {
    const { account, browser } = await admin("admin");
    const waiting = await draft(browser);
    await browser.post(`/admin/users/${waiting.id}/link`).expect(409);
    await browser.post(`/admin/users/${waiting.id}/invitation`).expect(303);

    const linkOn = async () =>
      (await browser.post(`/admin/users/${waiting.id}/link`).expect(200)).text.match(/\/invitations\/[\w-]{43}/)![0];
    const link = await linkOn();
    expect(await linkOn()).toBe(link);
    await runJobs();
    expect(linkIn(mailTo(waiting.email))).not.toBe(link);
    expect((await stepsOf(account.id)).filter((name) => name === "invite.link_copied").length).toBe(2);
    await pauseOver();
    await browser.post(`/admin/users/${waiting.id}/resend`).expect(303);
    expect(await linkOn()).not.toBe(link);
  });
});

test("with invites.send alone one writes a draft, gives what one holds, sends it, and sees nobody else", async () => {
  const { account, browser } = await admin("invites.send");
  const form = await browser.get("/admin/users/new").expect(200);
  expect(form.text).not.toContain('href="/admin/users"');
  expect(form.text).toContain('href="/admin/users/new"');

  const { headers } = await browser.post("/admin/users/new", { email: "alone@outside.test" }).expect(303);
  const edit = await browser.get(headers.location!).expect(200);
  expect(edit.text).not.toContain('href="/admin/users"');
  const base = headers.location!.replace(/\/account$/, "");
  for (const tab of ["mailboxes", "roles", "permissions"]) await browser.get(`${base}/${tab}`).expect(200);
  await browser.post(`${base}/permissions`, { p: "invites.send" }).expect(303);
  await browser.post(`${base}/invitation`).expect(303).expect("Location", "/admin/users/new");
  await browser.get(`${base}/account`).expect(200);

  const { member } = await create.colleague(account);
  for (const tab of ["account", "mailboxes", "conflict", "roles"]) {
    await browser.get(`/admin/users/${member.id}/${tab}`).expect(403);
  }
});
