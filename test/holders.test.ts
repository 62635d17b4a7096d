import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { owner } from "./support/browser.ts";
import { type Account, create, grantsOf, type Mailbox, type Role } from "./support/world.ts";

/** So many members of a status, each with a role on the account or with one on a mailbox. */
const crowd = (account: Account, size: number, status: string, { role, mailbox }: { role?: Role; mailbox?: Mailbox }) =>
  db.execute(sql`
    with made as (
      insert into members (account_id, email, first_name, last_name, status, joined_at)
      select ${account.id}, ${status} || n || '@' || ${account.id}::text || '.test', 'Person', lpad(n::text, 5, '0'), ${status}, now()
      from generate_series(1, ${size}::int) n returning id)
    insert into grants (account_id, member_id, role_id, mailbox_id, system_role, source)
    select ${account.id}, id, ${role?.id ?? null}::uuid, ${mailbox?.id ?? null}::uuid, ${role ? null : "mailbox_reader"}, 'direct' from made`);

test("a role is counted up to a thousand people, those whose invitation is over aside", async () => {
  const { account, browser } = await owner();
  const role = await create.role(account, "account", "Everybody", ["users.view"]);
  const few = await create.role(account, "account", "Few", ["users.view"]);
  const old = await create.role(account, "account", "Nobody any more", ["users.view"]);
  await crowd(account, 1000, "active", { role });
  await crowd(account, 1100, "expired", { role: old });
  const rows = async () => (await browser.get("/admin/roles").expect(200)).text;
  expect(await rows()).toContain(`<a href="/admin/users?role=${role.id}">1,000 users</a>`);
  await crowd(account, 1, "blocked", { role });
  await crowd(account, 2, "invited", { role: few });

  const list = await rows();
  expect(list).toContain(`<a href="/admin/users?role=${role.id}">1,000+ users</a>`);
  expect(list).toContain(`<a href="/admin/users?role=${few.id}">2 users</a>`);
  expect(list).not.toContain(`role=${old.id}`);
  const page = await browser.get(`/admin/roles/${role.id}`).expect(200);
  expect(page.text).toContain("Show all users with this role, more than 1,000");
  expect(page.text).toContain("Person 00001");
});

test("a role of more than a thousand is not deleted, and says so", async () => {
  const { account, browser } = await owner();
  const role = await create.role(account, "account", "Everybody", ["users.view"]);
  await crowd(account, 1001, "active", { role });
  const asked = await browser.get(`/admin/roles/${role.id}/deletion`).expect(200);
  expect(asked.text).toContain("more than 1,000 users hold it");
  const refused = await browser.post(`/admin/roles/${role.id}/deletion`, { version: String(role.version) }).expect(409);
  expect(refused.text).toContain("cannot be deleted while more than 1,000 users hold it: Person 00001, Person 00002,");
});

test("open invitations beyond a thousand hide nobody who holds the role already", async () => {
  const { account, browser } = await owner();
  const role = await create.role(account, "account", "Everybody", ["users.view"]);
  await crowd(account, 1500, "invited", { role });
  await crowd(account, 1, "active", { role });
  await browser.post(`/admin/roles/${role.id}/deletion`, { version: String(role.version) }).expect(409);
  const page = await browser.get(`/admin/roles/${role.id}/deletion`).expect(200);
  expect(page.text).toContain("This role is in use: 1 user holds it");
});

test("a mailbox is counted up to a hundred people in the list, and all of them on its own page", async () => {
  const { account, browser } = await owner();
  const mailbox = await create.mailbox(account, { name: "Everybody" });
  const other = await create.mailbox(account, { name: "Few" });
  await crowd(account, 100, "active", { mailbox });
  await crowd(account, 3, "waiting", { mailbox: other });
  await crowd(account, 4, "expired", { mailbox: other });
  const { member } = await create.colleague(account);
  await create.grant(member, { systemRole: "mailbox_reader" }, mailbox);
  await create.grant(member, { systemRole: "mailbox_editor" }, mailbox);
  expect(await grantsOf(member.id)).toHaveLength(2);

  const list = (await browser.get("/admin/mailboxes").expect(200)).text;
  expect(list).toContain("100+ users");
  expect(list).toContain("3 users");
  const page = (await browser.get(`/admin/mailboxes/${mailbox.id}`).expect(200)).text;
  expect(page).toContain("101 users");
  expect(page).toContain("And 1 more user.");
});
