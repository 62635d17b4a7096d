import "./support/outbox.ts";
import { setTimeout } from "node:timers/promises";
import { and, eq, inArray, sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { hashOf } from "../src/access/secrets.ts";
import { db } from "../src/db/client.ts";
import { grants, instanceSettings, mailboxes, members, notifications, roles, tokens, users } from "../src/db/schema.ts";
import { findInvitation } from "../src/invitations/queries.ts";
import { admin, Browser, browserOf, owner } from "./support/browser.ts";
import { draft, invite, mailedLink, pauseOver, postFrom, profile, someone, stepsOf } from "./support/invites.ts";
import { linkIn, mailsTo, mailTo, runJobs } from "./support/outbox.ts";
import { create, grantsOf, type Member, reloadMember, type User } from "./support/world.ts";

/** An invitation to somebody registered, sent by an administrator who gave these rights. */
async function invitedUser(rights: Parameters<typeof create.grant>[1][] = [{ systemRole: "viewer" }]) {
  const inviter = await admin("admin");
  const user = await create.user();
  const member = await draft(inviter.browser, user.email);
  for (const right of rights) await give(member, right, inviter.user);
  await inviter.browser.post(`/admin/users/${member.id}/invitation`).expect(303);
  return { inviter, account: inviter.account, user, member };
}

async function give(
  member: Member,
  what: Parameters<typeof create.grant>[1],
  by: User,
  mailbox?: Parameters<typeof create.grant>[2],
) {
  const grant = await create.grant(member, what, mailbox);
  await db.update(grants).set({ grantedBy: by.id, source: "invitation" }).where(eq(grants.id, grant.id));
}

const userAt = async (email: string) => (await db.select().from(users).where(eq(users.email, email)))[0];

describe("somebody new opens a mailed link", () => {
  test("A24 A25 A26 A27 A28 registers with the fixed address and has account, mailbox and the offered rights at once", async () => {
    const inviter = await owner();
    const box = await create.mailbox(inviter.account);
    const member = await draft(inviter.browser, someone(), { firstName: "Ana", lastName: "Lind" });
    await give(member, { systemRole: "viewer" }, inviter.user);
    await give(member, { systemRole: "mailbox_editor" }, inviter.user, box);
    await inviter.browser.post(`/admin/users/${member.id}/invitation`).expect(303);
    const link = await mailedLink(member.email);

    const browser = new Browser();
    const form = await browser.get(link).expect(200);
    expect(form.text).toContain(`value="${member.email}"`);
    expect(form.text).toContain('value="Lind"');
    expect(form.text).toContain(box.name);
    const done = await postFrom(browser, link, `${link}/registration`, profile);
    expect(done.status).toBe(303);

    expect((await browser.get("/").expect(303)).headers.location).toBe("/admin/dashboard");
    expect((await browser.get("/admin/users").expect(200)).text).toContain(inviter.account.name);
    expect(await grantsOf(member.id)).toEqual([`mailbox_editor@${box.id}`, "viewer"].sort());
    const user = (await userAt(member.email))!;
    expect(await reloadMember(member.id)).toMatchObject({ status: "active", userId: user.id, firstName: "Ana" });
    const boxes = await db.select().from(mailboxes).where(eq(mailboxes.personalUserId, user.id));
    expect(boxes.length).toBe(1);
    expect(await stepsOf(inviter.account.id)).toContain("invite.accepted");
  });

  test("T2 the address, the account and the rights come from the invitation, whatever is posted", async () => {
    const { browser } = await admin("admin");
    const member = await invite(browser);
    const link = await mailedLink(member.email);
    const other = await create.account();
    const done = await postFrom(new Browser(), link, `${link}/registration`, {
      ...profile,
      email: "other@invited.test",
      accountId: other.id,
      account_id: other.id,
      roles: "owner",
      instanceAdmin: "true",
    });
    expect(done.status).toBe(303);
    expect(await userAt("other@invited.test")).toBeUndefined();
    expect(await userAt(member.email)).toMatchObject({ instanceAdmin: false });
    expect(await grantsOf(member.id)).toEqual([]);
    expect(await reloadMember(member.id)).toMatchObject({ accountId: member.accountId, status: "active" });
  });

  test("T1 twenty who press at once make one person and one membership; all others read that it is accepted", async () => {
    const { browser, account } = await admin("admin");
    const member = await invite(browser);
    const link = await mailedLink(member.email);
    const visitors = Array.from({ length: 20 }, () => new Browser());
    const answers = await Promise.all(visitors.map((visitor) => visitor.post(`${link}/registration`, profile)));
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(19).fill(200), 303]);
    for (const { status, text } of answers) if (status === 200) expect(text).toContain("This invitation is accepted");
    const accepted = (await stepsOf(account.id)).filter((name) => name === "invite.accepted");
    expect(accepted.length).toBe(1);
    const again = await new Browser().post(`${link}/registration`, profile).expect(200);
    expect(again.text).toContain("This invitation is accepted");
  });

  test("a bad form is shown again with what was typed, and the link stays good", async () => {
    const { browser } = await admin("admin");
    const member = await invite(browser);
    const link = await mailedLink(member.email);
    const page = await new Browser().post(`${link}/registration`, { ...profile, lastName: "Berg", password: "short" });
    expect(page.status).toBe(422);
    expect(page.text).toContain('value="Berg"');
    expect(page.text).not.toContain("short");
    expect(await userAt(member.email)).toBeUndefined();
    await new Browser().post(`${link}/registration`, profile).expect(303);
  });

  test("T9 reading a link five times with GET and HEAD changes nothing; then a person can use it", async () => {
    const { browser } = await admin("admin");
    const member = await invite(browser);
    const link = await mailedLink(member.email);
    for (let time = 0; time < 5; time++) {
      await new Browser().head(link).expect(200);
      await new Browser().get(link).expect(200);
      await new Browser().get(`${link}/registration`).expect(404);
    }
    expect(await reloadMember(member.id)).toMatchObject({ status: "invited", version: member.version });
    await new Browser().post(`${link}/registration`, profile).expect(303);
  });

  test("T20 opening or using somebody else's link never changes who is signed in", async () => {
    const { browser } = await admin("admin");
    const member = await invite(browser);
    const link = await mailedLink(member.email);
    const { user, account } = await admin("viewer");
    const signedIn = await browserOf(user, account);
    const page = await signedIn.get(link).expect(403);
    expect(page.text).toContain(user.email);
    await signedIn.post(`${link}/registration`, profile).expect(403);
    expect(await userAt(member.email)).toBeUndefined();
    expect((await signedIn.get("/profile/invites").expect(200)).text).toContain(user.email);
  });
});

describe("a link that is not open", () => {
  test("T4 only a hash of the link is stored; what is guessed is not found", async () => {
    const { browser } = await admin("admin");
    const member = await invite(browser);
    const secret = (await mailedLink(member.email)).split("/").at(-1)!;
    const dump =
      JSON.stringify(await db.select().from(tokens)) + JSON.stringify(await db.execute(sql`select * from mails`));
    expect(dump).not.toContain(secret);
    expect(Buffer.from(secret, "base64url").length * 8).toBeGreaterThanOrEqual(256);
    const bodies = new Set<string>();
    const guess = () => Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
    for (let time = 0; time < 50; time++) {
      bodies.add((await new Browser().get(`/invitations/${guess()}`).expect(404)).text);
    }
    await new Browser().get("/invitations/short").expect(404);
    expect(bodies.size).toBe(1);
    for (let hundred = 0; hundred < 5; hundred++) {
      const guesses = Array.from({ length: 100 }, () => findInvitation(guess()));
      expect((await Promise.all(guesses)).filter(Boolean)).toEqual([]);
    }
    // Ten thousand, by the one thing that a link is looked up by.
    const hashes = Array.from({ length: 10_000 }, () => hashOf(guess()));
    expect(await db.select().from(tokens).where(inArray(tokens.hash, hashes))).toEqual([]);
  }, 120_000);

  test("T5 expired, revoked, replaced, declined and used links each say so and open nothing", async () => {
    const { browser } = await admin("admin");
    const pages: Record<string, string> = {};
    const open = async (name: string, link: string, status = 409) => {
      pages[name] = (await new Browser().get(link).expect(status)).text;
      const posted = await new Browser().post(`${link}/registration`, profile).expect(status);
      expect(posted.headers.location).toBeUndefined();
    };

    const late = await invite(browser);
    const lateLink = await mailedLink(late.email);
    await db.update(members).set({ expiresAt: sql`now() - interval '1 second'` }).where(eq(members.id, late.id));
    await open("expired", lateLink);
    const lateToken = await invite(browser);
    const lateTokenLink = await mailedLink(lateToken.email);
    await db
      .update(tokens)
      .set({ expiresAt: sql`now() - interval '1 second'` })
      .where(eq(tokens.memberId, lateToken.id));
    await open("expired token", lateTokenLink);

    const taken = await invite(browser);
    const takenLink = await mailedLink(taken.email);
    await browser.post(`/admin/users/${taken.id}/revocation`).expect(303);
    await open("revoked", takenLink);

    const twice = await invite(browser);
    const firstLink = await mailedLink(twice.email);
    await pauseOver();
    await browser.post(`/admin/users/${twice.id}/resend`).expect(303);
    await open("replaced", firstLink);

    const used = await invite(browser);
    const usedLink = await mailedLink(used.email);
    const newcomer = new Browser();
    await newcomer.post(`${usedLink}/registration`, profile).expect(303);
    await open("used", usedLink, 200);
    const own = (await newcomer.get(usedLink).expect(200)).text;
    expect(own).toContain('href="/profile/invites">Open the Invites tab');
    expect(own).not.toContain("Sign in with");

    expect(pages.expired).toContain("This invitation has expired");
    expect(pages["expired token"]).toContain("This invitation has expired");
    expect(pages.revoked).toContain("This invitation was revoked");
    expect(pages.replaced).toContain("There is a newer invitation");
    expect(pages.used).toContain("This invitation is accepted");
    expect(pages.used).toContain(`href="/sign-in?email=${encodeURIComponent(used.email)}"`);
    for (const { email } of [late, lateToken, taken, twice]) expect(await userAt(email)).toBeUndefined();
  });
});

describe("somebody registered", () => {
  test("A19 A20 A21 A22 is led to the Invites tab, sees what is offered, accepts; the inviter is told by bell and mail", async () => {
    const { inviter, account, user, member } = await invitedUser();
    const link = await mailedLink(user.email);
    const browser = new Browser();
    const signIn = await browser.get(link).expect(303);
    expect(signIn.headers.location).toContain("/sign-in?next=%2Finvitations%2F");
    await browser.signIn(user.email);
    expect((await browser.get(link).expect(303)).headers.location).toBe("/profile/invites");

    const tab = await browser.get("/profile/invites").expect(200);
    expect(tab.text).toContain(account.name);
    expect(tab.text).toContain("Viewer");
    await browser.post(`/profile/invites/${member.id}/acceptance`).expect(303);
    expect(await grantsOf(member.id)).toEqual(["viewer"]);
    expect(await reloadMember(member.id)).toMatchObject({ status: "active", userId: user.id, lastName: user.lastName });

    await runJobs();
    const news = mailTo(inviter.user.email);
    expect(news.subject).toContain("accepted the invitation");
    expect(news.text).toContain(user.email);
    expect(news.text).toContain("Viewer");
    const bell = await db.select().from(notifications).where(eq(notifications.userId, inviter.user.id));
    expect(bell.map(({ kind }) => kind)).toEqual(["invite.accepted"]);
  });

  test("A23 declines; what was offered ends, the inviter is told", async () => {
    const { inviter, account, user, member } = await invitedUser();
    const browser = await browserOf(user);
    await browser.post(`/profile/invites/${member.id}/decline`).expect(303);
    await browser.post(`/profile/invites/${member.id}/decline`).expect(303);
    await browser.post(`/profile/invites/${member.id}/acceptance`).expect(409);
    expect(await reloadMember(member.id)).toMatchObject({ status: "declined" });
    expect(await grantsOf(member.id)).toEqual([]);
    await runJobs();
    expect(mailsTo(inviter.user.email).map(({ subject }) => subject)).toEqual([
      `${user.firstName === "" ? user.email : user.email} declined the invitation to ${account.name}`,
    ]);
    expect((await stepsOf(account.id)).filter((name) => name === "invite.declined").length).toBe(1);
  });

  test("T1 T10 pressing accept twenty times joins once, and every press reads as success", async () => {
    const { account, user, member } = await invitedUser();
    const browser = await browserOf(user);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => browser.post(`/profile/invites/${member.id}/acceptance`)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([303]));
    expect((await stepsOf(account.id)).filter((name) => name === "invite.accepted").length).toBe(1);
  });

  test("T10 a scanner that posts without a session accepts nothing", async () => {
    const { user, member } = await invitedUser();
    const link = await mailedLink(user.email);
    await new Browser().post(`${link}/registration`, profile).expect(303);
    await new Browser().post(`/profile/invites/${member.id}/acceptance`).expect(303);
    expect((await reloadMember(member.id)).status).toBe("invited");
  });

  test("T3 somebody else who is signed in reads whom it is for, may switch, and changes nothing", async () => {
    const { user, member } = await invitedUser();
    const link = await mailedLink(user.email);
    const stranger = await admin("owner");
    const page = await stranger.browser.get(link).expect(403);
    expect(page.text).toContain(user.email);
    expect(page.text).toContain(stranger.user.email);
    await stranger.browser.post(`/profile/invites/${member.id}/acceptance`).expect(404);
    await stranger.browser.post(`/profile/invites/${member.id}/decline`).expect(404);
    expect((await reloadMember(member.id)).status).toBe("invited");

    const csrf = page.text.match(/name="_csrf" value="([^"]+)"/)![1]!;
    const out = await stranger.browser.post("/sign-out", { _csrf: csrf, next: link }).expect(303);
    expect(out.headers.location).toBe(link);
  });

  test("T8 a reset of the password never accepts an invitation", async () => {
    const { user, member } = await invitedUser();
    await new Browser().post("/forgot", { email: user.email });
    await runJobs();
    const reset = linkIn(mailsTo(user.email).find(({ text }) => text.includes("/reset/"))!);
    const secret = "another long pass phrase";
    expect((await postFrom(new Browser(), reset, reset, { password: secret })).status).toBe(303);
    await new Browser().signIn(user.email, secret);
    expect((await reloadMember(member.id)).status).toBe("invited");
  });

  test("D4 who registered on the plain page while invited finds it on the tab, still to be answered", async () => {
    const { browser } = await admin("admin");
    const member = await invite(browser);
    const visitor = new Browser();
    await visitor.post("/register", { email: member.email }).expect(200);
    await runJobs();
    const link = linkIn(mailsTo(member.email).find(({ text }) => text.includes("/register/"))!);
    expect((await postFrom(visitor, link, link, profile)).status).toBe(303);
    expect((await reloadMember(member.id)).status).toBe("invited");
    await visitor.post(`/profile/invites/${member.id}/acceptance`).expect(303);
    expect((await reloadMember(member.id)).status).toBe("active");
  });
});

describe("at the moment of accepting", () => {
  test("T6 what the inviter could not give any more ends; inviter and owners are told", async () => {
    const { inviter, account, user, member } = await invitedUser([
      { systemRole: "admin" },
      { permission: "users.view" },
    ]);
    const boss = await create.colleague(account, ["owner"]);
    await db.update(grants).set({ endedAt: sql`now()` }).where(eq(grants.memberId, inviter.member.id));
    await create.grant(inviter.member, { systemRole: "viewer" });

    await (await browserOf(user)).post(`/profile/invites/${member.id}/acceptance`).expect(303);
    expect(await grantsOf(member.id)).toEqual(["users.view"]);
    await runJobs();
    for (const told of [inviter.user, boss.user]) {
      expect(mailTo(told.email).text).toContain("Admin: the inviter may not give it any more");
    }
  });

  test("T6 an inviter who is not in the account any more vouches for nothing", async () => {
    const { inviter, user, member } = await invitedUser();
    await db.update(members).set({ status: "removed" }).where(eq(members.id, inviter.member.id));
    await (await browserOf(user)).post(`/profile/invites/${member.id}/acceptance`).expect(303);
    expect(await reloadMember(member.id)).toMatchObject({ status: "active" });
    expect(await grantsOf(member.id)).toEqual([]);
  });

  test("T7 a role that was deleted meanwhile is skipped and reported", async () => {
    const inviter = await admin("admin");
    const role = await create.role(inviter.account, "account", "Press desk", ["users.view"]);
    const user = await create.user();
    const member = await draft(inviter.browser, user.email);
    await give(member, { role }, inviter.user);
    await give(member, { systemRole: "viewer" }, inviter.user);
    await inviter.browser.post(`/admin/users/${member.id}/invitation`).expect(303);
    await db.update(roles).set({ endedAt: sql`now()` }).where(eq(roles.id, role.id));

    const browser = await browserOf(user);
    expect((await browser.get("/profile/invites").expect(200)).text).not.toContain("Press desk");
    await browser.post(`/profile/invites/${member.id}/acceptance`).expect(303);
    expect(await grantsOf(member.id)).toEqual(["viewer"]);
    await runJobs();
    expect(mailTo(inviter.user.email).text).toContain("Press desk: the role was deleted");
  });

  test("T14 the answer is told once, to the inviter alone; to the owners when the inviter is gone", async () => {
    const { inviter, account, user, member } = await invitedUser();
    const boss = await create.colleague(account, ["owner"]);
    await (await browserOf(user)).post(`/profile/invites/${member.id}/acceptance`).expect(303);
    const [mail] = await db.execute<{ id: string }>(
      sql`select id from mails where kind = 'invite_accepted' and subject_id = ${member.id}`,
    );
    for (const time of [1, 2, 3]) {
      await runJobs();
      const job = sql`json_build_object('v', 1, 'mailId', ${mail!.id}::text)`;
      await db.execute(sql`select graphile_worker.add_job('send_mail', ${job}, max_attempts := ${time}::int)`);
    }
    await runJobs();
    expect(mailsTo(inviter.user.email).length).toBe(1);
    expect(mailsTo(boss.user.email)).toEqual([]);

    const second = await invitedUser();
    const heir = await create.colleague(second.account, ["owner"]);
    await db.update(users).set({ disabledAt: sql`now()` }).where(eq(users.id, second.inviter.user.id));
    await (await browserOf(second.user)).post(`/profile/invites/${second.member.id}/decline`).expect(303);
    await runJobs();
    expect(mailsTo(heir.user.email).length).toBe(1);
    expect(mailsTo(second.inviter.user.email)).toEqual([]);
  });
});

describe("a copied link", () => {
  test("X7 never proves the address: registering through it mails a proof first, then grants at once", async () => {
    const inviter = await admin("admin");
    const member = await draft(inviter.browser);
    await give(member, { systemRole: "viewer" }, inviter.user);
    await inviter.browser.post(`/admin/users/${member.id}/invitation`).expect(303);
    const shown = await inviter.browser.post(`/admin/users/${member.id}/link`).expect(200);
    const link = shown.text.match(/\/invitations\/[\w-]{43}/)![0];

    const visitor = new Browser();
    await visitor.post(`${link}/registration`, profile).expect(404);
    expect((await postFrom(visitor, link, `${link}/proof`)).status).toBe(200);
    expect((await reloadMember(member.id)).status).toBe("invited");
    expect(await userAt(member.email)).toBeUndefined();

    await runJobs();
    const proof = mailsTo(member.email).find(({ text }) => text.includes("/register/"))!;
    const path = proof.text.match(/http:\/\/localhost:3000(\/register\/\S+)/)![1]!;
    expect((await postFrom(visitor, path, path, profile)).status).toBe(303);
    expect((await reloadMember(member.id)).status).toBe("active");
    expect(await grantsOf(member.id)).toEqual(["viewer"]);
  });

  test("T5 does not open an instance that takes people by invitation only once the invitation is revoked", async () => {
    const inviter = await admin("admin");
    const member = await invite(inviter.browser);
    const shown = await inviter.browser.post(`/admin/users/${member.id}/link`).expect(200);
    const link = shown.text.match(/\/invitations\/[\w-]{43}/)![0];
    const visitor = new Browser();
    await db.update(instanceSettings).set({ registrationOpen: false });
    try {
      await postFrom(visitor, link, `${link}/proof`);
      await runJobs();
      const proof = mailsTo(member.email).find(({ text }) => text.includes("/register/"))!;
      await inviter.browser.post(`/admin/users/${member.id}/revocation`).expect(303);
      const path = linkIn(proof);
      expect((await postFrom(visitor, path, path, profile)).status).toBe(403);
      expect(await userAt(member.email)).toBeUndefined();
    } finally {
      await db.update(instanceSettings).set({ registrationOpen: true });
    }
  });

  test("T42 is not held up by strangers who ask to register its address where registration is closed", async () => {
    const inviter = await admin("admin");
    const member = await invite(inviter.browser);
    const shown = await inviter.browser.post(`/admin/users/${member.id}/link`).expect(200);
    const link = shown.text.match(/\/invitations\/[\w-]{43}/)![0];
    await db.update(instanceSettings).set({ registrationOpen: false });
    try {
      for (let n = 0; n < 4; n++) await new Browser().post("/register", { email: member.email }).expect(403);
      expect((await postFrom(new Browser(), link, `${link}/proof`)).status).toBe(200);
    } finally {
      await db.update(instanceSettings).set({ registrationOpen: true });
    }
  });

  test("T12 says the same to whoever holds it, whether the address is registered or not", async () => {
    const inviter = await admin("admin");
    const [known, unknown] = [(await create.user()).email, someone()];
    const open = async (email: string) => {
      const member = await invite(inviter.browser, email);
      const shown = await inviter.browser.post(`/admin/users/${member.id}/link`).expect(200);
      const link = shown.text.match(/\/invitations\/[\w-]{43}/)![0];
      const visitor = new Browser();
      const [opened, sent] = [await visitor.get(link), await postFrom(visitor, link, `${link}/proof`)];
      const blur = ({ status, text }: typeof opened) =>
        `${status} ${text.replaceAll(email, "…").replaceAll(encodeURIComponent(email), "…")}`
          .replaceAll(link, "…")
          .replaceAll(/name="_csrf" value="[^"]+"/g, "…");
      return [blur(opened), blur(sent)];
    };
    expect(await open(known)).toEqual(await open(unknown));

    await runJobs();
    expect(mailsTo(known).map(({ subject }) => subject)).toContain("You are registered already");
  });
});

describe("leaving an account", () => {
  test("ends all rights there after a confirmation, and pressing again is success", async () => {
    const account = await create.account();
    await create.colleague(account, ["owner"]);
    const { user, member } = await create.colleague(account, ["viewer"]);
    const browser = await browserOf(user);
    expect((await browser.get(`/profile/invites/${member.id}/leaving`).expect(200)).text).toContain(account.name);
    const sheet = await browser.get(`/profile/invites/${member.id}/leaving`).set("HX-Request", "true").expect(200);
    expect(sheet.text).toContain(`Leave ${account.name}?`);
    expect(sheet.text).not.toContain("<h1>");
    await browser.post(`/profile/invites/${member.id}/leaving`).expect(303);
    await browser.post(`/profile/invites/${member.id}/leaving`).expect(303);
    expect(await reloadMember(member.id)).toMatchObject({ status: "removed" });
    expect(await grantsOf(member.id)).toEqual([]);
    expect(await stepsOf(account.id)).toContain("member.left");
  });

  test("T55 D9 the last owner cannot leave; of two who leave at once one stays", async () => {
    const { browser, member } = await owner();
    await browser.post(`/profile/invites/${member.id}/leaving`).expect(409);

    const account = await create.account();
    const two = [await create.colleague(account, ["owner"]), await create.colleague(account, ["owner"])];
    const browsers = await Promise.all(two.map(({ user }) => browserOf(user)));
    const answers = await Promise.all(
      browsers.map((each, at) => each.post(`/profile/invites/${two[at]!.member.id}/leaving`)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 409]);
    const left = await db
      .select()
      .from(members)
      .where(
        and(
          inArray(
            members.id,
            two.map(({ member: each }) => each.id),
          ),
          eq(members.status, "active"),
        ),
      );
    expect(left.length).toBe(1);
  });

  test("T55 while an administrator acts on the same place, one waits for the other and neither breaks off", async () => {
    const { account, browser } = await owner();
    const { user, member } = await create.colleague(account, ["owner"]);
    const theirs = await browserOf(user);
    const begun: Promise<{ status: number }>[] = [];
    await db.transaction(async (tx) => {
      await tx.select().from(members).where(eq(members.id, member.id)).for("update");
      begun.push(browser.post(`/admin/users/${member.id}/removal`).then((answer) => answer));
      await setTimeout(300);
      begun.push(theirs.post(`/profile/invites/${member.id}/leaving`).then((answer) => answer));
      await setTimeout(300);
    });
    expect((await Promise.all(begun)).map(({ status }) => status)).toEqual([303, 303]);
    expect((await stepsOf(account.id)).filter((name) => /removed|left/.test(name))).toEqual(["member.removed"]);
  });

  test("is not offered for one's own personal account", async () => {
    const account = await create.account({ kind: "personal" });
    const { user, member } = await create.colleague(account, ["owner"]);
    const shared = await create.member(await create.account(), user);
    const tab = (await (await browserOf(user)).get("/profile/invites").expect(200)).text;
    expect(tab).toContain(`/profile/invites/${shared.id}/leaving`);
    expect(tab).not.toContain(`/profile/invites/${member.id}/leaving`);
  });

  test("is not offered where it would be refused: to corporate users, and to the last owner of an account", async () => {
    const { account, browser, member } = await owner();
    const sheet = (await browser.get(`/profile/invites/${member.id}/leaving`).expect(200)).text;
    expect(sheet).toContain("This is the last owner of the account.");
    expect(sheet).not.toContain(`Leave ${account.name}</button>`);
    const { user, member: theirs } = await create.colleague(account, ["owner"]);
    expect((await browser.get(`/profile/invites/${member.id}/leaving`)).text).toContain(
      `Leave ${account.name}</button>`,
    );

    await db.update(members).set({ corporate: true }).where(eq(members.id, theirs.id));
    const managed = await browserOf(user);
    const at = `/profile/invites/${theirs.id}/leaving`;
    expect((await managed.get("/profile/invites").expect(200)).text).not.toContain(at);
    expect((await managed.get(at).expect(200)).text).toContain("Your company manages your profile");
    await managed.post(at).expect(409);
  });

  test("somebody else's place is not found", async () => {
    const account = await create.account();
    const { member } = await create.colleague(account, ["viewer"]);
    const { browser } = await admin("viewer");
    await browser.get(`/profile/invites/${member.id}/leaving`).expect(404);
    await browser.post(`/profile/invites/${member.id}/leaving`).expect(404);
    await browser.post("/profile/invites/nonsense/leaving").expect(404);
  });
});
