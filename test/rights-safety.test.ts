import { and, eq, inArray, isNull, sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { mailboxPermissionKeys, type Permission, permissionKeys } from "../src/access/permissions.ts";
import { db } from "../src/db/client.ts";
import { events, grants, members, type PendingGrant, pendingChanges, rolePermissions } from "../src/db/schema.ts";
import { admin, type Browser, browserOf, owner } from "./support/browser.ts";
import { rounds } from "./support/waits.ts";
import { type Account, create, eventsOf, grantsOf, type Member, reloadMember, type User } from "./support/world.ts";

const at = (member: Member, path: string) => `/admin/users/${member.id}/${path}`;

async function world(values: Parameters<typeof create.member>[2] = {}) {
  const { account, browser, user, member: self } = await owner();
  const member = await create.member(account, null, values);
  return { account, browser, user, self, member };
}

const currentCount = () => db.$count(grants, isNull(grants.endedAt));

/** Puts changes into the row as if the administrator had made them when they still held the rights. */
const pend = (user: User, member: Member, adds: PendingGrant[], ends: string[] = []) =>
  db
    .insert(pendingChanges)
    .values({ accountId: member.accountId, adminId: user.id, memberId: member.id, memberVersion: 1, adds, ends })
    .onConflictDoUpdate({ target: [pendingChanges.adminId, pendingChanges.memberId], set: { adds, ends } });

describe("ids of a neighbour", () => {
  test("T50 a foreign member, mailbox, role or grant beside the own account is not found, and nothing changes", async () => {
    const { account, browser, member } = await world();
    const theirs = await world();
    const box = await create.mailbox(account);
    const theirBox = await create.mailbox(theirs.account);
    const theirRole = await create.role(theirs.account, "account", "Theirs", ["users.view"]);
    const theirBoxRole = await create.role(theirs.account, "mailbox", "Theirs", ["messages.read"]);
    const theirGrant = await create.grant(theirs.member, { systemRole: "viewer" });
    const before = await currentCount();

    const attempts: [string, Record<string, string | string[]>][] = [
      [at(theirs.member, "roles"), { role: "viewer" }],
      [at(theirs.member, "permissions"), { p: "users.view" }],
      [at(theirs.member, "ending"), { line: theirGrant.id }],
      [at(theirs.member, "undo"), { line: theirGrant.id }],
      [at(theirs.member, "rights"), {}],
      [at(theirs.member, "cancellation"), {}],
      [at(theirs.member, "rebase"), { version: "1" }],
      [at(member, "roles"), { role: theirRole.id }],
      [at(member, "roles"), { role: ["viewer", theirRole.id] }],
      [at(member, `mailboxes/${theirBox.id}/roles`), { role: "mailbox_reader" }],
      [at(member, `mailboxes/${theirBox.id}/permissions`), { p: "messages.read" }],
      [at(member, `mailboxes/${theirBox.id}/permissions`), {}],
      [at(member, `mailboxes/${box.id}/roles`), { role: theirBoxRole.id }],
      [at(member, "roles"), { role: "not-a-role" }],
    ];
    for (const [path, fields] of attempts) await browser.post(path, fields).expect(404);
    for (const line of [theirGrant.id, crypto.randomUUID(), "garbage"]) {
      await browser.post(at(member, "ending"), { line }).expect(409);
    }

    expect(await currentCount()).toBe(before);
    expect(await db.$count(pendingChanges, inArray(pendingChanges.memberId, [member.id, theirs.member.id]))).toBe(0);
  });

  test("T50 foreign ids in the pending row itself are not saved", async () => {
    const { browser, user, member } = await world();
    const theirs = await world();
    const theirBox = await create.mailbox(theirs.account);
    const theirRole = await create.role(theirs.account, "account", "Theirs", ["users.view"]);
    const theirGrant = await create.grant(theirs.member, { systemRole: "viewer" });
    await pend(user, member, [
      { mailboxId: theirBox.id, systemRole: "mailbox_reader" },
      { mailboxId: null, roleId: theirRole.id },
    ]);
    await browser.post(at(member, "rights")).expect(303);
    expect(await grantsOf(member.id)).toEqual([]);

    await pend(user, member, [], [theirGrant.id]);
    await browser.post(at(member, "rights")).expect(404);
    expect(await grantsOf(theirs.member.id)).toEqual(["viewer"]);
  });

  test("T50 the database itself refuses a grant that mixes two accounts, or a role of the other level", async () => {
    const [ours, theirs] = [await world(), await world()];
    const theirBox = await create.mailbox(theirs.account);
    const theirRole = await create.role(theirs.account, "account", "Theirs", ["users.view"]);
    const ourBoxRole = await create.role(ours.account, "mailbox", "Ours", ["messages.read"]);
    const insert = (member: string, box: string | null, role: string | null, system: string | null) =>
      db.execute(sql`insert into grants (account_id, member_id, mailbox_id, role_id, system_role, source)
        values (${ours.account.id}, ${member}, ${box}, ${role}, ${system}, 'direct')`);

    for (const refused of [
      () => insert(theirs.member.id, null, null, "viewer"),
      () => insert(ours.member.id, theirBox.id, null, "mailbox_reader"),
      () => insert(ours.member.id, null, theirRole.id, null),
      () => insert(ours.member.id, null, ourBoxRole.id, null),
      () => insert(ours.member.id, null, ourBoxRole.id, "viewer"),
      () => insert(ours.member.id, null, null, null),
    ]) {
      await expect(refused()).rejects.toMatchObject({ cause: { code: expect.stringMatching(/^23(503|514)$/) } });
    }
  });
});

describe("granting what one lacks", () => {
  /** Somebody who holds everything through one role, of which one permission at a time is taken out. */
  async function nearlyOwner() {
    const account = await create.account();
    const all = await create.role(account, "account", "Nearly everything", [...permissionKeys]);
    const { user, member } = await create.colleague(account);
    await create.grant(member, { role: all });
    const browser = await browserOf(user, account);
    const set = (lacking: Permission | null) =>
      db.execute(sql`update role_permissions set ended_at = case when permission = ${lacking} then now() end
        where role_id = ${all.id}`);
    return { account, user, member, browser, set };
  }

  /** Each way in which the page, or the invitation, could give the permission; all must be refused. */
  async function refusedWays(browser: Browser, user: User, account: Account, member: Member, permission: Permission) {
    const role = await create.role(account, "account", `With ${permission} ${member.status}`, [permission]);
    const box = mailboxPermissionKeys.includes(permission) ? await create.mailbox(account) : undefined;
    const answers = [
      await browser.post(at(member, "permissions"), { p: permission }),
      await browser.post(at(member, "roles"), { role: role.id }),
      ...(box ? [await browser.post(at(member, `mailboxes/${box.id}/permissions`), { p: permission })] : []),
      ...(box ? [await browser.post(at(member, `mailboxes/${box.id}/roles`), { role: "mailbox_owner" })] : []),
    ];
    const send = member.status === "draft" ? "invitation" : "rights";
    const ways: PendingGrant[] = [
      { mailboxId: null, permission },
      { mailboxId: null, roleId: role.id },
      ...(box ? [{ mailboxId: box.id, permission }] : []),
    ];
    for (const way of ways) {
      await pend(user, member, [way]);
      answers.push(await browser.post(at(member, send)));
    }
    return answers.map(({ status }) => status);
  }

  for (const channel of ["page", "invitation"] as const) {
    test(`T51 by the ${channel}: who holds everything but one permission cannot give that one, for each`, async () => {
      const { account, user, browser, set } = await nearlyOwner();
      for (const permission of permissionKeys) {
        const member =
          channel === "page"
            ? (await create.colleague(account)).member
            : await create.member(account, null, { status: "draft" });
        await set(permission);
        const statuses = await refusedWays(browser, user, account, member, permission);
        expect({ permission, statuses }).toEqual({ permission, statuses: statuses.map(() => 403) });
        expect(await grantsOf(member.id)).toEqual([]);
        expect((await reloadMember(member.id)).status).toBe(member.status);
      }
    }, 120_000);
  }

  test("T51 who holds it gives it: the refusals above are about the permission", async () => {
    const { account, browser, set } = await nearlyOwner();
    await set(null);
    const { member } = await create.colleague(account);
    await browser.post(at(member, "permissions"), { p: [...permissionKeys] }).expect(303);
    await browser.post(at(member, "rights")).expect(303);
    expect(await grantsOf(member.id)).toEqual([...permissionKeys].sort());
  });

  test("T51 a role that grew meanwhile is judged by what it holds when it is saved", async () => {
    const { account, browser, user } = await admin("users.view", "users.edit");
    const { member } = await create.colleague(account);
    const role = await create.role(account, "account", "Grows", ["users.view"]);
    await browser.post(at(member, "roles"), { role: role.id }).expect(303);
    await db.insert(rolePermissions).values({ accountId: account.id, roleId: role.id, permission: "domains.delete" });
    await browser.post(at(member, "rights")).expect(403);
    expect(await grantsOf(member.id)).toEqual([]);
    expect(user.id).toBeTruthy();
  });
});

describe("taking away", () => {
  test("T52 who may only look cannot end anything: not one line, not by an empty list, not by saving", async () => {
    const { account, browser, user } = await admin("viewer");
    const { member } = await create.colleague(account, ["viewer", "users.view"]);
    const [first] = await db.select().from(grants).where(eq(grants.memberId, member.id));
    await browser.post(at(member, "permissions"), {}).expect(403);
    await browser.post(at(member, "ending"), { line: first!.id }).expect(403);
    await browser.post(at(member, "undo"), { line: first!.id }).expect(403);
    await browser.post(at(member, "rights")).expect(403);
    await pend(user, member, [], [first!.id]);
    await browser.post(at(member, "rights")).expect(403);
    expect(await grantsOf(member.id)).toEqual(["users.view", "viewer"]);
  });

  test("T52 a right that one lacks cannot be taken away either", async () => {
    const { account, browser, user } = await admin("users.view", "users.edit");
    const { member } = await create.colleague(account, ["domains.verify", "users.view"]);
    const rows = await db.select().from(grants).where(eq(grants.memberId, member.id));
    for (const { id } of rows) await browser.post(at(member, "ending"), { line: id }).expect(403);
    await browser.post(at(member, "permissions"), {}).expect(403);
    await pend(user, member, [], [rows.find(({ permission }) => permission === "domains.verify")!.id]);
    await browser.post(at(member, "rights")).expect(403);
    expect(await grantsOf(member.id)).toEqual(["domains.verify", "users.view"]);
  });

  test("T54 an admin sees an owner's rights, with the reason why they cannot edit them", async () => {
    const { account, browser } = await admin("admin");
    const { member } = await create.colleague(account, ["owner"]);
    const page = await browser.get(at(member, "account")).expect(200);
    expect(page.text).toContain("This user holds more than you: “Delete the account”.");
    expect(page.text).not.toMatch(/>Save<|Add role/);
    const box = await create.mailbox(account);
    for (const [path, fields] of [
      ["roles", { role: "viewer" }],
      ["permissions", { p: "users.view" }],
      [`mailboxes/${box.id}/roles`, { role: "mailbox_reader" }],
      ["rights", {}],
    ] as const) {
      const answer = await browser.post(at(member, path), fields);
      expect([403, 303]).toContain(answer.status);
    }
    expect(await grantsOf(member.id)).toEqual(["owner"]);
    expect(await db.$count(pendingChanges, eq(pendingChanges.memberId, member.id))).toBe(0);
  });
});

describe("the last owner", () => {
  const ownerGrantOf = async (member: Member) => {
    const [row] = await db
      .select()
      .from(grants)
      .where(and(eq(grants.memberId, member.id), eq(grants.systemRole, "owner"), isNull(grants.endedAt)));
    return row!;
  };

  test("T55 does not demote themselves", async () => {
    const { browser, self } = await world();
    const held = await ownerGrantOf(self);
    await browser.post(at(self, "roles"), { role: "admin" }).expect(303);
    await browser.post(at(self, "ending"), { line: held.id }).expect(303);
    const page = await browser.post(at(self, "rights")).expect(409);
    expect(page.text).toContain("This is the last owner of the account.");
    expect(await grantsOf(self.id)).toEqual(["owner"]);
  });

  test("T55 of two owners who demote each other at the same moment one stays, in every round", async () => {
    const account = await create.account();
    const [a, b] = [await create.colleague(account, ["owner"]), await create.colleague(account, ["owner"])];
    const [browserA, browserB] = [await browserOf(a.user, account), await browserOf(b.user, account)];

    for (let round = 0; round < rounds(20); round++) {
      const [heldA, heldB] = [await ownerGrantOf(a.member), await ownerGrantOf(b.member)];
      await browserA.post(at(b.member, "ending"), { line: heldB.id }).expect(303);
      await browserB.post(at(a.member, "ending"), { line: heldA.id }).expect(303);
      const answers = await Promise.all([browserA.post(at(b.member, "rights")), browserB.post(at(a.member, "rights"))]);
      expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
      expect(answers.filter(({ status }) => [403, 409].includes(status))).toHaveLength(1);
      const owners = [...(await grantsOf(a.member.id)), ...(await grantsOf(b.member.id))];
      expect(owners).toEqual(["owner"]);

      const demoted = (await grantsOf(a.member.id)).length ? b.member : a.member;
      await create.grant(demoted, { systemRole: "owner" });
      await db.delete(pendingChanges).where(eq(pendingChanges.accountId, account.id));
    }
  }, 600_000);
});

describe("two administrators", () => {
  async function two() {
    const { account, browser, user } = await owner();
    const other = await create.colleague(account, ["owner"]);
    const member = await create.member(account, null);
    const viewer = await create.grant(member, { systemRole: "viewer" });
    return { account, user, member, viewer, first: await browserOf(other.user, account), second: browser, other };
  }

  test("T56 the second to save sees both states, and nothing of theirs is saved or lost", async () => {
    const { first, second, member, viewer, other } = await two();
    await second.post(at(member, "roles"), { role: "admin" }).expect(303);
    await first.post(at(member, "ending"), { line: viewer.id }).expect(303);
    await first.post(at(member, "permissions"), { p: "domains.verify" }).expect(303);
    await first.post(at(member, "rights")).expect(303);

    const conflict = await second.post(at(member, "rights")).expect(409);
    expect(conflict.text).toContain("As it is now");
    expect(conflict.text).toContain("<strong>Verify domains</strong>");
    expect(conflict.text).toContain("<strong>Admin</strong>");
    expect(conflict.text).toContain(other.user.email);
    expect(await grantsOf(member.id)).toEqual(["domains.verify"]);
    expect((await second.get(at(member, "account"))).text).toContain("This user was changed after you began");

    const { version } = await reloadMember(member.id);
    await second.post(at(member, "rebase"), { version: String(version) }).expect(303);
    expect(await grantsOf(member.id)).toEqual(["admin", "domains.verify"]);
  });

  test("T56 who applies on top of a state that has changed again sees the new one", async () => {
    const { first, second, member } = await two();
    await second.post(at(member, "roles"), { role: "admin" }).expect(303);
    for (const permission of ["domains.verify", "domains.view"]) {
      await first.post(at(member, "permissions"), { p: permission }).expect(303);
      await first.post(at(member, "rights")).expect(303);
    }
    await second.post(at(member, "rebase"), { version: "2" }).expect(409);
    await second.post(at(member, "rebase"), { version: "garbage" }).expect(409);
    expect(await grantsOf(member.id)).toEqual(["domains.view", "viewer"]);
  });

  test("T56 who drops theirs keeps what the other saved", async () => {
    const { first, second, member, viewer } = await two();
    await second.post(at(member, "roles"), { role: "admin" }).expect(303);
    await first.post(at(member, "ending"), { line: viewer.id }).expect(303);
    await first.post(at(member, "rights")).expect(303);
    await second.get(at(member, "conflict")).expect(200);
    await second.post(at(member, "cancellation"), { stay: "1" }).expect("Location", at(member, "account"));
    expect(await grantsOf(member.id)).toEqual([]);
    await second.get(at(member, "conflict")).expect(303);
  });

  test("T56 two who save at the same moment: one saves, the other is told", async () => {
    const { first, second, member } = await two();
    await first.post(at(member, "roles"), { role: "admin" }).expect(303);
    await second.post(at(member, "permissions"), { p: "users.view" }).expect(303);
    const answers = await Promise.all([first.post(at(member, "rights")), second.post(at(member, "rights"))]);
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 409]);
  });

  test("T56 an invitation is not sent on rights that somebody else changed", async () => {
    const { account, first, second } = await two();
    const draft = await create.member(account, null, { status: "draft" });
    await second.post(at(draft, "roles"), { role: "viewer" }).expect(303);
    await first.post(at(draft, "permissions"), { p: "users.view" }).expect(303);
    await first.post(at(draft, "rights")).expect(303);
    const refused = await second.post(at(draft, "invitation")).expect(409);
    expect(refused.text).toContain("As it is now");
    expect((await reloadMember(draft.id)).status).toBe("draft");
    expect(await grantsOf(draft.id)).toEqual(["users.view"]);

    // Going on from there does what was pressed: it saves, and sends.
    expect(refused.text).toContain("Apply mine on top and invite");
    expect(refused.text).toContain(`action="${at(draft, "invitation")}"`);
    const version = String((await reloadMember(draft.id)).version);
    await second.post(at(draft, "invitation"), { version: String(Number(version) - 1) }).expect(409);
    await second.post(at(draft, "invitation"), { version }).expect(303);
    expect((await reloadMember(draft.id)).status).toBe("invited");
    expect((await grantsOf(draft.id)).sort()).toEqual(["users.view", "viewer"]);
  });
});

describe("forms and the log", () => {
  test("T57 fields that a form does not have are ignored", async () => {
    const { account, browser, user, member } = await world();
    const other = await create.member(account, null);
    const extra = {
      id: other.id,
      memberId: other.id,
      member_id: other.id,
      account_id: crypto.randomUUID(),
      accountId: crypto.randomUUID(),
      mailboxId: crypto.randomUUID(),
      source: "system",
      granted_by: other.id,
      systemRole: "owner",
      permission: "account.delete",
      adds: '[{"systemRole":"owner"}]',
      is_corporate: "1",
    };
    await browser.post(at(member, "roles"), { role: "viewer", ...extra }).expect(303);
    await browser.post(at(member, "permissions"), { p: "users.view", ...extra }).expect(303);
    await browser.post(at(member, "rights"), extra).expect(303);
    expect(await grantsOf(member.id)).toEqual(["users.view", "viewer"]);
    expect(await grantsOf(other.id)).toEqual([]);
    const rows = await db.select().from(grants).where(eq(grants.memberId, member.id));
    for (const row of rows) expect(row).toMatchObject({ source: "invitation", grantedBy: user.id, mailboxId: null });
    expect((await reloadMember(member.id)).corporate).toBe(false);
  });

  test("T17 a field that should come once and comes twice is refused", async () => {
    const { browser, member } = await world();
    await browser.post(at(member, "ending"), { line: ["a", "b"] }).expect(400);
    await browser.post(at(member, "rebase"), { version: ["1", "2"] }).expect(400);
  });

  test("T95 saving leaves exactly one event with actor, before and after; what is not saved leaves none", async () => {
    const { account, browser, user, member } = await world();
    const viewer = await create.grant(member, { systemRole: "viewer" });
    const press = await create.mailbox(account, { name: "Press" });
    const before = await eventsOf(account.id);
    await browser.post(at(member, "roles"), { role: "admin" }).expect(303);
    await browser.post(at(member, "permissions"), { p: "domains.verify" }).expect(303);
    await browser.post(at(member, `mailboxes/${press.id}/roles`), { role: "mailbox_reader" }).expect(303);
    await browser.post(at(member, "ending"), { line: viewer.id }).expect(303);
    expect(await eventsOf(account.id)).toEqual(before);

    await browser.post(at(member, "rights")).expect(303);
    expect(await eventsOf(account.id)).toEqual([...before, "member.rights_changed"]);
    const [event] = await db
      .select()
      .from(events)
      .where(and(eq(events.accountId, account.id), eq(events.name, "member.rights_changed")));
    expect(event).toMatchObject({
      actorId: user.id,
      subjectType: "member",
      subjectId: member.id,
      before: { rights: ["Viewer"] },
      after: { rights: ["Admin", "Mailbox reader (Press)", "Verify domains"] },
    });
  });

  test("X3 a refused save leaves no trace", async () => {
    const { browser, user, member } = await world();
    const before = await db.$count(events);
    await pend(user, member, [{ mailboxId: null, systemRole: "mailbox_reader" }]);
    await browser.post(at(member, "rights")).expect(409);
    expect(await db.$count(events)).toBe(before);
    expect(await db.$count(members, and(eq(members.id, member.id), eq(members.version, 1)))).toBe(1);
  });
});
