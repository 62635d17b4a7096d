import "./support/outbox.ts";
import { and, eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { loadVisitor } from "../src/access/load-actor.ts";
import { seal } from "../src/access/vault.ts";
import { db } from "../src/db/client.ts";
import {
  accounts,
  grants,
  imapSources,
  mailboxAliases,
  mailboxes,
  mailboxPasswords,
  mailGroupMembers,
  mailGroups,
  notifications,
  plans,
  users,
} from "../src/db/schema.ts";
import { letGo } from "../src/mailbox-removals/let-go.ts";
import { type Browser, browserOf, owner } from "./support/browser.ts";
import { type Account, changesOf, create, grantsOf, type Mailbox } from "./support/world.ts";

const reload = async (box: Mailbox) => (await db.select().from(mailboxes).where(eq(mailboxes.id, box.id)))[0]!;
const held = async (userId: string, { id }: Account) => (await loadVisitor(userId, id))!.mailboxPermissions.size;
const door = (box: Mailbox) => `/admin/mailboxes/${box.id}/removal`;
const remove = (browser: Browser, box: Mailbox, more: Record<string, string> = {}) =>
  browser.post(door(box), { name: box.name, access: "keep", target: "", ...more });
const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);

/** A mailbox of a fresh account, and somebody who reads it. */
async function boxWithReader() {
  const home = await owner();
  const box = await create.mailbox(home.account, { name: "Press" });
  const reader = await create.colleague(home.account);
  await create.grant(reader.member, { systemRole: "mailbox_reader" }, box);
  return { ...home, box, reader };
}

describe("M14 deleting a mailbox", () => {
  test("says what it means, asks for the name, and gives nothing until it is restored as it was", async () => {
    const { account, browser, box, reader } = await boxWithReader();
    await db.insert(mailboxPasswords).values({ accountId: account.id, mailboxId: box.id, label: "x", hash: "y" });
    await db.update(users).set({ defaultMailboxId: box.id }).where(eq(users.id, reader.user.id));
    const { text } = await browser.get(door(box)).expect(200);
    for (const words of ["1 user has access to it", "Mail to", "1 password", "1 user has it as default mailbox"])
      expect(text).toContain(words);

    const wrong = await remove(browser, box, { name: "Presse" }).expect(422);
    expect(wrong.text).toContain("Type the name of the mailbox exactly: Press");
    expect(wrong.text).toContain('value="Presse"');
    await remove(browser, box, { name: " press " }).expect(303);
    await remove(browser, box).expect(409);
    expect(await held(reader.user.id, account)).toBe(0);
    expect(await grantsOf(reader.member.id)).toHaveLength(1);
    expect((await browser.get("/admin/mailboxes?show=all")).text).not.toContain("Press");
    expect((await browser.get("/admin/mailboxes?show=archived")).text).not.toContain("Press");
    expect((await browser.get("/admin/mailboxes?show=deleted")).text).toContain("Press");
    await browser.post(`/admin/mailboxes/${box.id}/restoration`).expect(409);
    await browser.post(`/admin/mailboxes/${box.id}`, { name: "Other", version: "2" }).expect(409);
    // Its address stays its own for the 30 days.
    const again = await browser
      .post("/admin/mailboxes", { name: "New", local: box.address.split("@")[0]! })
      .expect(422);
    expect(again.text).toContain("is taken already");

    expect((await browser.get(door(box)).expect(200)).text).toContain("1 user gets access back");
    await browser.post(`${door(box)}/restoration`).expect(303);
    await browser.post(`${door(box)}/restoration`).expect(409);
    expect(await held(reader.user.id, account)).toBe(1);
    expect(await reload(box)).toMatchObject({ archivedAt: null, deletedAt: null, deletedBy: null });
    expect(await changesOf(account.id)).toEqual(["mailbox.deleted", "mailbox.restored"]);
  });

  test("what was archived before is archived after a restoration", async () => {
    const { browser, box } = await boxWithReader();
    const before = daysAgo(3);
    await db.update(mailboxes).set({ archivedAt: before }).where(eq(mailboxes.id, box.id));
    await remove(browser, box).expect(303);
    await browser.post(`${door(box)}/restoration`).expect(303);
    expect(await reload(box)).toMatchObject({ archivedAt: before, deletedAt: null });
  });

  test("hands the access over to another mailbox, or ends it; nobody hands over what they do not hold (D9)", async () => {
    const { account, browser, box, reader } = await boxWithReader();
    const other = await create.mailbox(account);
    const theirs = await create.mailbox(await create.account());
    const deputy = await create.colleague(account, ["mailboxes.delete", "users.edit"]);
    const weak = await browserOf(deputy.user, account);
    for (const access of ["end", "hand_over"]) await remove(weak, box, { access, target: other.address }).expect(403);
    for (const target of ["", "nobody@muster.test", theirs.address, box.address]) {
      await remove(browser, box, { access: "hand_over", target }).expect(422);
    }
    await remove(browser, box, { access: "nothing" }).expect(422);
    expect(await reload(box)).toMatchObject({ deletedAt: null });

    await remove(browser, box, { access: "hand_over", target: other.address.toUpperCase() }).expect(303);
    expect(await grantsOf(reader.member.id)).toEqual([`mailbox_reader@${other.id}`]);
    await remove(browser, other, { access: "end" }).expect(303);
    expect(await grantsOf(reader.member.id)).toEqual([]);
    await browser.post(`${door(other)}/restoration`).expect(303);
    expect(await held(reader.user.id, account)).toBe(0);
    const bells = await db
      .select()
      .from(notifications)
      .where(eq(notifications.userId, reader.user.id))
      .orderBy(notifications.createdAt);
    const told = bells.map(({ data }) => [data.started, data.ended].map((json) => JSON.parse(json!)[0]?.mailboxName));
    expect(told).toEqual([
      [other.name, "Press"],
      [undefined, other.name],
    ]);
    const rows = await db.select().from(grants).where(eq(grants.memberId, reader.member.id));
    expect(rows.map(({ endReason }) => endReason).sort()).toEqual(["handed over", "mailbox deleted"]);
    const events = await changesOf(account.id);
    expect(events).toEqual(["mailbox.access_handed_over", "mailbox.deleted", "mailbox.deleted", "mailbox.restored"]);
  });

  test("is no place in the plan; a full plan, or the same box connected again, keeps it from coming back", async () => {
    const { account, browser, box } = await boxWithReader();
    const [plan] = await db
      .insert(plans)
      .values({ name: `One ${account.id}`, mailboxes: 1 })
      .returning();
    await db.update(accounts).set({ planId: plan!.id }).where(eq(accounts.id, account.id));
    await remove(browser, box).expect(303);
    await browser.post("/admin/mailboxes", { name: "Next", local: `next-${box.id.slice(-8)}` }).expect(303);
    expect((await browser.post(`${door(box)}/restoration`).expect(409)).text).toContain("includes 1 mailbox");
    await db.update(accounts).set({ planId: null }).where(eq(accounts.id, account.id));
    await browser.post(`${door(box)}/restoration`).expect(303);

    const imap = { kind: "imap", address: "ana@elsewhere.test" } as const;
    const first = await create.mailbox(account, { ...imap, name: "First" });
    await remove(browser, first, { name: first.address }).expect(303);
    await create.mailbox(account, { ...imap, name: "Second" });
    expect((await browser.post(`${door(first)}/restoration`).expect(409)).text).toContain("“Second” has the address");
  });

  test("is refused without the permission, and of a neighbour not found", async () => {
    const { account, box } = await boxWithReader();
    const viewer = await browserOf((await create.colleague(account, ["viewer"])).user, account);
    const boxOwner = await create.colleague(account);
    await create.grant(boxOwner.member, { systemRole: "mailbox_owner" }, box);
    const stranger = (await owner()).browser;
    for (const [browser, status] of [
      [viewer, 403],
      [await browserOf(boxOwner.user, account), 403],
      [stranger, 404],
    ] as const) {
      await browser.get(door(box)).expect(status);
      await remove(browser, box).expect(status);
      await browser.post(`${door(box)}/restoration`).expect(status);
    }
    expect((await viewer.get(`/admin/mailboxes/${box.id}`).expect(200)).text).not.toContain("/removal");
    expect(await reload(box)).toMatchObject({ deletedAt: null, version: 1 });
  });
});

describe("M14 after 30 days", () => {
  test("a deleted mailbox is gone: what led there ends with a reason, and its address is free", async () => {
    const { account, browser, box, reader } = await boxWithReader();
    const recent = await create.mailbox(account, { archivedAt: daysAgo(29), deletedAt: daysAgo(29) });
    const imap = await create.mailbox(account, { kind: "imap", archivedAt: daysAgo(31), deletedAt: daysAgo(31) });
    const way = { host: "mail.test", port: 993, security: "tls", username: "ana", password: seal("secret") } as const;
    await db.insert(imapSources).values({ accountId: account.id, mailboxId: imap.id, ...way });
    const of = { accountId: account.id, mailboxId: box.id };
    await db.insert(mailboxPasswords).values({ ...of, label: "x", hash: "y" });
    await db.insert(mailboxAliases).values({ ...of, address: "press-alias@muster.test" });
    const team = { accountId: account.id, name: "Team", address: `team-${account.id}@muster.test` };
    const [group] = await db.insert(mailGroups).values(team).returning();
    await db.insert(mailGroupMembers).values({ accountId: account.id, groupId: group!.id, address: box.address });
    await db.update(users).set({ defaultMailboxId: box.id }).where(eq(users.id, reader.user.id));
    await remove(browser, box).expect(303);
    await db
      .update(mailboxes)
      .set({ archivedAt: daysAgo(31), deletedAt: daysAgo(31) })
      .where(eq(mailboxes.id, box.id));

    expect(await letGo(1)).toBe(1);
    expect(await letGo(10)).toBe(1);
    expect(await letGo(10)).toBe(0);
    expect([(await reload(box)).goneAt, (await reload(recent)).goneAt].map(Boolean)).toEqual([true, false]);
    const ended = and(eq(grants.memberId, reader.member.id), eq(grants.endReason, "mailbox deleted"));
    expect(await db.select().from(grants).where(ended)).toHaveLength(1);
    expect(await db.select().from(imapSources).where(eq(imapSources.mailboxId, imap.id))).toEqual([]);
    expect(await db.select().from(mailGroupMembers).where(eq(mailGroupMembers.groupId, group!.id))).toEqual([]);
    for (const table of [mailboxPasswords, mailboxAliases]) {
      const rows = await db.select({ endedAt: table.endedAt }).from(table).where(eq(table.mailboxId, box.id));
      expect(rows.map(({ endedAt }) => Boolean(endedAt))).toEqual([true]);
    }
    const [person] = await db.select().from(users).where(eq(users.id, reader.user.id));
    expect(person!.defaultMailboxId).toBeNull();

    for (const path of ["", "/removal", "/passwords"])
      await browser.get(`/admin/mailboxes/${box.id}${path}`).expect(404);
    await browser.post(`${door(box)}/restoration`).expect(404);
    expect((await browser.get("/admin/mailboxes?show=deleted")).text).not.toContain("Press");
    await browser.post("/admin/mailboxes", { name: "Again", local: box.address.split("@")[0]! }).expect(303);
    expect(await changesOf(account.id)).toEqual(expect.arrayContaining(["mailbox.deleted", "mailbox.purged"]));
  });
});
