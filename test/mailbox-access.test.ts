import "./support/outbox.ts";
import { eq, sql } from "drizzle-orm";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mailboxPermissionKeys, type Permission, type SystemRole, systemRoles } from "../src/access/permissions.ts";
import { db } from "../src/db/client.ts";
import { grants, mailboxes, members, rolePermissions } from "../src/db/schema.ts";
import { admin, type Browser, browserOf, owner } from "./support/browser.ts";
import { draft, invite, pauseOver, someone } from "./support/invites.ts";
import { create, type Mailbox, type Member, type Role, reloadMember } from "./support/world.ts";

/** Whether the list shows the member under "No access to any mailbox". */
async function closed(browser: Browser, member: { id: string }, more = ""): Promise<boolean> {
  const page = await browser.get(`/admin/users?mailbox=none&size=100${more}`).expect(200);
  return page.text.includes(`value="${member.id}"`);
}

const fieldsOf = (role: Role, version: number, permissions: Permission[]) => ({
  name: role.name,
  about: "",
  permissions,
  version: String(version),
});

describe("no access to any mailbox", () => {
  test("a mailbox given, archived, restored and taken", async () => {
    const { account, browser } = await owner();
    const box = await create.mailbox(account);
    const { member } = await create.colleague(account, ["users.view"]);
    expect(await closed(browser, member)).toBe(true);

    await browser
      .post(`/admin/mailboxes/${box.id}/grants`, { email: member.email, role: "mailbox_reader" })
      .expect(303);
    const [grant] = await db.select().from(grants).where(eq(grants.mailboxId, box.id));
    expect(grant).toBeDefined();
    expect(await closed(browser, member)).toBe(false);
    await browser.post(`/admin/mailboxes/${box.id}/archive`, { version: "1" }).expect(303);
    expect(await closed(browser, member)).toBe(true);
    await browser.post(`/admin/mailboxes/${box.id}/restoration`, { version: "2" }).expect(303);
    expect(await closed(browser, member)).toBe(false);
    await browser.post(`/admin/mailboxes/${box.id}/grants/${grant!.id}/ending`).expect(303);
    expect(await closed(browser, member)).toBe(true);
    expect(await closed(browser, member, "&sort=name&status=active")).toBe(true);
  });

  test("a role on the account, given and taken for many, and replaced by another", async () => {
    const { account, browser } = await owner();
    const narrow = await create.role(account, "account", "Narrow", ["users.view"]);
    const people = [await create.colleague(account), await create.colleague(account)].map(({ member }) => member);
    const chosen = { confirmed: "yes", members: people.map(({ id }) => id) };
    await browser.post("/admin/users/bulk", { ...chosen, action: "add_role", role: "viewer" });
    for (const member of people) expect(await closed(browser, member)).toBe(false);
    await browser.post("/admin/users/bulk", { ...chosen, action: "remove_role", role: "viewer" });
    for (const member of people) expect(await closed(browser, member)).toBe(true);

    await create.grant(people[0]!, { systemRole: "viewer" });
    await browser.post(`/admin/users/${people[0]!.id}/role`, { role: narrow.id, version: "3" });
    expect(await closed(browser, people[0]!)).toBe(true);
  });

  test("what a role of the account contains", async () => {
    const { account, browser } = await owner();
    const role = await create.role(account, "account", "Desk", ["users.view"]);
    const { member } = await create.colleague(account);
    await create.grant(member, { role });
    expect(await closed(browser, member)).toBe(true);
    await browser.post(`/admin/roles/${role.id}`, fieldsOf(role, 1, ["users.view", "messages.read"])).expect(303);
    expect(await closed(browser, member)).toBe(false);
    await browser.post(`/admin/roles/${role.id}`, fieldsOf(role, 2, ["users.view"])).expect(303);
    expect(await closed(browser, member)).toBe(true);
  });

  test("a role that is deleted leaves the drafts that had it with nothing", async () => {
    const { account, browser } = await owner();
    const role = await create.role(account, "account", "Desk", ["messages.read"]);
    const member = await draft(browser);
    await create.grant(member, { role });
    expect(await closed(browser, member)).toBe(false);
    await browser.post(`/admin/roles/${role.id}/deletion`, { version: "1" }).expect(303);
    expect(await closed(browser, member)).toBe(true);
  });

  test("T6 an offer that its inviter can keep no more, when it is accepted", async () => {
    const inviter = await admin("admin");
    const boss = await create.colleague(inviter.account, ["owner"]);
    const user = await create.user();
    const member = await draft(inviter.browser, user.email);
    await db.insert(grants).values({
      ...{ accountId: inviter.account.id, memberId: member.id, systemRole: "viewer" as const, source: "invitation" },
      grantedBy: inviter.user.id,
    } as typeof grants.$inferInsert);
    await inviter.browser.post(`/admin/users/${member.id}/invitation`).expect(303);
    const browser = await browserOf(boss.user, inviter.account);
    expect(await closed(browser, member)).toBe(false);
    await db.update(grants).set({ endedAt: sql`now()` }).where(eq(grants.memberId, inviter.member.id));
    await (await browserOf(user)).post(`/profile/invites/${member.id}/acceptance`).expect(303);
    expect(await reloadMember(member.id)).toMatchObject({ status: "active", mailboxAccess: false });
    expect(await closed(browser, member)).toBe(true);
  });

  test("an invitation accepted, blocked, removed and restored", async () => {
    const { account, browser } = await owner();
    const box = await create.mailbox(account);
    const user = await create.user();
    const member = await draft(browser, user.email);
    await create.grant(member, { systemRole: "mailbox_editor" }, box);
    await browser.post(`/admin/users/${member.id}/invitation`).expect(303);
    await (await browserOf(user)).post(`/profile/invites/${member.id}/acceptance`).expect(303);
    expect(await closed(browser, member)).toBe(false);
    await browser.post(`/admin/users/${member.id}/block`).expect(303);
    await browser.post(`/admin/users/${member.id}/unblock`).expect(303);
    expect(await closed(browser, member)).toBe(false);
    await browser.post(`/admin/users/${member.id}/removal`).expect(303);
    expect(await closed(browser, member, "&status=removed")).toBe(true);
    await browser.post(`/admin/users/${member.id}/restore`).expect(303);
    expect(await closed(browser, member)).toBe(false);
  });

  test("D14 who is invited again starts with nothing", async () => {
    const { account, browser } = await owner();
    const email = someone();
    const member = await invite(browser, email);
    await create.grant(member, { systemRole: "mailbox_reader" }, await create.mailbox(account));
    expect(await closed(browser, member)).toBe(false);
    await browser.post(`/admin/users/${member.id}/revocation`);
    await pauseOver();
    const again = await draft(browser, email);
    expect(await closed(browser, again)).toBe(true);
  });

  test("T49 shows nobody of a neighbour, and is refused without the right to see users", async () => {
    const { browser } = await owner();
    const { member } = await create.colleague((await owner()).account);
    expect(await closed(browser, member)).toBe(false);
    const other = await admin("messages.read");
    await other.browser.get("/admin/users?mailbox=none").expect(403);
  });

  test("two people who each end one of two grants at the same time", async () => {
    const account = await create.account();
    const { member } = await create.colleague(account);
    const [one, two] = [
      await create.grant(member, { systemRole: "mailbox_reader" }, await create.mailbox(account)),
      await create.grant(member, { systemRole: "mailbox_reader" }, await create.mailbox(account)),
    ];
    const end = (id: string) => sql`update grants set ended_at = now() where id = ${id}`;
    let second: Promise<unknown> | undefined;
    await db.transaction(async (tx) => {
      await tx.execute(end(one.id));
      second = Promise.resolve(db.execute(end(two.id)));
      await new Promise((done) => setTimeout(done, 200));
    });
    await second;
    expect(await reloadMember(member.id)).toMatchObject({ mailboxAccess: false });
  });
});

/** Any order of what can happen to grants, roles and mailboxes, against the catalogue of permissions. */
test("the database keeps for each member whether they can open any mailbox", async () => {
  const { account } = await owner();
  const people: Member[] = [];
  for (let n = 0; n < 4; n++) people.push((await create.colleague(account)).member);
  const boxes: Mailbox[] = [await create.mailbox(account), await create.mailbox(account)];
  const role = await create.role(account, "account", "Any", []);
  const opens = (permission: Permission) => (mailboxPermissionKeys as Permission[]).includes(permission);
  const singles: Permission[] = ["users.view", ...mailboxPermissionKeys];
  const wide: SystemRole[] = ["owner", "admin", "viewer"];

  const step = fc.record({
    what: fc.constantFrom("box", "role", "system", "single", "end", "end all", "archive", "contents"),
    who: fc.nat(people.length - 1),
    which: fc.nat(5),
  });
  const act = async ({ what, who, which }: { what: string; who: number; which: number }) => {
    const base = { accountId: account.id, memberId: people[who]!.id, source: "direct" as const };
    const give = (more: object) =>
      db
        .insert(grants)
        .values({ ...base, ...more } as never)
        .onConflictDoNothing();
    if (what === "box") await give({ mailboxId: boxes[which % 2]!.id, systemRole: "mailbox_reader" });
    if (what === "role") await give({ roleId: role.id });
    if (what === "system") await give({ systemRole: wide[which % 3] });
    if (what === "single") await give({ permission: singles[which % singles.length] });
    if (what === "end")
      await db.execute(sql`update grants set ended_at = now() where id = (select id from grants
      where member_id = ${base.memberId} and ended_at is null order by id limit 1)`);
    if (what === "end all")
      await db.execute(sql`update grants set ended_at = now() where account_id = ${account.id} and ended_at is null`);
    if (what === "archive") {
      const archivedAt = sql`case when archived_at is null then now() end`;
      await db
        .update(mailboxes)
        .set({ archivedAt })
        .where(eq(mailboxes.id, boxes[which % 2]!.id));
    }
    if (what === "contents") {
      const permission = singles[which]!;
      const ended = await db
        .update(rolePermissions)
        .set({ endedAt: sql`now()` })
        .where(sql`role_id = ${role.id} and permission = ${permission} and ended_at is null`)
        .returning();
      if (ended.length === 0)
        await db.insert(rolePermissions).values({ ...base, roleId: role.id, permission } as never);
    }
  };
  const truth = async () => {
    const held = await db.select().from(grants).where(sql`account_id = ${account.id} and ended_at is null`);
    const inRole = await db.select().from(rolePermissions).where(sql`role_id = ${role.id} and ended_at is null`);
    const archived = await db.select().from(mailboxes).where(sql`archived_at is not null`);
    const open = held.filter((grant) =>
      grant.mailboxId
        ? !archived.some(({ id }) => id === grant.mailboxId)
        : (grant.systemRole && systemRoles[grant.systemRole].permissions.some(opens)) ||
          (grant.permission && opens(grant.permission)) ||
          (grant.roleId && inRole.some(({ permission }) => opens(permission))),
    );
    return new Set(open.map(({ memberId }) => memberId));
  };

  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      for (const one of steps) await act(one);
      const all = await db.select().from(members).where(eq(members.accountId, account.id));
      const open = await truth();
      expect(all.filter(({ mailboxAccess }) => mailboxAccess).map(({ id }) => id)).toEqual(
        all.filter(({ id }) => open.has(id)).map(({ id }) => id),
      );
    }),
    { numRuns: 40 },
  );
}, 60_000);
