import { and, eq } from "drizzle-orm";
import { beforeAll, describe, expect, test } from "vitest";
import type { SystemRole } from "../src/access/permissions.ts";
import { db } from "../src/db/client.ts";
import { accounts, events, grants, mailboxPasswords, members, users } from "../src/db/schema.ts";
import { Browser, browserOf, owner } from "./support/browser.ts";
import { ageProof } from "./support/proof.ts";
import { type Account, create, type Mailbox, type Member } from "./support/world.ts";

const page = "/profile/app-passwords";
let account: Account;
let boss: Browser;

beforeAll(async () => {
  ({ account, browser: boss } = await owner());
});

/** Somebody with a role on one mailbox, signed in, without any right in a console. */
async function worker(role: SystemRole = "mailbox_editor", box?: Mailbox) {
  const on = box ?? (await create.mailbox(account));
  const { user, member } = await create.colleague(account);
  const grant = await create.grant(member, { systemRole: role }, on);
  return { user, member, grant, box: on, browser: await browserOf(user) };
}
const make = (browser: Browser, box: Mailbox, label = "Telephone") => browser.post(page, { mailbox: box.id, label });
const kept = (box: Mailbox) => db.select().from(mailboxPasswords).where(eq(mailboxPasswords.mailboxId, box.id));

describe("one's own app passwords", () => {
  test("are made for a mailbox that one works in, shown once, and stand in its history", async () => {
    const { user, box, browser } = await worker();
    expect((await browser.get(page).expect(200)).text).toContain(box.address);
    const answer = await make(browser, box).expect(200);
    const secret = answer.text.match(/id="secret" value="([^"]+)"/)![1]!;
    expect(secret).toMatch(/^([a-z2-9]{4}-){6}[a-z2-9]{4}$/);
    expect(answer.headers["cache-control"]).toContain("no-store");
    const [row] = await kept(box);
    expect(row).toMatchObject({ label: "Telephone", userId: user.id, createdBy: user.id });
    const list = await browser.get(page).expect(200);
    expect(list.text).toContain("Telephone");
    expect(list.text).not.toContain(secret);

    await browser.post(`${page}/${row!.id}/revocation`).expect(303);
    await browser.post(`${page}/${row!.id}/revocation`).expect(409);
    expect((await browser.get(page).expect(200)).text).not.toContain("Telephone");
    const said = await db
      .select()
      .from(events)
      .where(and(eq(events.accountId, account.id), eq(events.subjectId, box.id)));
    expect(said.map(({ name }) => name)).toEqual(["mailbox.password_created", "mailbox.password_revoked"]);
    const history = await boss.get(`/admin/mailboxes/${box.id}/activity`).expect(200);
    expect(history.text).toContain("Password for mail programs created");
  });

  test("M12 D9 are not for who may only read there, nor for mailboxes of others, of other accounts, or hosted elsewhere", async () => {
    const reader = await worker("mailbox_reader");
    const shown = await reader.browser.get(page).expect(200);
    expect(shown.text).toContain("In the browser only");
    expect(shown.text).not.toContain('name="mailbox"');
    await make(reader.browser, reader.box).expect(403);
    await make(reader.browser, (await worker()).box).expect(403);
    const { account: foreign } = await owner();
    await make(reader.browser, await create.mailbox(foreign)).expect(404);
    const { browser, member, box } = await worker();
    const imap = await create.mailbox(account, { kind: "imap" });
    await create.grant(member, { systemRole: "mailbox_editor" }, imap);
    expect((await browser.get(page).expect(200)).text).not.toContain(imap.address);
    await make(browser, imap).expect(404);
    await browser.post(page, { mailbox: crypto.randomUUID(), label: "x" }).expect(404);
    const typed = await browser.post(page, { mailbox: "x", label: "My laptop" }).expect(422);
    expect(typed.text).toContain('value="My laptop"');
    expect(await kept(box)).toEqual([]);
    await make(new Browser(), box).expect(303);
    expect(await kept(box)).toEqual([]);
  });

  test("are seen and revoked by their owner alone, from whichever account they work in", async () => {
    const { user, box, browser } = await worker();
    const colleague = await worker("mailbox_owner", box);
    await make(browser, box, "My own laptop").expect(200);
    const [row] = await kept(box);
    expect((await colleague.browser.get(page).expect(200)).text).not.toContain("My own laptop");
    await colleague.browser.post(`${page}/${row!.id}/revocation`).expect(404);

    const home = await create.account();
    await create.member(home, user);
    await browser.post(`/accounts/${home.id}/switch`).expect(303);
    expect((await browser.get(page).expect(200)).text).toContain("My own laptop");
    await make(browser, box, "Second").expect(200);
    await browser.post(`${page}/${row!.id}/revocation`).expect(303);
    const living = (await kept(box)).filter(({ endedAt }) => !endedAt);
    expect(living.map(({ label, accountId }) => [label, accountId])).toEqual([["Second", account.id]]);
  });

  test("end with the right, the block, the removal, the profile, the archive and the account; their owner can still revoke them", async () => {
    const { user, member, grant, box, browser } = await worker();
    await make(browser, box).expect(200);
    const [row] = await kept(box);
    const works = async () => {
      const found = await db.execute(`select from mail_server.sign_ins where hash = '${row!.hash}'`);
      return found.length === 1;
    };
    const status = (status: Member["status"]) => db.update(members).set({ status }).where(eq(members.id, member.id));
    const disabled = (at: Date | null) => db.update(users).set({ disabledAt: at }).where(eq(users.id, user.id));
    const deleted = (at: Date | null) => db.update(accounts).set({ deletedAt: at }).where(eq(accounts.id, account.id));
    for (const [end, back] of [
      [() => status("blocked"), () => status("active")],
      [() => status("removed"), () => status("active")],
      [() => disabled(new Date()), () => disabled(null)],
      [() => deleted(new Date()), () => deleted(null)],
    ] as const) {
      expect(await works()).toBe(true);
      await end();
      expect(await works()).toBe(false);
      await back();
    }
    await db.update(grants).set({ endedAt: new Date() }).where(eq(grants.id, grant.id));
    expect(await works()).toBe(false);
    expect((await browser.get(page).expect(200)).text).toContain("Does not work: you have no access");
    await browser.post(`${page}/${row!.id}/revocation`).expect(303);
    expect((await kept(box))[0]!.endedBy).toBe(user.id);
  });

  test("ask once more who it is", async () => {
    const { user, box, browser } = await worker();
    await ageProof(user);
    const answer = await make(browser, box).expect(303);
    expect(answer.headers.location).toContain("/confirm");
    expect(await kept(box)).toEqual([]);
  });
});
