import "./support/outbox.ts";
import { and, desc, eq, sql } from "drizzle-orm";
import { afterEach, describe, expect, test, vi } from "vitest";
import { db } from "../src/db/client.ts";
import { events, grants, mails, members, notifications, users } from "../src/db/schema.ts";
import { expireInvites } from "../src/invite-mails/expire.ts";
import { remindInvites } from "../src/invite-mails/remind.ts";
import { admin, Browser, browserOf } from "./support/browser.ts";
import { draft, invite, mailedLink, pauseOver, postFrom, profile, someone, stepsOf } from "./support/invites.ts";
import { inbox, linkIn, mailsTo, mailTo, runJobs, skipWaiting } from "./support/outbox.ts";
import { create, grantsOf, type Member, reloadMember } from "./support/world.ts";

afterEach(() => {
  inbox.mode = "accept";
  inbox.bouncing.clear();
  vi.useRealTimers();
});

const set = (member: Member, values: Parameters<ReturnType<typeof db.update<typeof members>>["set"]>[0]) =>
  db.update(members).set(values).where(eq(members.id, member.id));
const ago = (interval: string) => sql`now() - ${interval}::interval`;
const ahead = (interval: string) => sql`now() + ${interval}::interval`;

describe("how an invitation fares", () => {
  test("X7 is queued, then handed over, in the words of the mail server", async () => {
    const { browser } = await admin("admin");
    const member = await invite(browser);
    expect(member.delivery).toBe("queued");
    await runJobs();
    const sent = await reloadMember(member.id);
    expect(sent.delivery).toBe("sent");
    expect(sent.deliveryReply).toMatch(/^250 /);
  });

  test("R5 X7 a refused address bounces once and for all, with the server's words; the inviter is told once", async () => {
    const { browser, user, account } = await admin("admin");
    const member = await invite(browser);
    inbox.bouncing.set(member.email, "5.1.1 Nobody of that name");
    await runJobs();
    await skipWaiting();
    await runJobs();

    expect(await reloadMember(member.id)).toMatchObject({ status: "invited", delivery: "bounced" });
    expect((await reloadMember(member.id)).deliveryReply).toContain("5.1.1 Nobody of that name");
    const [mail] = await db
      .select()
      .from(mails)
      .where(and(eq(mails.accountId, account.id), eq(mails.kind, "invitation")));
    expect(mail).toMatchObject({ status: "bounced", attempts: 1 });
    expect(mailTo(user.email).text).toContain("5.1.1 Nobody of that name");
    expect(mailsTo(user.email).length).toBe(1);
    const bell = await db.select().from(notifications).where(eq(notifications.userId, user.id));
    expect(bell.map(({ kind }) => kind)).toEqual(["invite.bounced"]);
    expect(await stepsOf(account.id)).toEqual(["invite.drafted", "invite.sent", "invite.bounced"]);

    inbox.bouncing.clear();
    await pauseOver();
    await browser.post(`/admin/users/${member.id}/resend`).expect(303);
    await runJobs();
    expect(await reloadMember(member.id)).toMatchObject({ delivery: "sent" });
  });

  test("R5 a bounce that could not be written down at first is told at the next try of the job", async () => {
    const { browser, user } = await admin("admin");
    const member = await invite(browser);
    inbox.bouncing.set(member.email, "5.1.1 Nobody");
    await runJobs();
    await set(member, { delivery: "queued", deliveryReply: null });
    const [mail] = await db.select().from(mails).where(eq(mails.status, "bounced")).orderBy(desc(mails.createdAt));
    const payload = sql`json_build_object('v', 1, 'mailId', ${mail!.id}::text)`;
    await db.execute(sql`select graphile_worker.add_job('send_mail', ${payload})`);
    await runJobs();
    expect(await reloadMember(member.id)).toMatchObject({ delivery: "bounced" });
    expect(mailsTo(user.email).length).toBe(2);
  });

  test("R4 a server that defers is asked again, and the mail goes once", async () => {
    const { browser } = await admin("admin");
    inbox.mode = "defer";
    const started = performance.now();
    const member = await invite(browser);
    expect(performance.now() - started).toBeLessThan(2000);
    await runJobs();
    expect(await reloadMember(member.id)).toMatchObject({ delivery: "queued" });
    expect((await reloadMember(member.id)).deliveryReply).toContain("4.3.0");
    inbox.mode = "accept";
    await skipWaiting();
    await runJobs();
    expect(mailsTo(member.email).length).toBe(1);
    expect(await reloadMember(member.id)).toMatchObject({ delivery: "sent" });
  });

  test("R7 a connection cut after the mail was handed over repeats it at most once more, with the same Message-ID", async () => {
    const { browser } = await admin("admin");
    const member = await invite(browser);
    inbox.mode = "drop";
    await runJobs();
    inbox.mode = "accept";
    await skipWaiting();
    await runJobs();
    await skipWaiting();
    await runJobs();
    const copies = mailsTo(member.email);
    expect(copies.length).toBe(2);
    expect(new Set(copies.map(({ messageId }) => messageId)).size).toBe(1);
    expect(new Set(copies.map(linkIn)).size).toBe(1);
    expect(await reloadMember(member.id)).toMatchObject({ delivery: "sent" });
  });

  test("the mail of a replaced invitation says nothing about the new one", async () => {
    const { browser } = await admin("admin");
    inbox.mode = "defer";
    const member = await invite(browser);
    await runJobs();
    inbox.mode = "accept";
    await pauseOver();
    await browser.post(`/admin/users/${member.id}/resend`).expect(303);
    await runJobs();
    await skipWaiting();
    await runJobs();
    expect(mailsTo(member.email).length).toBe(1);
    expect(await reloadMember(member.id)).toMatchObject({ delivery: "sent" });
  });
});

describe("an invitation runs out", () => {
  test("R16 T5 by the database's clock, whatever the web process believes", async () => {
    const { browser } = await admin("admin");
    const [open, over] = [await invite(browser), await invite(browser)];
    const links = [await mailedLink(open.email), await mailedLink(over.email)];
    await set(open, { expiresAt: ahead("5 minutes") });
    await set(over, { expiresAt: ago("5 minutes") });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 10 * 60_000 });
    await new Browser().get(links[0]!).expect(200);
    vi.setSystemTime(Date.now() - 20 * 60_000);
    await new Browser().get(links[1]!).expect(409);
    await expireInvites();
    expect((await reloadMember(open.id)).status).toBe("invited");
    expect((await reloadMember(over.id)).status).toBe("expired");
  });

  test("D17 what it offered ends, its inviter is told; running twice or twice at once changes nothing more", async () => {
    const { browser, user, account } = await admin("admin");
    const member = await invite(browser);
    await create.grant(member, { systemRole: "viewer" });
    await set(member, { expiresAt: ago("1 second") });
    await Promise.all([expireInvites(), expireInvites()]);
    await expireInvites();
    await runJobs();
    expect(await reloadMember(member.id)).toMatchObject({ status: "expired" });
    expect(await grantsOf(member.id)).toEqual([]);
    expect((await stepsOf(account.id)).filter((name) => name === "invite.expired").length).toBe(1);
    expect(mailsTo(user.email).length).toBe(1);
    expect(mailTo(user.email).subject).toContain("has expired");
  });

  test("D2 a draft expires after 30 days, silently", async () => {
    const { browser, user, account } = await admin("admin");
    const member = await draft(browser);
    await set(member, { expiresAt: ago("1 second") });
    await expireInvites();
    await runJobs();
    expect(await reloadMember(member.id)).toMatchObject({ status: "expired" });
    expect(mailsTo(user.email)).toEqual([]);
    expect(await stepsOf(account.id)).toEqual(["invite.drafted", "invite.expired"]);
  });

  test("works through more than a batch, by the scheduled job", async () => {
    const { account } = await admin("admin");
    const rows = Array.from({ length: 120 }, () => ({
      accountId: account.id,
      email: someone(),
      status: "draft" as const,
      expiresAt: new Date(Date.now() - 60_000),
    }));
    await db.insert(members).values(rows);
    await db.execute(sql`select graphile_worker.add_job('expire_invites', '{"v":1}'::json)`);
    await runJobs();
    const left = await db
      .select()
      .from(members)
      .where(and(eq(members.accountId, account.id), eq(members.status, "draft")));
    expect(left).toEqual([]);
  });

  test("D17 a reminder goes two days before the end, once, with the same link", async () => {
    const { browser, account } = await admin("admin");
    const [due, young, later] = [await invite(browser), await invite(browser), await invite(browser)];
    await runJobs();
    await set(due, { invitedAt: ago("5 days"), expiresAt: ahead("47 hours") });
    await set(young, { expiresAt: ahead("47 hours") });
    await set(later, { invitedAt: ago("4 days"), expiresAt: ahead("49 hours") });
    await Promise.all([remindInvites(), remindInvites()]);
    await db.execute(sql`select graphile_worker.add_job('remind_invites', '{"v":1}'::json)`);
    await runJobs();
    expect(mailsTo(due.email).map(({ subject }) => subject)[0]).toContain("ends soon");
    expect(mailsTo(due.email).length).toBe(2);
    expect(new Set(mailsTo(due.email).map(linkIn)).size).toBe(1);
    for (const member of [young, later]) expect(mailsTo(member.email).length).toBe(1);
    expect((await stepsOf(account.id)).filter((name) => name === "invite.reminded").length).toBe(1);
  });
});

describe("what an invitation's mail says", () => {
  test("A19 A24 differs for people with and without a profile, and lists roles and mailboxes", async () => {
    const { account, browser, user } = await admin("admin");
    const box = await create.mailbox(account, { name: "Press" });
    const registered = await create.user({ locale: "de", firstName: "Jörg" });
    const both = [await draft(browser, registered.email), await draft(browser)];
    for (const member of both) {
      await create.grant(member, { systemRole: "viewer" });
      await create.grant(member, { systemRole: "mailbox_reader" }, box);
      await db.update(grants).set({ grantedBy: user.id }).where(eq(grants.memberId, member.id));
      await browser.post(`/admin/users/${member.id}/invitation`).expect(303);
    }
    await runJobs();
    const [german, english] = both.map(({ email }) => mailTo(email));
    expect(german!.text).toContain("Postfach Press: Postfach-Leser");
    expect(german!.text).toContain("Einladung ansehen");
    expect(english!.text).toContain("Mailbox Press: Mailbox reader");
    expect(english!.text).toContain("Accept and register");
    expect(english!.html).toContain(linkIn(english!));
    for (const mail of [german!, english!]) {
      expect(mail.headers["auto-submitted"]).toBe("auto-generated");
      expect(mail.html).not.toMatch(/<img|<script/);
    }
  });

  test("is in the inviter's language where nobody knows the recipient's", async () => {
    const account = await create.account();
    const { user } = await create.colleague(account, ["admin"], { locale: "de" });
    const member = await invite(await browserOf(user, account));
    await runJobs();
    expect(mailTo(member.email).subject).toContain("lädt Sie zu");
  });

  test("T13 shows names and messages as text, never as links or markup", async () => {
    const account = await create.account({ name: "Free $ http://evil.test <b>now</b>" });
    const { user } = await create.colleague(account, ["admin"], { firstName: "<a href='http://evil.test'>Click</a>" });
    const browser = await browserOf(user, account);
    const message = "See http://evil.test/x <script>alert(1)</script>";
    const member = await invite(browser, someone(), { message });
    await runJobs();
    const mail = mailTo(member.email);
    expect(mail.html).toContain("Free $ http://evil.test &lt;b&gt;now&lt;/b&gt;");
    expect(mail.html).not.toMatch(/href=["']http:\/\/evil/);
    expect(mail.html).not.toContain("<script>");
    expect(mail.text).toContain("> See http://evil.test/x");
    const links = [...mail.html.matchAll(/href="([^"]+)"/g)].map(([, href]) => href);
    expect(links.every((href) => href!.startsWith("http://localhost:3000/invitations/"))).toBe(true);
    expect((await new Browser().get(linkIn(mail)).expect(200)).text).not.toContain("<b>now</b>");
    await browser.post("/admin/users/new", { email: someone(), message: "x".repeat(1001) }).expect(422);
    await browser.post("/admin/users/new", { email: someone(), firstName: "x".repeat(101) }).expect(422);
  });

  test("T68 names with line breaks and headers in them make no header: one To, no Bcc", async () => {
    const { browser } = await admin("admin");
    for (const name of ["Ana\r\nBcc: evil@invited.test", "Ana\nTo: evil@invited.test", "Ana\u0000", "Ana\u2028x"]) {
      await browser.post("/admin/users/new", { email: someone(), firstName: name }).expect(422);
    }
    const member = await draft(browser);
    await set(member, { firstName: "Ana\r\nBcc: evil@invited.test", lastName: "<evil@invited.test>, x" });
    await browser.post(`/admin/users/${member.id}/invitation`).expect(303);
    await runJobs();
    const mail = mailTo(member.email);
    const head = mail.raw.split(/\r?\n\r?\n/)[0]!;
    expect(head.match(/^to:/gim)!.length).toBe(1);
    expect(head).not.toMatch(/^bcc:/im);
    expect(mail.to).toBe(member.email);
    expect(mailsTo("evil@invited.test")).toEqual([]);
  });

  test("T69 T15 T16 takes one plain address only, and mails to the stored form of it", async () => {
    const { account, browser } = await admin("admin");
    const odd = [
      '"quoted local"@invited.test',
      "ana@invited.test, ben@invited.test",
      "ana@invited.test;ben@invited.test",
      "ana(comment)@invited.test",
      "friends: ana@invited.test;",
      "<ana@invited.test>",
      "Ana <ana@invited.test>",
      "ana@[127.0.0.1]",
      "ana@localhost",
      `${"a".repeat(65)}@invited.test`,
      `ana@${"a.".repeat(130)}test`,
      "ana\r\nBcc: x@invited.test@invited.test",
      "Kana@invited.test".replace("K", "\u212A"),
      "ın@invited.test",
      "ﬁn@invited.test",
      "ａna@invited.test",
    ];
    for (const email of odd) await browser.post("/admin/users/new", { email }).expect(422);
    expect(await stepsOf(account.id)).toEqual([]);

    const member = await invite(browser, "  Some.Body@INVITED.test ");
    await runJobs();
    expect(member.email).toBe("some.body@invited.test");
    expect(mailTo("some.body@invited.test").headers.to).toContain("some.body@invited.test");
  });

  test("T17 a field that comes twice, or as a list or an object, is refused, and no mail goes", async () => {
    const { account, browser } = await admin("admin");
    const before = inbox.mails.length;
    const raw = (path: string, body: string, visitor = browser) =>
      visitor.agent
        .post(path)
        .set("Origin", "http://localhost:3000")
        .type("form")
        .send(`_account=${account.id}&${body}`);
    for (const path of ["/admin/users/new", "/admin/users/many"]) {
      const field = path.endsWith("new") ? "email" : "lines";
      for (const body of [`${field}=a@x.test&${field}=b@x.test`, `${field}[]=a@x.test`, `${field}[a]=b@x.test`])
        await raw(path, body).expect(400);
    }
    const member = await invite(browser);
    const link = await mailedLink(member.email);
    for (const body of ["email[]=a@x.test&email[]=b@x.test", "firstName=a&firstName=b", "password[x]=1"])
      await raw(`${link}/registration`, body, new Browser()).expect(400);
    await runJobs();
    expect(inbox.mails.length).toBe(before + 1);
  });
});

describe("the link in a mail to the inviter", () => {
  test("leads to the user, with an offer to switch for who works in another account; to strangers it is not there", async () => {
    const { browser, account, user } = await admin("admin");
    const other = await create.account({ name: "Elsewhere" });
    await create.member(other, user);
    const member = await invite(browser);
    inbox.bouncing.set(member.email, "5.1.1 Nobody");
    await runJobs();
    const link = linkIn(mailTo(user.email));
    const page = `/admin/users/${member.id}/account`;
    expect((await browser.get(link).expect(303)).headers.location).toBe(page);
    expect((await browser.get("/profile/notifications").expect(200)).text).toContain(link.split("?")[0]!);

    await browser.post(`/accounts/${other.id}/switch`).expect(303);
    expect((await browser.get(link).expect(200)).text).toContain(`Switch to ${account.name}`);
    const back = await browser.post(`/accounts/${account.id}/switch`, { next: page }).expect(303);
    expect(back.headers.location).toBe(page);
    await browser.get(page).expect(200);

    const stranger = await admin("owner");
    await stranger.browser.get(link).expect(404);
    await stranger.browser.get(`/accounts/nonsense/switch`).expect(404);
    await new Browser().get(link).expect(303);
  });
});

describe("the log", () => {
  test("T95 each step leaves one entry with who did it, in which account", async () => {
    const { browser, account, user } = await admin("admin");
    const guest = await create.user();
    const [answered, refused, revoked, late] = [
      await invite(browser, guest.email),
      await invite(browser, (await create.user({ email: "declines@invited.test" })).email),
      await invite(browser),
      await invite(browser),
    ];
    await browser.post(`/admin/users/${answered.id}/link`).expect(200);
    await pauseOver();
    await browser.post(`/admin/users/${answered.id}/resend`).expect(303);
    await (await browserOf(guest)).post(`/profile/invites/${answered.id}/acceptance`).expect(303);
    const [decliner] = await db.select().from(users).where(eq(users.email, refused.email));
    await (await browserOf(decliner!)).post(`/profile/invites/${refused.id}/decline`).expect(303);
    await browser.post(`/admin/users/${revoked.id}/revocation`).expect(303);
    await set(late, { expiresAt: ago("1 second") });
    await expireInvites();

    const rows = await db.select().from(events).where(eq(events.accountId, account.id)).orderBy(events.id);
    const told = (member: Member) =>
      rows.filter(({ subjectId }) => subjectId === member.id).map(({ name, actorId }) => `${name} ${actorId}`);
    expect(told(answered)).toEqual([
      `invite.drafted ${user.id}`,
      `invite.sent ${user.id}`,
      `invite.link_copied ${user.id}`,
      `invite.resent ${user.id}`,
      `invite.accepted ${guest.id}`,
    ]);
    expect(told(refused).at(-1)).toBe(`invite.declined ${decliner!.id}`);
    expect(told(revoked).at(-1)).toBe(`invite.revoked ${user.id}`);
    expect(told(late).at(-1)).toBe("invite.expired null");
    for (const { at, ip, subjectLabel } of rows)
      expect([at, subjectLabel].every(Boolean) && ip !== undefined).toBe(true);
  });

  test("T93 neither jobs nor mails keep the secret of a link", async () => {
    const { browser } = await admin("admin");
    const member = await invite(browser);
    inbox.mode = "defer";
    await runJobs();
    const jobs = JSON.stringify(await db.execute(sql`select * from graphile_worker._private_jobs`));
    const kept = JSON.stringify(await db.select().from(mails).where(eq(mails.kind, "invitation")));
    inbox.mode = "accept";
    await skipWaiting();
    const secret = (await mailedLink(member.email)).split("/").at(-1)!;
    expect(jobs + kept).not.toContain(secret);
    await postFrom(new Browser(), `/invitations/${secret}`, `/invitations/${secret}/registration`, profile);
    const after = JSON.stringify(await db.execute(sql`select * from graphile_worker._private_jobs`));
    expect(after).not.toContain(secret);
  });
});
