import "./support/outbox.ts";
import { and, eq, isNotNull, isNull, sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { loadVisitor } from "../src/access/load-actor.ts";
import { config } from "../src/config.ts";
import { db } from "../src/db/client.ts";
import { grants, mailboxes, mailboxUsage } from "../src/db/schema.ts";
import { admin, browserOf, owner } from "./support/browser.ts";
import { inbox, mailsTo, runJobs } from "./support/outbox.ts";
import { type Account, create, eventsOf, grantsOf, type Mailbox, type Member } from "./support/world.ts";

const reload = async (mailbox: Mailbox) => (await db.select().from(mailboxes).where(eq(mailboxes.id, mailbox.id)))[0]!;
const ours = async (accountId: string) =>
  (await eventsOf(accountId)).filter((name) => /^(mailbox|member)\./.test(name));
const currentGrant = async (member: Member) =>
  (
    await db
      .select()
      .from(grants)
      .where(and(eq(grants.memberId, member.id), isNull(grants.endedAt)))
  )[0]!;

/** Somebody who holds a mailbox role on one mailbox and nothing else. */
async function holder(account: Account, mailbox: Mailbox, systemRole: "mailbox_owner" | "mailbox_reader") {
  const { user, member } = await create.colleague(account);
  await create.grant(member, { systemRole }, mailbox);
  return { user, member, browser: await browserOf(user, account) };
}

describe("the list of mailboxes", () => {
  test("M9 shows a viewer the mailboxes in use, without controls", async () => {
    const { account, browser } = await admin("viewer");
    const support = await create.mailbox(account, { name: "Support" });
    await create.mailbox(account, { name: "Old desk", archivedAt: new Date() });
    await holder(account, support, "mailbox_reader");
    const page = await browser.get("/admin/mailboxes").expect(200);
    expect(page.text).toContain("Support");
    expect(page.text).toContain("1 user");
    expect(page.text).not.toContain("Old desk");
    expect(page.text).not.toContain("New mailbox");
    expect((await browser.get("/admin/mailboxes?show=archived")).text).toContain("Old desk");
  });

  test("is refused to those who hold one mailbox only, and shows no neighbour’s", async () => {
    const neighbour = await owner();
    await create.mailbox(neighbour.account, { name: "Neighbours only" });
    const { account, browser } = await owner();
    const one = await holder(account, await create.mailbox(account), "mailbox_owner");
    await one.browser.get("/admin/mailboxes").expect(403);
    expect((await browser.get("/admin/mailboxes?show=all")).text).not.toContain("Neighbours only");
  });

  test("T62 searches by text, not by pattern; T61 what is no filter narrows nothing", async () => {
    const { account, browser } = await owner();
    await create.mailbox(account, { name: "100%_sure" });
    await create.mailbox(account, { name: "1000 sure" });
    const found = await browser.get(`/admin/mailboxes?q=${encodeURIComponent("%_")}`).expect(200);
    expect(found.text).toContain("100%_sure");
    expect(found.text).not.toContain("1000 sure");
    for (const query of ["show=__proto__", "place=next:x", `place=next:${crypto.randomUUID()}`, "place=a&place=b"]) {
      expect((await browser.get(`/admin/mailboxes?${query}`).expect(200)).text).toContain("1000 sure");
    }
  });

  test("pages by key, there and back", async () => {
    const { account, browser } = await owner();
    await Promise.all(
      Array.from({ length: 110 }, (_, n) => create.mailbox(account, { name: `Box ${String(n).padStart(3, "0")}` })),
    );
    const names = (html: string) => [...html.matchAll(/>(Box \d+)<\/a>/g)].map(([, name]) => name);
    const link = (html: string, rel: string) =>
      html.match(new RegExp(`rel="${rel}" href="([^"]+)"`))?.[1]?.replaceAll("&amp;", "&");
    const first = await browser.get("/admin/mailboxes");
    const second = await browser.get(link(first.text, "next")!);
    const third = await browser.get(link(second.text, "next")!);
    expect([first, second, third].flatMap((page) => names(page.text))).toHaveLength(110);
    expect(names(third.text).at(-1)).toBe("Box 109");
    expect(link(third.text, "next")).toBeUndefined();
    expect(names((await browser.get(link(third.text, "prev")!)).text)).toEqual(names(second.text));
    expect(link(first.text, "prev")).toBeUndefined();
  });
});

describe("creating a mailbox", () => {
  test("M13 makes a native one in the mail domain, with one event", async () => {
    const { account, browser } = await admin("mailboxes.add", "mailboxes.view");
    const answer = await browser.post("/admin/mailboxes", { name: "Press", local: "Press.Desk" }).expect(303);
    const [made] = await db.select().from(mailboxes).where(eq(mailboxes.accountId, account.id));
    expect(made).toMatchObject({ name: "Press", kind: "native", address: "press.desk@muster.test" });
    expect(answer.headers.location).toBe(`/admin/mailboxes/${made!.id}`);
    expect(await ours(account.id)).toEqual(["mailbox.created"]);
  });

  test.each([
    ["", "Enter the part of the address"],
    ["a b", "Letters, digits"],
    ["x@evil.test", "Letters, digits"],
    ["ｆull", "Letters, digits"],
    ["postmaster", "speaks for the whole domain"],
    ["taken", "is taken already"],
  ])("refuses the address %j and keeps what was typed", async (local, message) => {
    const neighbour = await create.account();
    await db
      .insert(mailboxes)
      .values({ accountId: neighbour.id, name: "Theirs", address: "taken@muster.test" })
      .onConflictDoNothing();
    const { account, browser } = await owner();
    const page = await browser.post("/admin/mailboxes", { name: "My Press", local }).expect(422);
    expect(page.text).toContain(message);
    expect(page.text).toContain("My Press");
    expect(await ours(account.id)).toEqual([]);
  });

  test("T29 takes no address that somebody else signs in with or is invited at: their links would come in here", async () => {
    await create.user({ email: "sign-in@muster.test" });
    await create.member(await create.account(), null, { email: "awaited@muster.test" });
    const { account, browser } = await owner();
    for (const local of ["sign-in", "awaited"]) {
      const page = await browser.post("/admin/mailboxes", { name: "Mine", local }).expect(422);
      expect(page.text).toContain("is taken already");
    }
    expect(await ours(account.id)).toEqual([]);
  });

  test("T29 of many who take the same address at once one gets it, and the others are told beside the field", async () => {
    const { browser } = await owner();
    const other = await owner();
    const answers = await Promise.all(
      [browser, other.browser, browser, other.browser].map((each) =>
        each.post("/admin/mailboxes", { name: "Ours", local: "one-of-many" }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 422, 422, 422]);
    for (const refused of answers.filter(({ status }) => status === 422)) {
      expect(refused.text).toContain("is taken already");
    }
  });

  test("is refused without the permission", async () => {
    const { browser } = await admin("viewer");
    await browser.get("/admin/mailboxes/new").expect(403);
    await browser.post("/admin/mailboxes", { name: "Press", local: "press" }).expect(403);
  });

  test("T57 unknown fields are dropped", async () => {
    const { account, user, browser } = await owner();
    const more = { id: crypto.randomUUID(), kind: "imap", address: "a@b.test", personalUserId: user.id, version: "7" };
    await browser.post("/admin/mailboxes", { name: "Press", local: "press57", ...more }).expect(303);
    const [made] = await db.select().from(mailboxes).where(eq(mailboxes.accountId, account.id));
    expect(made).toMatchObject({ kind: "native", address: "press57@muster.test", personalUserId: null, version: 1 });
  });
});

describe("renaming, archiving, restoring", () => {
  test("rename changes the name, with one event", async () => {
    const { account, browser } = await owner();
    const mailbox = await create.mailbox(account, { name: "Press" });
    await browser.post(`/admin/mailboxes/${mailbox.id}`, { name: "Press desk", version: "1" }).expect(303);
    expect(await reload(mailbox)).toMatchObject({ name: "Press desk", version: 2 });
    expect(await ours(account.id)).toEqual(["mailbox.renamed"]);
  });

  test("M13 the space of a native mailbox is changed by who edits mailboxes, by nobody else, with one event", async () => {
    const { account, browser } = await owner();
    const mailbox = await create.mailbox(account, { name: "Press", quotaMegabytes: 500 });
    const path = `/admin/mailboxes/${mailbox.id}`;
    expect((await browser.get(path)).text).toContain("up to 500 MB");
    await browser.post(`${path}/quota`, { quotaMegabytes: "2000", version: "1" }).expect(303);
    expect(await reload(mailbox)).toMatchObject({ name: "Press", quotaMegabytes: 2000, version: 2 });
    expect(await ours(account.id)).toEqual(["mailbox.settings_changed"]);

    const typed = await browser.post(`${path}/quota`, { quotaMegabytes: "much", version: "2" }).expect(422);
    expect(typed.text).toContain("A whole number of megabytes");
    const late = await browser.post(`${path}/quota`, { quotaMegabytes: "9", version: "1" }).expect(409);
    expect(late.text).toContain("It may hold 2000 MB now; you entered “9”.");
    expect(await reload(mailbox)).toMatchObject({ quotaMegabytes: 2000, version: 2 });
    await browser.post(`${path}/quota`, { quotaMegabytes: "", version: "2" }).expect(303);
    expect(await reload(mailbox)).toMatchObject({ quotaMegabytes: null, version: 3 });

    const keeper = await holder(account, mailbox, "mailbox_owner");
    expect((await keeper.browser.get(path)).text).not.toContain(`${path}/quota`);
    await keeper.browser.post(`${path}/quota`, { quotaMegabytes: "1", version: "3" }).expect(403);
    await (await owner()).browser.post(`${path}/quota`, { quotaMegabytes: "1", version: "3" }).expect(404);
    expect(await reload(mailbox)).toMatchObject({ quotaMegabytes: null, version: 3 });
  });

  test("M11 another quota has the mailbox measured anew where the console may; another name, or no mail server, does not", async () => {
    const { account, browser } = await owner();
    const [box, archived] = [await create.mailbox(account), await create.mailbox(account, { archivedAt: new Date() })];
    const asked = ({ id }: Mailbox) =>
      db.$count(mailboxUsage, and(eq(mailboxUsage.mailboxId, id), isNotNull(mailboxUsage.askedAt)));
    const ordered = async ({ id }: Mailbox) =>
      (await db.execute(sql`select 1 from graphile_worker.jobs where key = ${`measure_mailbox:${id}`}`)).length;
    const path = (each: Mailbox) => `/admin/mailboxes/${each.id}`;
    await browser.post(`${path(box)}/quota`, { quotaMegabytes: "20", version: "1" }).expect(303);
    expect([await asked(box), await ordered(box)]).toEqual([0, 0]);
    config.MAIL_SERVER_IMAP = "imaps://console:secret@127.0.0.1:1";
    await browser.post(path(box), { name: "Another name", version: "2" }).expect(303);
    await browser.post(`${path(box)}/quota`, { quotaMegabytes: "20", version: "3" }).expect(303);
    expect([await asked(box), await ordered(box)]).toEqual([0, 0]);
    await browser.post(`${path(box)}/quota`, { quotaMegabytes: "30", version: "3" }).expect(303);
    await browser.post(`${path(archived)}/quota`, { quotaMegabytes: "30", version: "1" }).expect(303);
    config.MAIL_SERVER_IMAP = "";
    expect([await asked(box), await ordered(box), await asked(archived)]).toEqual([1, 1, 0]);
    expect((await browser.get(path(box)).expect(200)).text).toContain("Being measured");
  });

  test("M13 how much a mailbox elsewhere may hold is not set here", async () => {
    const { account, browser } = await owner();
    const far = await create.mailbox(account, { kind: "imap", address: "far@elsewhere.test" });
    expect((await browser.get(`/admin/mailboxes/${far.id}`)).text).not.toContain("/quota");
    const refused = await browser.post(`/admin/mailboxes/${far.id}/quota`, { quotaMegabytes: "1", version: "1" });
    expect(refused.status).toBe(422);
    expect(await reload(far)).toMatchObject({ quotaMegabytes: null, version: 1 });
  });

  test("who manages one mailbox renames that one only", async () => {
    const { account } = await owner();
    const [mine, other] = [await create.mailbox(account), await create.mailbox(account)];
    const { browser } = await holder(account, mine, "mailbox_owner");
    await browser.post(`/admin/mailboxes/${mine.id}`, { name: "Mine", version: "1" }).expect(303);
    await browser.post(`/admin/mailboxes/${other.id}`, { name: "Mine too", version: "1" }).expect(403);
    await browser.get(`/admin/mailboxes/${other.id}`).expect(403);
    await browser.get(`/admin/mailboxes/${mine.id}/archive`).expect(403);
    await browser.post(`/admin/mailboxes/${mine.id}/archive`, { version: "2" }).expect(403);
  });

  test("T56 the second of two who rename sees both names", async () => {
    const { account, browser } = await owner();
    const mailbox = await create.mailbox(account, { name: "Press" });
    await browser.post(`/admin/mailboxes/${mailbox.id}`, { name: "First", version: "1" }).expect(303);
    const page = await browser.post(`/admin/mailboxes/${mailbox.id}`, { name: "Second", version: "1" }).expect(409);
    expect(page.text).toContain("It is called “First” now; you entered “Second”.");
    expect((await reload(mailbox)).name).toBe("First");
    await browser.post(`/admin/mailboxes/${mailbox.id}`, { name: "Second", version: "2" }).expect(303);
    await browser.post(`/admin/mailboxes/${mailbox.id}/archive`, { version: "1" }).expect(409);
    expect((await reload(mailbox)).archivedAt).toBeNull();
  });

  test("an archived mailbox gives nothing until it is restored; the page says first who loses it", async () => {
    const { account, browser } = await owner();
    const mailbox = await create.mailbox(account);
    const { user, member } = await holder(account, mailbox, "mailbox_reader");
    const held = async () => (await loadVisitor(user.id, account.id))!.mailboxPermissions.size;
    expect((await browser.get(`/admin/mailboxes/${mailbox.id}/archive`).expect(200)).text).toContain("1 user loses");

    await browser.post(`/admin/mailboxes/${mailbox.id}/archive`, { version: "1" }).expect(303);
    expect(await held()).toBe(0);
    expect(await grantsOf(member.id)).toHaveLength(1);
    await browser.post(`/admin/mailboxes/${mailbox.id}/archive`, { version: "2" }).expect(409);

    await browser.post(`/admin/mailboxes/${mailbox.id}/restoration`).expect(303);
    expect(await held()).toBe(1);
    await browser.post(`/admin/mailboxes/${mailbox.id}/restoration`).expect(409);
    expect(await ours(account.id)).toEqual(["mailbox.archived", "mailbox.restored"]);
  });

  test("are refused without the permission, and of a neighbour not found", async () => {
    const { account } = await owner();
    const mailbox = await create.mailbox(account);
    const viewer = await create.colleague(account, ["viewer"]);
    const stranger = await owner();
    for (const [browser, status] of [
      [await browserOf(viewer.user, account), 403],
      [stranger.browser, 404],
    ] as const) {
      for (const door of ["", "/archive", "/restoration"]) {
        await browser.post(`/admin/mailboxes/${mailbox.id}${door}`, { name: "Mine", version: "1" }).expect(status);
      }
    }
    await stranger.browser.get(`/admin/mailboxes/${mailbox.id}`).expect(404);
    expect(await reload(mailbox)).toMatchObject({ version: 1, archivedAt: null });
  });
});

describe("access to one mailbox", () => {
  test("whoever may give access gives it; the person is told, and one event is written", async () => {
    const { account } = await owner();
    const mailbox = await create.mailbox(account, { name: "Press" });
    const { browser } = await holder(account, mailbox, "mailbox_owner");
    const { user, member } = await create.colleague(account);
    await browser
      .post(`/admin/mailboxes/${mailbox.id}/grants`, { email: user.email.toUpperCase(), role: "mailbox_editor" })
      .expect(303);
    expect(await grantsOf(member.id)).toEqual([`mailbox_editor@${mailbox.id}`]);
    expect(await ours(account.id)).toEqual(["member.rights_changed"]);
    await runJobs();
    expect(mailsTo(user.email)).toHaveLength(1);
    expect(inbox.mails[0]!.text).toContain("Press");
    expect((await browser.get(`/admin/mailboxes/${mailbox.id}`).expect(200)).text).toContain(user.email);
  });

  test("ending it ends that grant, once", async () => {
    const { account, browser } = await owner();
    const mailbox = await create.mailbox(account);
    const { member } = await holder(account, mailbox, "mailbox_reader");
    const grant = await currentGrant(member);
    await browser.post(`/admin/mailboxes/${mailbox.id}/grants/${grant.id}/ending`).expect(303);
    expect(await grantsOf(member.id)).toEqual([]);
    await browser.post(`/admin/mailboxes/${mailbox.id}/grants/${grant.id}/ending`).expect(409);
    expect(await ours(account.id)).toEqual(["member.rights_changed"]);
  });

  test("refuses who is not here, the same role twice, and an account role", async () => {
    const { account, browser } = await owner();
    const neighbour = await owner();
    const mailbox = await create.mailbox(account);
    const { user, member } = await create.colleague(account);
    const give = (email: string, role: string) =>
      browser.post(`/admin/mailboxes/${mailbox.id}/grants`, { email, role });
    await give(neighbour.user.email, "mailbox_reader").expect(422);
    await give("not an address", "mailbox_reader").expect(422);
    await give(user.email, "no such role").expect(422);
    await give(user.email, "viewer").expect(409);
    await give(user.email, crypto.randomUUID()).expect(404);
    await give(user.email, "mailbox_reader").expect(303);
    await give(user.email, "mailbox_reader").expect(422);
    expect(await grantsOf(member.id)).toEqual([`mailbox_reader@${mailbox.id}`]);
  });

  test("T50 a neighbour’s role, mailbox and grant are not found", async () => {
    const neighbour = await owner();
    const theirs = await create.mailbox(neighbour.account);
    const role = await create.role(neighbour.account, "mailbox", "Theirs", ["messages.read"]);
    const { member } = await holder(neighbour.account, theirs, "mailbox_reader");
    const grant = await currentGrant(member);
    const { account, user, browser } = await owner();
    const mine = await create.mailbox(account);
    const fields = { email: user.email, role: role.id };
    await browser.post(`/admin/mailboxes/${mine.id}/grants`, fields).expect(404);
    await browser.post(`/admin/mailboxes/${theirs.id}/grants`, { ...fields, role: "mailbox_reader" }).expect(404);
    await browser.post(`/admin/mailboxes/${mine.id}/grants/${grant.id}/ending`).expect(404);
    await browser.post(`/admin/mailboxes/${theirs.id}/grants/${grant.id}/ending`).expect(404);
    expect(await grantsOf(member.id)).toHaveLength(1);
  });

  test("T51 T52 nobody gives or ends what they do not hold on that mailbox", async () => {
    const { account } = await owner();
    const [mine, other] = [await create.mailbox(account), await create.mailbox(account)];
    const { user, member } = await create.colleague(account);
    await create.grant(member, { permission: "members.grant" }, mine);
    await create.grant(member, { permission: "messages.read" }, mine);
    const browser = await browserOf(user, account);
    const strong = await holder(account, mine, "mailbox_owner");
    const target = await create.colleague(account);
    const give = (mailbox: Mailbox, role: string) =>
      browser.post(`/admin/mailboxes/${mailbox.id}/grants`, { email: target.user.email, role });
    await give(mine, "mailbox_editor").expect(403);
    await give(other, "mailbox_reader").expect(403);
    const grant = await currentGrant(strong.member);
    await browser.post(`/admin/mailboxes/${mine.id}/grants/${grant.id}/ending`).expect(403);
    expect(await grantsOf(target.member.id)).toEqual([]);
    await give(mine, "mailbox_reader").expect(303);
    expect(await grantsOf(strong.member.id)).toHaveLength(1);
  });

  test("T54 whoever edits users, but does not share this mailbox, changes nothing of a stronger user", async () => {
    const { account, user } = await owner();
    const mailbox = await create.mailbox(account);
    const { browser } = await (async () => {
      const found = await create.colleague(account, ["users.edit", "messages.read"]);
      return { browser: await browserOf(found.user, account) };
    })();
    await browser
      .post(`/admin/mailboxes/${mailbox.id}/grants`, { email: user.email, role: "mailbox_reader" })
      .expect(403);
  });

  test("a reader sees no page of the mailbox, and gives nothing", async () => {
    const { account, user } = await owner();
    const mailbox = await create.mailbox(account);
    const { browser } = await holder(account, mailbox, "mailbox_reader");
    await browser.get(`/admin/mailboxes/${mailbox.id}`).expect(403);
    await browser
      .post(`/admin/mailboxes/${mailbox.id}/grants`, { email: user.email, role: "mailbox_reader" })
      .expect(403);
  });

  test("nothing is given on an archived mailbox", async () => {
    const { account, user, browser } = await owner();
    const mailbox = await create.mailbox(account, { archivedAt: new Date() });
    await browser
      .post(`/admin/mailboxes/${mailbox.id}/grants`, { email: user.email, role: "mailbox_reader" })
      .expect(409);
  });
});

test("T63 names full of HTML are text on every page of a mailbox", async () => {
  const { account, browser } = await owner();
  const evil = `<img src=x onerror=alert(1)>"'<%= 1 %>`;
  const mailbox = await create.mailbox(account, { name: evil });
  const { member } = await create.colleague(account, [], { firstName: evil, lastName: evil });
  await create.grant(member, { role: await create.role(account, "mailbox", evil, ["messages.read"]) }, mailbox);
  const pages = [
    await browser.get("/admin/mailboxes"),
    await browser.get(`/admin/mailboxes/${mailbox.id}`),
    await browser.get(`/admin/mailboxes/${mailbox.id}/archive`),
    await browser.post(`/admin/mailboxes/${mailbox.id}`, { name: evil, version: "9" }),
    await browser.post(`/admin/mailboxes/${mailbox.id}/grants`, { email: evil, role: evil }),
  ];
  expect(pages.map(({ status }) => status)).toEqual([200, 200, 200, 409, 422]);
  for (const page of pages) {
    expect(page.text).toContain("&lt;img src=x");
    expect(page.text).not.toContain("<img");
  }
});

test("whoever runs single mailboxes only finds the way to those in the pane, and to the messages of those they read", async () => {
  const { account } = await owner();
  const [mine, other] = [await create.mailbox(account, { name: "Press" }), await create.mailbox(account)];
  const { browser, member } = await holder(account, mine, "mailbox_owner");
  await create.grant(member, { systemRole: "mailbox_reader" }, other);
  const page = await browser.get(`/admin/mailboxes/${mine.id}`).expect(200);
  expect(page.text).toContain(`<a href="/admin/mailboxes/${mine.id}"`);
  expect(page.text).toContain(`<a href="/admin/mailboxes/${other.id}/messages"`);
  expect(page.text).not.toContain(`<a href="/admin/mailboxes/${other.id}"`);
});
