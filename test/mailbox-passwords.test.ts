import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import type { Permission, SystemRole } from "../src/access/permissions.ts";
import { db } from "../src/db/client.ts";
import { events, mailboxes, mailboxPasswords } from "../src/db/schema.ts";
import { browserOf, owner } from "./support/browser.ts";
import { type Account, create, eventsOf, type Mailbox } from "./support/world.ts";

/** Somebody who holds this on one mailbox, or on the account. */
async function holder(account: Account, what: SystemRole | Permission, box?: Mailbox) {
  const { user, member } = await create.colleague(account);
  const grant = what.includes(".") ? { permission: what as Permission } : { systemRole: what as SystemRole };
  await create.grant(member, grant, box);
  return { user, member, browser: await browserOf(user, account) };
}
const page = (box: Mailbox) => `/admin/mailboxes/${box.id}/passwords`;
const kept = (box: Mailbox) => db.select().from(mailboxPasswords).where(eq(mailboxPasswords.mailboxId, box.id));

describe("passwords for mail programs", () => {
  test("M13 are shown once, kept as a hash, and stand in the mailbox’s history, where its owner sees who made them (X12)", async () => {
    const { account, user, browser } = await owner();
    const box = await create.mailbox(account);
    const answer = await browser.post(page(box), { label: "Ana’s telephone", whose: "mailbox" }).expect(200);
    const secret = answer.text.match(/id="secret" value="([^"]+)"/)![1]!;
    expect(answer.headers["cache-control"]).toContain("no-store");
    const [row] = await kept(box);
    expect(row).toMatchObject({ label: "Ana’s telephone", userId: null, createdBy: user.id });
    expect(JSON.stringify(row)).not.toContain(secret);

    const boxOwner = await holder(account, "mailbox_owner", box);
    const list = await boxOwner.browser.get(page(box)).expect(200);
    expect(list.text).toContain("Ana’s telephone");
    expect(list.text).toContain(`by ${user.firstName} ${user.lastName}`);
    expect(list.text).not.toContain(secret);
    await boxOwner.browser.post(`${page(box)}/${row!.id}/revocation`).expect(303);
    await boxOwner.browser.post(`${page(box)}/${row!.id}/revocation`).expect(409);
    expect(await eventsOf(account.id)).toEqual(
      expect.arrayContaining(["mailbox.password_created", "mailbox.password_revoked"]),
    );
    const log = await db.select().from(events).where(eq(events.accountId, account.id));
    expect(JSON.stringify(log.map(({ before, after }) => [before, after]))).not.toContain(secret);
  });

  test("M12 D9 nobody makes one who may not read, write and file what it lets a program read, write and file", async () => {
    const { account } = await owner();
    const box = await create.mailbox(account);
    const tries = async (what: SystemRole | Permission, whose: string, on?: Mailbox) =>
      (await (await holder(account, what, on)).browser.post(page(box), { label: "Mine", whose })).status;
    expect(await tries("mailboxes.edit", "mailbox")).toBe(403);
    expect(await tries("mailbox.manage", "mailbox", box)).toBe(403);
    expect(await tries("mailbox_reader", "own", box)).toBe(403);
    expect(await tries("viewer", "own")).toBe(403);
    expect(await tries("mailbox_editor", "mailbox", box)).toBe(403);
    expect(await tries("mailbox_owner", "own", await create.mailbox(account))).toBe(403);
    expect(await kept(box)).toEqual([]);
    expect(await tries("mailbox_editor", "own", box)).toBe(200);
    expect(await tries("admin", "mailbox")).toBe(200);
  });

  test("who edits mailboxes sees and revokes all, who only works in one sees and revokes their own", async () => {
    const { account, browser } = await owner();
    const box = await create.mailbox(account);
    await browser.post(page(box), { label: "Printer", whose: "mailbox" }).expect(200);
    const editor = await holder(account, "mailbox_editor", box);
    await editor.browser.post(page(box), { label: "My laptop", whose: "own" }).expect(200);
    const mine = await editor.browser.get(page(box)).expect(200);
    expect(mine.text).toContain("My laptop");
    expect(mine.text).not.toContain("Printer");
    const [printer, laptop] = (await kept(box)).sort((a, b) => (a.label < b.label ? 1 : -1));
    await editor.browser.post(`${page(box)}/${printer!.id}/revocation`).expect(403);
    const desk = await holder(account, "mailboxes.edit");
    const all = await desk.browser.get(page(box)).expect(200);
    expect(all.text).toContain("Printer");
    expect(all.text).not.toContain('name="whose"');
    await desk.browser.post(`${page(box)}/${laptop!.id}/revocation`).expect(303);
    expect((await kept(box)).filter(({ endedAt }) => endedAt).map(({ label }) => label)).toEqual(["My laptop"]);
  });

  test("D13 end with their maker's place in the account, those of the mailbox that they know among them", async () => {
    const { account, browser } = await owner();
    const box = await create.mailbox(account);
    const leaver = await holder(account, "mailbox_owner", box);
    await leaver.browser.post(page(box), { label: "Theirs", whose: "mailbox" }).expect(200);
    await browser.post(page(box), { label: "Ours", whose: "mailbox" }).expect(200);
    await browser.post(`/admin/users/${leaver.member.id}/removal`).expect(303);
    const rows = await kept(box);
    expect(rows.filter(({ endedAt }) => !endedAt).map(({ label }) => label)).toEqual(["Ours"]);
  });

  test("a bad form keeps what was typed; an archived, a foreign and an IMAP mailbox take none", async () => {
    const { account, browser } = await owner();
    const box = await create.mailbox(account);
    const wrong = await browser.post(page(box), { label: "", whose: "everybody" }).expect(422);
    expect(wrong.text).toContain("Say what it is for");
    expect(wrong.text).toContain("Choose whose password it is");
    await browser.post(page(await create.mailbox(account, { kind: "imap" })), { label: "x", whose: "own" }).expect(404);
    await browser.get(page(await create.mailbox(await create.account()))).expect(404);
    await db.update(mailboxes).set({ archivedAt: new Date() }).where(eq(mailboxes.id, box.id));
    await browser.post(page(box), { label: "x", whose: "own" }).expect(409);
    expect((await browser.get(page(box)).expect(200)).text).not.toContain('name="whose"');
  });
});

describe("M13 a native mailbox in a domain of the account", () => {
  test("is made where the domain is active, with a limit, and nowhere else", async () => {
    const { account, browser } = await owner();
    const opened = { verifiedAt: new Date(), activatedAt: new Date() };
    const active = await create.domain(account, { ...opened, status: "active" });
    const closed = await create.domain(account, { ...opened, status: "verified", deactivatedAt: new Date() });
    const theirs = await create.domain(await create.account(), { ...opened, status: "active" });
    const form = await browser.get("/admin/mailboxes/new").expect(200);
    expect([active, closed, theirs].map(({ name }) => form.text.includes(`value="${name}"`))).toEqual([
      true,
      false,
      false,
    ]);

    const make = (domain: string, more = {}) =>
      browser.post("/admin/mailboxes", { name: "Info", local: "Info", domain, ...more });
    await make(active.name, { quotaMegabytes: "2000" }).expect(303);
    const [made] = await db.select().from(mailboxes).where(eq(mailboxes.accountId, account.id));
    expect(made).toMatchObject({ address: `info@${active.name}`, kind: "native", quotaMegabytes: 2000 });
    for (const { name } of [closed, theirs])
      expect((await make(name).expect(422)).text).toContain("Choose one of the domains");
    expect((await make(active.name).expect(422)).text).toContain("is taken already");
    const typed = await make(active.name, { local: "press", quotaMegabytes: "much" }).expect(422);
    expect(typed.text).toContain("A whole number of megabytes");
  });
});
