import { eq, sql } from "drizzle-orm";
import { beforeAll, describe, expect, test } from "vitest";
import { system } from "../src/access/actor.ts";
import { recordEvent } from "../src/audit/record.ts";
import { db } from "../src/db/client.ts";
import { events, grants, mailboxes } from "../src/db/schema.ts";
import { Browser, browserOf } from "./support/browser.ts";
import { type Account, create, type Mailbox, type Member, type User } from "./support/world.ts";

let account: Account;
let box: Mailbox;
let boss: { user: User; browser: Browser };
let owner: Browser;
let ownerMember: Member;
let viewer: Browser;

const at = (search = "", mailbox = box) => `/admin/mailboxes/${mailbox.id}/activity${search}`;
const lines = (html: string) =>
  [...html.matchAll(/<span class="event-text"><strong>([^<]*)<\/strong> <bdi>([^<]*)<\/bdi>/g)].map(
    ([, title, about]) => [title, about].filter(Boolean).join(": "),
  );
const look = (name: "mailbox.opened" | "mailbox.message_viewed", label: string, after?: object) =>
  db.transaction((tx) =>
    recordEvent(
      tx,
      { ...system(account.id), userId: boss.user.id, label, ip: "203.0.113.7", requestId: "r-1" },
      ...([name, { type: "mailbox", id: box.id, label: box.name }, after ? { after: after as never } : {}] as const),
    ),
  );

beforeAll(async () => {
  account = await create.account();
  box = await create.mailbox(account, { name: "Press" });
  const { user } = await create.colleague(account, ["owner"]);
  boss = { user, browser: await browserOf(user, account) };
  viewer = await browserOf((await create.colleague(account, ["viewer"])).user, account);
  const keeper = await create.colleague(account);
  await create.grant(keeper.member, { systemRole: "mailbox_owner" }, box);
  ownerMember = keeper.member;
  owner = await browserOf(keeper.user, account);
});

describe("M15 X12 the log of a mailbox", () => {
  test("X12 its owner sees who looked into it, who changed it, who was given and lost access", async () => {
    const { member } = await create.colleague(account);
    const give = { email: member.email, role: "mailbox_reader" };
    await boss.browser.post(`/admin/mailboxes/${box.id}/grants`, give).expect(303);
    const [grant] = await db.select().from(grants).where(eq(grants.memberId, member.id));
    await boss.browser.post(`/admin/mailboxes/${box.id}`, { name: "Press desk", version: "1" }).expect(303);
    await look("mailbox.opened", "Olivia <olivia@acme.test>");
    await look("mailbox.message_viewed", "Olivia <olivia@acme.test>", { folder: "INBOX", uid: 7, messageId: "<x@y>" });
    await boss.browser.post(`/admin/mailboxes/${box.id}/grants/${grant!.id}/ending`).expect(303);

    const page = await owner.get(at()).expect(200);
    const person = `${member.firstName} ${member.lastName} (${member.email})`;
    const keeper = `${ownerMember.firstName} ${ownerMember.lastName} (${ownerMember.email})`;
    expect(lines(page.text)).toEqual([
      `Access ended: ${person}: Mailbox reader`,
      "Message viewed: &lt;x@y&gt;",
      "Mailbox opened",
      "Mailbox renamed",
      `Access given: ${person}: Mailbox reader`,
      `Access given: ${keeper}: Mailbox owner`,
    ]);
    expect(page.text).toContain("Olivia &lt;olivia@acme.test&gt;");
    expect(page.text).toContain(`/admin/mailboxes/${box.id}/messages/7?folder=INBOX`);
    // Where somebody sat is for those who may see the audit log.
    expect(page.text).not.toContain("203.0.113.7");
    expect((await boss.browser.get(at())).text).toContain("203.0.113.7");
    expect((await viewer.get(at()).expect(200)).text).not.toContain("203.0.113.7");
  });

  test("M15 is narrowed by kind, person and day, and what is no filter narrows nothing", async () => {
    const kinds = async (search: string) => lines((await viewer.get(at(search)).expect(200)).text).length;
    expect(await kinds("?kind=read")).toBe(2);
    expect(await kinds("?kind=access")).toBe(3);
    expect(await kinds("?kind=changed")).toBe(1);
    expect(await kinds("?who=olivia%40acme")).toBe(2);
    expect(await kinds(`?kind=access&who=${encodeURIComponent(ownerMember.email)}`)).toBe(1);
    expect(await kinds("?from=2001-01-01&to=2001-12-31")).toBe(0);
    expect(await kinds("?from=2001-01-01")).toBe(6);
    expect(await kinds("?who=%25")).toBe(0);
    for (const search of [
      "?kind=x'--",
      "?place=x",
      "?from=2026-02-31",
      "?place=99999999999999.1_x",
      "?kind=read&kind=access",
    ])
      expect(await kinds(search)).toBe(6);
  });

  test("M15 goes on by key: nothing is missed or shown twice, whatever happens meanwhile", async () => {
    for (let n = 0; n < 60; n++)
      await look("mailbox.message_viewed", "Ben", { folder: "INBOX", uid: 100 + n, messageId: `<${n}@z>` });
    const first = await viewer.get(at()).expect(200);
    await look("mailbox.opened", "Late");
    const next = first.text.match(/rel="next" href="([^"]+)"/)![1]!.replaceAll("&amp;", "&");
    const second = await viewer.get(next).expect(200);
    const all = [...lines(first.text), ...lines(second.text)];
    expect(lines(first.text)).toHaveLength(50);
    expect(all).toHaveLength(66);
    expect(new Set(all).size).toBe(66);
    expect(second.text).not.toContain('rel="next"');
    expect(second.text).toContain('rel="prev"');
  });

  test("M15 is taken out as CSV, without formulas, and that is written down first", async () => {
    await look("mailbox.message_viewed", "=cmd()", { folder: '=1+1"', uid: 9, messageId: "@x" });
    const before = await db.$count(events, eq(events.name, "log.exported"));
    await owner.head(at("/files/csv")).expect(200);
    expect(await db.$count(events, eq(events.name, "log.exported"))).toBe(before);
    const file = await owner.get(at("/files/csv?kind=read")).expect(200);
    expect(file.headers["content-disposition"]).toMatch(/^attachment; filename="Press desk - /);
    expect(file.text).toMatch(/^\uFEFF"/);
    const rows = file.text.trim().split("\r\n");
    expect(rows[0]).toBe('"Time","What happened","About","Who did it","Details","IP address"');
    expect(rows).toHaveLength(66);
    expect(file.text).toContain(`"'@x","'=cmd()"`);
    expect(file.text).not.toContain("203.0.113.7");
    const [noted] = await db.select().from(events).where(eq(events.name, "log.exported"));
    expect(noted).toMatchObject({ subjectType: "log", subjectId: box.id, after: { kind: "read" } });
    expect(lines((await owner.get(at())).text)[0]).toBe("Log exported");
    expect((await boss.browser.get(at("/files/csv"))).text).toContain("203.0.113.7");
  });

  test("M15 is for those who see logs, and for whoever manages this mailbox: others 403, a neighbour's 404", async () => {
    const other = await create.mailbox(account);
    const neighbours = await create.mailbox(await create.account());
    const reader = await create.colleague(account);
    await create.grant(reader.member, { systemRole: "mailbox_reader" }, box);
    const nobody = await browserOf(reader.user, account);
    for (const door of ["", "/files/csv"]) {
      await nobody.get(at(door)).expect(403);
      await owner.get(at(door, other)).expect(403);
      for (const browser of [owner, viewer]) await browser.get(at(door, neighbours)).expect(404);
      expect((await new Browser().get(at(door))).status).toBe(303);
    }
    // People without any right in the console find their mailboxes in their profile; who manages one, its log as well.
    const own = await owner.get("/profile/mailboxes").expect(200);
    expect(own.text).toContain(`href="${at()}"`);
    expect(own.text).toContain("Mailbox owner");
    const others = (await nobody.get("/profile/mailboxes").expect(200)).text;
    expect(others).toContain(`href="/admin/mailboxes/${box.id}/messages"`);
    expect(others).not.toContain(at());
    expect((await viewer.get("/profile/mailboxes").expect(200)).text).toContain("You have no mailbox yet");
    const elsewhere = await create.account();
    const place = await create.member(elsewhere, reader.user);
    const box2 = await create.mailbox(elsewhere, { name: "Over there" });
    await create.grant(place, { permission: "messages.read" }, box2);
    const both = (await nobody.get("/profile/mailboxes").expect(200)).text;
    expect(both).toContain(
      `/accounts/${elsewhere.id}/switch?next=${encodeURIComponent(`/admin/mailboxes/${box2.id}/messages`)}`,
    );

    await db.update(mailboxes).set({ archivedAt: sql`now()` }).where(eq(mailboxes.id, box.id));
    await viewer.get(at()).expect(200);
  });
});
