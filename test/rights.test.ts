import "./support/outbox.ts";
import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { permissionKeys, permissions, systemRoles } from "../src/access/permissions.ts";
import { db } from "../src/db/client.ts";
import { events, grants, notifications, pendingChanges, roles, users } from "../src/db/schema.ts";
import { admin, browserOf, owner } from "./support/browser.ts";
import { linkIn, mailTo, runJobs } from "./support/outbox.ts";
import { create, eventsOf, grantsOf, type Member } from "./support/world.ts";

const at = (member: Member, path = "account") => `/admin/users/${member.id}/${path}`;

/** An owner, signed in, and somebody of the account whose rights they edit. */
async function world(values: Parameters<typeof create.member>[2] = {}) {
  const { account, browser, user } = await owner();
  const member = await create.member(account, null, values);
  return { account, browser, user, member };
}

/** The same with an active member. */
async function activeWorld() {
  const { account, browser, user } = await owner();
  const colleague = await create.colleague(account);
  return { account, browser, user, colleague: colleague.user, member: colleague.member };
}

describe("roles", () => {
  test("A8 Add role gives a preset of permissions", async () => {
    const { browser, member } = await world();
    await browser.post(at(member, "roles"), { role: "viewer" }).expect(303).expect("Location", at(member));
    await browser.post(at(member, "rights")).expect(303);
    expect(await grantsOf(member.id)).toEqual(["viewer"]);
    const page = await browser.get(at(member)).expect(200);
    expect(page.text).toContain("11 permissions");
    expect(page.text).toContain("View users");
  });

  test("A9 several roles at once", async () => {
    const { account, browser, member } = await world();
    const desk = await create.role(account, "account", "Press desk", ["messages.read"]);
    await browser.post(at(member, "roles"), { role: ["viewer", desk.id] }).expect(303);
    await browser.post(at(member, "rights")).expect(303);
    expect(await grantsOf(member.id)).toEqual([desk.id, "viewer"].sort());
  });

  test("A10 the system roles are offered in every account, A11 and the account's own beside them", async () => {
    const { account, browser, member } = await world();
    await create.role(account, "account", "Press desk", ["messages.read"]);
    await create.role(account, "mailbox", "Answers", ["messages.send"]);
    const page = await browser.get(at(member, "roles")).expect(200);
    for (const title of ["Owner", "Admin", "Viewer", "Press desk"]) expect(page.text).toContain(`<strong>${title}<`);
    expect(page.text).not.toContain("Answers");
    expect(page.text).not.toContain("Mailbox reader");
  });

  test("nothing chosen is refused beside the list", async () => {
    const { browser, member } = await world();
    const page = await browser.post(at(member, "roles")).expect(422);
    expect(page.text).toContain("Choose at least one role.");
  });

  test("a role that the administrator does not hold is shown with the reason, and cannot be ticked", async () => {
    const { account, browser } = await admin("admin");
    const member = await create.member(account, null);
    const page = await browser.get(at(member, "roles")).expect(200);
    expect(page.text).toMatch(/value="owner"[^>]*disabled/);
    expect(page.text).toContain("You do not hold “Delete the account”.");
  });

  test("a role deleted before saving is left out", async () => {
    const { account, browser, member } = await world();
    const desk = await create.role(account, "account", "Press desk", ["messages.read"]);
    await browser.post(at(member, "roles"), { role: ["viewer", desk.id] }).expect(303);
    await db.update(roles).set({ endedAt: new Date() }).where(eq(roles.id, desk.id));
    await browser.post(at(member, "rights")).expect(303);
    expect(await grantsOf(member.id)).toEqual(["viewer"]);
  });
});

describe("Advanced", () => {
  test("A12 gives single permissions without a role, A16 with Apply", async () => {
    const { browser, member } = await world();
    await browser.post(at(member, "permissions"), { p: ["domains.verify", "users.view"] }).expect(303);
    expect(await grantsOf(member.id)).toEqual([]);
    await browser.post(at(member, "rights")).expect(303);
    expect(await grantsOf(member.id)).toEqual(["domains.verify", "users.view"]);

    await browser.post(at(member, "permissions"), { p: "users.view" }).expect(303);
    await browser.post(at(member, "rights")).expect(303);
    expect(await grantsOf(member.id)).toEqual(["users.view"]);
  });

  test("A13 a search field, A14 filters by section and only selected; ticks that are hidden stay", async () => {
    const { browser, member } = await world();
    const filtered = await browser.get(`${at(member, "permissions")}?ticked=1&p=users.view&q=verify`).expect(200);
    expect(filtered.text).toMatch(/<li[^>]*data-words="verify domains[^>]*"\s+data-section="Domains"\s*>/);
    expect(filtered.text).toMatch(/data-words="view users[^>]*hidden/);
    expect(filtered.text).toMatch(/value="users.view"[^>]*checked/);

    const section = await browser.get(`${at(member, "permissions")}?section=Roles`).expect(200);
    expect(section.text).toMatch(/data-words="view users[^>]*hidden/);
    expect(section.text).not.toMatch(/data-words="view roles[^>]*hidden/);

    const only = await browser.get(`${at(member, "permissions")}?ticked=1&p=users.view&only=1`).expect(200);
    expect(only.text).not.toMatch(/data-words="view users[^>]*hidden/);
    expect(only.text).toMatch(/data-words="verify domains[^>]*hidden/);

    const none = await browser.get(`${at(member, "permissions")}?q=zzz`).expect(200);
    expect(none.text).toContain("No permission matches");
  });

  test("A15 a list with a checkbox for each permission, by section", async () => {
    const { browser, member } = await world();
    const page = await browser.get(at(member, "permissions")).expect(200);
    const boxes = [...page.text.matchAll(/type="checkbox" name="p" value="([^"]+)"/g)].map(([, key]) => key);
    expect(boxes).toEqual(permissionKeys);
    for (const { section } of Object.values(permissions)) expect(page.text).toContain(`<legend>${section}</legend>`);
  });

  test("what the administrator does not hold is disabled with the reason", async () => {
    const { account, browser } = await admin("users.view", "users.edit");
    const member = await create.member(account, null);
    const page = await browser.get(at(member, "permissions")).expect(200);
    expect(page.text).toMatch(/value="domains.verify"[^>]*disabled/);
    expect(page.text).not.toMatch(/value="users.edit"[^>]*disabled/);
    expect(page.text).toContain("You do not hold this yourself.");
  });

  test("a permission that does not exist is refused", async () => {
    const { browser, member } = await world();
    await browser.post(at(member, "permissions"), { p: "world.rule" }).expect(422);
  });
});

describe("mailboxes", () => {
  test("A17 a mailbox gives roles and permissions in the same way, A18 after it was clicked", async () => {
    const { account, browser, member } = await world();
    const press = await create.mailbox(account, { name: "Press" });
    const answers = await create.role(account, "mailbox", "Answers", ["messages.send"]);

    const list = await browser.get(at(member, "mailboxes")).expect(200);
    expect(list.text).toContain(`href="${at(member, `mailboxes/${press.id}`)}"`);
    expect(list.text).not.toContain("Add role");

    const here = at(member, `mailboxes/${press.id}`);
    expect((await browser.get(here).expect(200)).text).toContain(`href="${here}/roles"`);
    const offered = await browser.get(`${here}/roles`).expect(200);
    for (const title of ["Mailbox owner", "Mailbox editor", "Mailbox reader", "Answers"]) {
      expect(offered.text).toContain(`<strong>${title}<`);
    }
    expect(offered.text).not.toContain("<strong>Viewer<");
    expect((await browser.get(`${here}/permissions`).expect(200)).text).not.toContain("users.view");

    await browser.post(`${here}/roles`, { role: ["mailbox_reader", answers.id] }).expect("Location", here);
    await browser.post(`${here}/permissions`, { p: "folders.manage" }).expect(303);
    await browser.post(at(member, "rights")).expect(303);
    expect(await grantsOf(member.id)).toEqual(
      [`mailbox_reader@${press.id}`, `${answers.id}@${press.id}`, `folders.manage@${press.id}`].sort(),
    );
  });

  test("an account role on a mailbox, and a mailbox role on the account, do not fit", async () => {
    const { account, browser, member } = await world();
    const press = await create.mailbox(account);
    const desk = await create.role(account, "account", "Press desk", ["messages.read"]);
    await browser.post(at(member, `mailboxes/${press.id}/roles`), { role: "viewer" }).expect(409);
    await browser.post(at(member, `mailboxes/${press.id}/roles`), { role: desk.id }).expect(409);
    await browser.post(at(member, "roles"), { role: "mailbox_reader" }).expect(409);
    await browser.post(at(member, `mailboxes/${press.id}/permissions`), { p: "users.view" }).expect(409);
  });

  test("are searched by name and address, and those with access come first", async () => {
    const { account, browser, member } = await world();
    for (let n = 0; n < 60; n++) await create.mailbox(account, { name: `Box ${String(n).padStart(2, "0")}` });
    const last = await create.mailbox(account, { name: "Zulu 50%" });
    await create.grant(member, { systemRole: "mailbox_reader" }, last);

    const page = await browser.get(at(member, "mailboxes")).expect(200);
    expect(page.text.indexOf("Zulu")).toBeLessThan(page.text.indexOf("Box 00"));
    expect(page.text).toContain("There are more. Search to find them.");
    const found = await browser.get(`${at(member, "mailboxes")}?q=50%25`).expect(200);
    expect(found.text).toContain("Zulu 50%");
    expect(found.text).not.toContain("Box 50");
    expect((await browser.get(`${at(member, "mailboxes")}?q=nothing`)).text).toContain("No mailbox matches “nothing”");
  });
});

describe("what is not saved", () => {
  test("D10 is kept per administrator across tabs, marked where it is and said once", async () => {
    const { account, browser, member } = await world();
    const viewer = await create.grant(member, { systemRole: "viewer" });
    const press = await create.mailbox(account, { name: "Press" });
    await browser.post(at(member, "roles"), { role: "admin" }).expect(303);
    await browser.post(at(member, "ending"), { line: viewer.id }).expect(303);
    await browser.post(at(member, `mailboxes/${press.id}/roles`), { role: "mailbox_reader" }).expect(303);

    const page = await browser.get(at(member)).expect(200);
    expect(page.text.match(/changes are not saved yet/g)).toHaveLength(1);
    expect(page.text).toContain("3 changes are not saved yet");
    expect(page.text).toContain("Added: Admin, Mailbox reader (Press).");
    expect(page.text).toContain('<li class="new">');
    expect(page.text).toContain('<li class="going">');
    expect(await grantsOf(member.id)).toEqual(["viewer"]);

    const other = await browserOf((await create.colleague(account, ["owner"])).user, account);
    expect((await other.get(at(member)).expect(200)).text).not.toContain("not saved yet");
  });

  test("D10 Cancel drops it", async () => {
    const { browser, member } = await world();
    await browser.post(at(member, "roles"), { role: "admin" }).expect(303);
    await browser.post(at(member, "cancellation")).expect(303).expect("Location", "/admin/users");
    expect(await db.select().from(pendingChanges).where(eq(pendingChanges.memberId, member.id))).toEqual([]);
    await browser.post(at(member, "rights")).expect(303);
    expect(await grantsOf(member.id)).toEqual([]);
  });

  test("each change can be taken back", async () => {
    const { browser, member } = await world();
    const viewer = await create.grant(member, { systemRole: "viewer" });
    await browser.post(at(member, "roles"), { role: "admin" }).expect(303);
    await browser.post(at(member, "ending"), { line: viewer.id }).expect(303);
    await browser.post(at(member, "undo"), { line: ":admin" }).expect(303);
    await browser.post(at(member, "undo"), { line: viewer.id }).expect(303);
    expect((await browser.get(at(member))).text).not.toContain("not saved yet");
    await browser.post(at(member, "undo"), { line: viewer.id }).expect(303);
    await browser.post(at(member, "ending"), { line: crypto.randomUUID() }).expect(409);
  });

  test("adding again what is about to end keeps it as it was", async () => {
    const { browser, member } = await world();
    const viewer = await create.grant(member, { systemRole: "viewer" });
    await browser.post(at(member, "ending"), { line: viewer.id }).expect(303);
    await browser.post(at(member, "roles"), { role: "viewer" }).expect(303);
    await browser.post(at(member, "rights")).expect(303);
    const [row] = await db.select().from(grants).where(eq(grants.memberId, member.id));
    expect(row).toEqual(viewer);
  });
});

describe("what it adds up to", () => {
  test("D11 roles and single permissions together, each with where it comes from; removing a role leaves the single", async () => {
    const { account, browser, member } = await world();
    const press = await create.mailbox(account, { name: "Press" });
    const viewer = await create.grant(member, { systemRole: "viewer" });
    await create.grant(member, { permission: "users.view" });
    await create.grant(member, { systemRole: "mailbox_editor" }, press);
    const page = await browser.get(at(member)).expect(200);
    expect(page.text.replace(/\s+/g, " ")).toMatch(/<dt><a [^>]*>View users<\/a><\/dt> <dd>Viewer, Given singly<\/dd>/);
    expect(page.text.replace(/\s+/g, " ")).toContain("<dd>Viewer, Mailbox editor on Press</dd>");
    expect(page.text).toMatch(/<a href="[^"]*\/why\/roles\/viewer">\d+ permissions<span[^>]*>, Why Viewer\?</);

    await browser.post(at(member, "ending"), { line: viewer.id }).expect(303);
    await browser.post(at(member, "rights")).expect(303);
    expect(await grantsOf(member.id)).toEqual([`mailbox_editor@${press.id}`, "users.view"].sort());
  });
});

describe("saving", () => {
  test("tells an active member by bell and mail, in their language, with what started and ended", async () => {
    const { account, browser, colleague, member } = await activeWorld();
    await db.update(users).set({ locale: "de" }).where(eq(users.id, colleague.id));
    const viewer = await create.grant(member, { systemRole: "viewer" });
    await browser.post(at(member, "roles"), { role: "admin" }).expect(303);
    await browser.post(at(member, "ending"), { line: viewer.id }).expect(303);
    await browser.post(at(member, "rights")).expect(303);
    await runJobs();

    const mail = mailTo(colleague.email);
    expect(mail.subject).toContain("Ihre Rechte in");
    expect(mail.text).toContain("Neu: Admin");
    expect(mail.text).toContain("Beendet: Betrachter");
    expect(linkIn(mail)).toBe(`/accounts/${account.id}/switch?next=%2F`);
    const bell = await db.select().from(notifications).where(eq(notifications.userId, colleague.id));
    expect(bell.map(({ kind }) => kind)).toEqual(["rights.changed"]);
    expect(bell[0]!.data).toMatchObject({ account: account.name });
  });

  test("tells nobody whose rights do not count now", async () => {
    const { account, browser } = await owner();
    const user = await create.user();
    const member = await create.member(account, user, { status: "blocked" });
    await browser.post(at(member, "roles"), { role: "viewer" }).expect(303);
    await browser.post(at(member, "rights")).expect(303);
    expect(await grantsOf(member.id)).toEqual(["viewer"]);
    expect(await db.select().from(notifications).where(eq(notifications.userId, user.id))).toEqual([]);
  });

  test("X3 a grant stores its source, its giver and its end", async () => {
    const { account, browser, user } = await owner();
    for (const [status, source] of [
      ["draft", "invitation"],
      ["invited", "invitation"],
      ["active", "direct"],
    ] as const) {
      const member = await create.member(account, status === "active" ? await create.user() : null, { status });
      await browser.post(at(member, "roles"), { role: "viewer" }).expect(303);
      await browser.post(at(member, "rights")).expect(303);
      const [row] = await db.select().from(grants).where(eq(grants.memberId, member.id));
      expect(row).toMatchObject({ source, grantedBy: user.id, endedAt: null });
      await browser.post(at(member, "ending"), { line: row!.id }).expect(303);
      await browser.post(at(member, "rights")).expect(303);
      const [ended] = await db.select().from(grants).where(eq(grants.memberId, member.id));
      expect(ended).toEqual({ ...row, endedAt: expect.any(Date), endedBy: user.id, endReason: "removed" });
    }
  });

  test("with nothing to save writes nothing", async () => {
    const { account, browser, member } = await world();
    const before = await eventsOf(account.id);
    await browser.post(at(member, "rights")).expect(303);
    expect(await eventsOf(account.id)).toEqual(before);
  });
});

describe("the page", () => {
  test("A5 of a draft says that nothing is sent yet, A6 and its header holds Invite user", async () => {
    const { browser, member } = await world({ status: "draft", email: "jonas@agency.test" });
    const page = await browser.get(at(member)).expect(200);
    expect(page.text).toContain("Draft, not sent");
    expect(page.text).toContain("Nothing is sent until you press Invite user.");
    expect(page.text).toContain(`action="${at(member, "invitation")}"`);
    expect(page.text).toContain("Nothing yet. Without any right the user sees only their own profile.");
  });

  test("A6, A7 Invite user sends what is pending, and also with no permission at all", async () => {
    const { account, browser, member } = await world({ status: "draft" });
    const bare = await create.member(account, null, { status: "draft" });
    await browser.post(at(member, "roles"), { role: "viewer" }).expect(303);
    await browser.post(at(member, "invitation")).expect(303);
    await browser.post(at(bare, "invitation")).expect(303);
    expect(await grantsOf(member.id)).toEqual(["viewer"]);
    expect(await grantsOf(bare.id)).toEqual([]);
  });

  test("T12 of a draft is the same whether the address is registered or not", async () => {
    const { account, browser } = await owner();
    const known = await create.user({ firstName: "", lastName: "" });
    const strip = (text: string, email: string, id: string) => text.replaceAll(email, "E").replaceAll(id, "I");
    const pages = [];
    for (const email of [known.email, "unknown@people.test"]) {
      const member = await create.member(account, null, { email, status: "draft" });
      pages.push(strip((await browser.get(at(member)).expect(200)).text, email, member.id));
    }
    expect(pages[0]).toBe(pages[1]);
  });

  test("is read-only for who may only see users, and for a removed user", async () => {
    const { account, browser } = await admin("viewer");
    const member = await create.member(account, null);
    await create.grant(member, { systemRole: "viewer" });
    const page = await browser.get(at(member)).expect(200);
    expect(page.text).toContain("You see the rights of this user, and you may not change them.");
    expect(page.text).not.toMatch(/Add role|Advanced|>Save</);
    await browser.get(at(member, "roles")).expect(403);
    await browser.get(at(member, "permissions")).expect(403);

    const boss = await owner();
    const gone = await create.member(boss.account, null, {
      status: "removed",
      statusBefore: "invited",
      endedAt: new Date(),
    });
    const removed = await boss.browser.get(at(gone)).expect(200);
    expect(removed.text).toContain("This user was removed. Restore the user to change rights again.");
    expect(removed.text).toContain(`action="${at(gone, "restore")}"`);
    await boss.browser.post(at(gone, "roles"), { role: "viewer" }).expect(409);
  });

  test("with invites.send one edits who has not answered yet, and nobody else", async () => {
    const { account, browser } = await admin("viewer", "invites.send");
    const draft = await create.member(account, null, { status: "draft" });
    const { member } = await create.colleague(account);
    await browser.post(at(draft, "roles"), { role: "viewer" }).expect(303);
    await browser.post(at(member, "roles"), { role: "viewer" }).expect(403);
  });

  test("of a neighbour is not found, and garbage is not an error", async () => {
    const { browser } = await owner();
    const neighbour = await world();
    for (const path of ["account", "mailboxes", "roles", "permissions", "log", "conflict"]) {
      await browser.get(at(neighbour.member, path)).expect(404);
      await browser.get(`/admin/users/garbage/${path}`).expect(404);
    }
  });

  test("the Log tab shows who, what, when and before and after, to who may see the audit log", async () => {
    const { account, browser, user, member } = await world();
    await browser.post(at(member, "roles"), { role: "viewer" }).expect(303);
    await browser.post(at(member, "rights")).expect(303);
    const page = await browser.get(at(member, "log")).expect(200);
    expect(page.text).toContain("Rights of a user changed");
    expect(page.text).toContain(user.email);
    expect(page.text).toContain('<span class="chip plus">Viewer</span>');

    const viewer = await browserOf((await create.colleague(account, ["viewer"])).user, account);
    expect((await viewer.get(at(member)).expect(200)).text).not.toContain(`${at(member, "log")}"`);
    await viewer.get(at(member, "log")).expect(403);
  });

  test("the Log tab goes on page by page", async () => {
    const { account, browser, member } = await world();
    await db.insert(events).values(
      Array.from({ length: 26 }, (_, n) => ({
        accountId: account.id,
        actorLabel: `admin${n}@people.test`,
        name: "member.rights_changed" as const,
        subjectType: "member",
        subjectId: member.id,
        subjectLabel: member.email,
      })),
    );
    const first = await browser.get(at(member, "log")).expect(200);
    const older = first.text.match(/href="([^"]+\?before=\d+)"/)?.[1];
    const second = await browser.get(older!).expect(200);
    expect(first.text.match(/Rights of a user changed/g)).toHaveLength(25);
    expect(second.text.match(/Rights of a user changed/g)).toHaveLength(1);
    expect(second.text).toContain("Newest");
  });

  test("speaks German", async () => {
    const { browser, user, member } = await world({ status: "draft" });
    await db.update(users).set({ locale: "de" }).where(eq(users.id, user.id));
    await browser.post(at(member, "roles"), { role: "viewer" }).expect(303);
    const page = await browser.get(at(member)).expect(200);
    expect(page.text).toContain("1 Änderung ist noch nicht gespeichert");
    expect(page.text).toContain("Benutzer ansehen");
    expect(systemRoles.viewer.title).toBe("Viewer");
  });
});
