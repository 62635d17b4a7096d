import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { db } from "../../src/db/client.ts";
import { story } from "../support/site.ts";
import { letterTo, type Visitor } from "../support/visitor.ts";
import { type Account, create, grantsOf, password } from "../support/world.ts";

/** A company with an owner, a mailbox and a role for it. */
async function company(name: string) {
  const account = await create.account({ name });
  const owner = await create.colleague(account, ["owner"], { firstName: "Ada", lastName: "Okafor" });
  const support = await create.mailbox(account, { name: "Support" });
  await create.role(account, "account", "Press desk", ["users.view", "domains.verify"]);
  return { account, owner, support };
}

const idIn = (path: string) => path.match(/[0-9a-f-]{36}/)![0];

/** A1–A12, A17, A18: the form, the draft, roles and single permissions on the account and on a mailbox. */
async function draftFor(ada: Visitor, email: string, first: string, last: string) {
  await ada.open("/admin/users");
  await ada.press("Invite user");
  await ada.fill({
    "E-mail address": email,
    "First name": first,
    "Last name": last,
    "Personal message": "Welcome aboard!",
  });
  await ada.press("Invite user");
  expect(ada.path).toMatch(/\/admin\/users\/[0-9a-f-]{36}\/account$/);
  await ada.sees(`${first} ${last}`, "Draft, not sent", "Nothing is sent until you press Invite user.");
  const id = idIn(ada.path);

  await ada.press("Add role");
  await ada.tick("Viewer", "Press desk");
  await ada.press("Add role");
  await ada.sees("Press desk", "Viewer", "not saved yet");

  await ada.press("Advanced");
  await ada.tick("View the audit log");
  await ada.press("Apply");
  await ada.sees("View the audit log");

  await ada.press(/^Mailboxes/, ada.page.locator(".tabs"));
  await ada.press(/Support/, ada.page.locator("main .lines"));
  await ada.press("Add role");
  await ada.tick("Mailbox editor");
  await ada.press("Add role");
  await ada.sees("Mailbox editor", "not saved yet");
  return id;
}

async function expectRights(id: string, account: Account, mailboxId: string) {
  const held = await grantsOf(id);
  expect(held).toContain("viewer");
  expect(held).toContain("audit.view");
  expect(held).toContain(`mailbox_editor@${mailboxId}`);
  expect(held).toHaveLength(4);
  const [strange] = await db.execute(sql`select 1 from grants where member_id = ${id} and account_id <> ${account.id}`);
  expect(strange).toBeUndefined();
}

story(
  "an unregistered person is invited, registers, and has exactly the rights that were meant",
  async ({ visitor, scripting }) => {
    const { account, owner, support } = await company("Northwind");
    const email = `jonas-${scripting}@agentur-weiss.test`;
    const ada = await (await visitor()).signIn(owner.user.email);
    const id = await draftFor(ada, email, "Jonas", "Weiß");
    await expect(letterTo(email), "a draft sends nothing").rejects.toThrow("no mail");

    await ada.press("Invite user");
    await ada.sees(email);
    await ada.open("/admin/users");
    await ada.sees("Jonas Weiß", "Invited");

    const mail = await letterTo(email);
    expect(mail.text).toContain("Welcome aboard!");
    const jonas = await visitor();
    await jonas.open(mail.link);
    await jonas.sees("Northwind", "Ada Okafor", "Welcome aboard!");
    expect(await jonas.page.locator("#address").inputValue()).toBe(email);
    expect(await jonas.page.getByLabel("First name").inputValue()).toBe("Jonas");

    await jonas.fill({ Password: "short" });
    await jonas.press("Accept and register");
    await jonas.sees(/at least 12 characters/i);
    await jonas.fill({ Password: password });
    await jonas.press("Accept and register");
    await jonas.sees("Northwind", "Users");
    await jonas.open("/admin/users");
    await jonas.sees("Ada Okafor");

    await expectRights(id, account, support.id);
    const told = await letterTo(owner.user.email);
    expect(told.subject).toMatch(/Jonas Weiß/);
    expect(told.subject + told.text).toMatch(/accepted/i);

    // A28, A26: at once, and with a profile, an account and a mailbox of their own.
    await jonas.open("/admin/audit");
    await jonas.sees("Audit log");
    await jonas.open(mail.link);
    await jonas.sees(/already|accepted/i);
    const [own] = await db.execute<{ accounts: number; boxes: number }>(sql`
    select (select count(*)::int from members m join accounts a on a.id = m.account_id where m.email = ${email} and a.kind = 'personal') as accounts,
      (select count(*)::int from mailboxes b join users u on u.id = b.personal_user_id where u.email = ${email}) as boxes`);
    expect(own).toEqual({ accounts: 1, boxes: 1 });
  },
  120_000,
);

story(
  "a registered person accepts on the Invites tab, and the inviter is told",
  async ({ visitor, scripting }) => {
    const { account, owner, support } = await company("Northwind");
    const mona = await create.user({ email: `mona-${scripting}@people.test`, firstName: "Mona", lastName: "Farouk" });
    const ada = await (await visitor()).signIn(owner.user.email);
    const id = await draftFor(ada, mona.email, "Mona", "Farouk");
    await ada.press("Invite user");

    const mail = await letterTo(mona.email);
    const guest = await visitor();
    await guest.open(mail.link);
    await guest.sees("Sign in");
    await guest.page.locator("input[name=email]").fill(mona.email);
    await guest.page.locator("input[name=password]").fill(password);
    await guest.press("Sign in");
    await guest.sees("Waiting for your answer", "Northwind", "Welcome aboard!");
    await guest.press("Accept the invitation to Northwind");
    await guest.open("/profile/invites");
    await guest.sees("No invitation waits for you", "Northwind");
    await expectRights(id, account, support.id);
    expect((await letterTo(owner.user.email)).subject).toMatch(/Mona Farouk/);
  },
  120_000,
);

story("a registered person declines, nothing is granted, and the inviter is told", async ({ visitor, scripting }) => {
  const { owner } = await company("Northwind");
  const lena = await create.user({ email: `lena-${scripting}@people.test`, firstName: "Lena", lastName: "Kurz" });
  const ada = await (await visitor()).signIn(owner.user.email);
  await ada.open("/admin/users/new");
  await ada.fill({ "E-mail address": lena.email });
  await ada.press("Invite user");
  const id = idIn(ada.path);
  await ada.press("Invite user");
  await letterTo(lena.email);

  const guest = await (await visitor()).signIn(lena.email);
  await guest.open("/profile/invites");
  await guest.press("Decline the invitation to Northwind");
  await guest.sees("No invitation waits for you");
  expect(await grantsOf(id)).toEqual([]);
  expect((await letterTo(owner.user.email)).subject).toMatch(/declined/i);
  await ada.open("/admin/users?status=declined");
  await ada.sees(lena.email, "Declined");
});

story("a forwarded link tells the wrong person so, and changes nothing", async ({ visitor, scripting }) => {
  const { owner } = await company("Northwind");
  const invited = await create.user({ email: `right-${scripting}@people.test` });
  const other = await create.user({ email: `wrong-${scripting}@people.test` });
  const ada = await (await visitor()).signIn(owner.user.email);
  await ada.open("/admin/users/new");
  await ada.fill({ "E-mail address": invited.email });
  await ada.press("Invite user");
  const id = idIn(ada.path);
  await ada.press("Invite user");
  const { link } = await letterTo(invited.email);

  const wrong = await (await visitor()).signIn(other.email);
  await wrong.open(link);
  await wrong.sees(invited.email, other.email, "Nothing has changed");
  const [row] = await db.execute<{ status: string }>(sql`select status from members where id = ${id}`);
  expect(row!.status).toBe("invited");
  await wrong.press("Sign out and continue");
  await wrong.sees("Sign in");
});

story(
  "expired, revoked and replaced links each say what to do next",
  async ({ visitor, scripting }) => {
    const { owner } = await company("Northwind");
    const ada = await (await visitor()).signIn(owner.user.email);
    const email = `late-${scripting}@elsewhere.test`;
    await ada.open("/admin/users/new");
    await ada.fill({ "E-mail address": email });
    await ada.press("Invite user");
    const id = idIn(ada.path);
    await ada.press("Invite user");
    const first = await letterTo(email);
    const guest = await visitor();
    await guest.open(first.link);
    await guest.sees("Accept and register");

    await db.execute(sql`update tokens set expires_at = now() - interval '1 second' where member_id = ${id}`);
    await guest.open(first.link);
    await guest.sees(/expired|run out|no longer/i);

    await db.execute(sql`update tokens set created_at = now() - interval '1 hour' where member_id = ${id}`);
    await db.execute(sql`update members set invited_at = now() - interval '1 hour' where id = ${id}`);
    await db.execute(sql`delete from rate_limits`);
    await ada.open(`/admin/users?q=${encodeURIComponent(email)}`);
    await ada.choose(/Resend/, email);
    const second = await letterTo(email);
    expect(second.link).not.toBe(first.link);
    await guest.open(first.link);
    await guest.sees(/newer|replaced|again/i);
    await guest.open(second.link);
    await guest.sees("Accept and register");

    await ada.open(`/admin/users?q=${encodeURIComponent(email)}`);
    await ada.choose(/Revoke/, email);
    await ada.press(/^Revoke/, ada.sheet);
    await guest.open(second.link);
    await guest.sees(/revoked|withdrawn|no longer/i);
    await ada.open("/admin/users?status=revoked");
    await ada.sees(email, "Revoked");
  },
  120_000,
);
