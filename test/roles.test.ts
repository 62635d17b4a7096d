import { and, eq, isNull } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { loadVisitor } from "../src/access/load-actor.ts";
import { db } from "../src/db/client.ts";
import { events, rolePermissions, roles } from "../src/db/schema.ts";
import { admin, browserOf, owner } from "./support/browser.ts";
import { create, eventsOf, grantsOf, type Role } from "./support/world.ts";

const fieldsOf = (role: { name: string; version: number }, permissions: string[]) => ({
  name: role.name,
  about: "",
  version: String(role.version),
  permissions,
});

const contentsOf = async (roleId: string) => {
  const rows = await db
    .select()
    .from(rolePermissions)
    .where(and(eq(rolePermissions.roleId, roleId), isNull(rolePermissions.endedAt)));
  return rows.map(({ permission }) => permission).sort();
};
const reload = async (role: Role) => (await db.select().from(roles).where(eq(roles.id, role.id)))[0]!;
const roleEvents = async (accountId: string) => (await eventsOf(accountId)).filter((name) => name.startsWith("role."));

describe("the list of roles", () => {
  test("A10 shows the system roles to a viewer, without controls", async () => {
    const { browser } = await admin("viewer");
    const page = await browser.get("/admin/roles").expect(200);
    expect(page.text).toContain("Mailbox editor");
    expect(page.text).toContain("No custom roles yet");
    expect(page.text).not.toContain("New role");
    expect(page.text).not.toContain("/copy");
  });

  test("counts permissions and users, and leads to the users", async () => {
    const { account, browser } = await owner();
    const role = await create.role(account, "account", "Press desk", ["users.view", "roles.view"]);
    const { member } = await create.colleague(account);
    await create.grant(member, { role });
    await create.grant(await create.member(account, null, { status: "removed" }), { role });
    const page = await browser.get("/admin/roles").expect(200);
    expect(page.text).toContain("2 permissions");
    expect(page.text).toContain(`<a href="/admin/users?role=${role.id}">1 user</a>`);
    expect(page.text).toContain(`<a href="/admin/users?role=owner">1 user</a>`);
  });

  test("is refused without the permission", async () => {
    const { browser } = await admin("users.view");
    await browser.get("/admin/roles").expect(403);
  });

  test("does not show a neighbour’s roles", async () => {
    const neighbour = await owner();
    const role = await create.role(neighbour.account, "account", "Neighbours only", ["users.view"]);
    const { browser } = await owner();
    expect((await browser.get("/admin/roles").expect(200)).text).not.toContain("Neighbours only");
    await browser.get(`/admin/roles/${role.id}`).expect(404);
  });
});

describe("creating a role", () => {
  const fields = { name: "Press desk", about: "Answers the press", level: "mailbox", permissions: ["messages.read"] };

  test("A11 makes it, with one event", async () => {
    const { account, user, browser } = await owner();
    const answer = await browser.post("/admin/roles", fields).expect(303);
    const [role] = await db.select().from(roles).where(eq(roles.accountId, account.id));
    expect(role).toMatchObject({ name: "Press desk", level: "mailbox", createdBy: user.id });
    expect(answer.headers.location).toBe(`/admin/roles/${role!.id}`);
    expect(await contentsOf(role!.id)).toEqual(["messages.read"]);
    const [event] = await db.select().from(events).where(eq(events.name, "role.created"));
    expect(event).toMatchObject({ accountId: account.id, actorId: user.id, subjectId: role!.id });
    expect(await roleEvents(account.id)).toEqual(["role.created"]);
  });

  test("is refused without the permission", async () => {
    const { account, browser } = await admin("roles.view", "messages.read");
    await browser.post("/admin/roles", fields).expect(403);
    expect(await roleEvents(account.id)).toEqual([]);
  });

  test.each([
    ["", "Give the role a name."],
    ["a".repeat(61), "At most 60 characters"],
    ["Press, desk", "A comma cannot be part"],
    ["Press\u0007desk", "a character that cannot be shown"],
    ["viewer", "A system role is called like this"],
    ["Betrachter", "A system role is called like this"],
    ["ÄRZTE", "Another role is already called like this"],
  ])("A65 refuses the name %j and keeps what was typed", async (name, message) => {
    const { account, browser } = await owner();
    await create.role(account, "mailbox", "Ärzte", ["messages.read"]);
    const page = await browser.post("/admin/roles", { ...fields, name }).expect(422);
    expect(page.text).toContain(message);
    expect(page.text).toContain("Answers the press");
  });

  test("A65 the same name may stand at the other level, and with a neighbour", async () => {
    const { account, browser } = await owner();
    await create.role(account, "account", "Press desk", ["users.view"]);
    await browser.post("/admin/roles", fields).expect(303);
  });

  test("of two at the same moment with one name one is told", async () => {
    const { browser } = await owner();
    const answers = await Promise.all([1, 2, 3].map(() => browser.post("/admin/roles", fields)));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 422, 422]);
  });

  test("a mailbox role holds mailbox permissions only, and no role is empty", async () => {
    const { browser } = await owner();
    await browser.post("/admin/roles", { ...fields, permissions: ["users.view"] }).expect(422);
    await browser.post("/admin/roles", { ...fields, permissions: [] }).expect(422);
    await browser.post("/admin/roles", { ...fields, permissions: ["users.fly"] }).expect(422);
    await browser.post("/admin/roles", { ...fields, level: "account", permissions: ["users.view"] }).expect(303);
  });

  test("T51 nobody writes a role that holds more than they do", async () => {
    const { account, browser } = await admin("admin");
    const refused = { ...fields, level: "account", permissions: ["users.view", "account.delete"] };
    expect((await browser.post("/admin/roles", refused).expect(403)).text).toContain("Delete the account");
    expect(await roleEvents(account.id)).toEqual([]);
  });

  test("T57 unknown fields are dropped", async () => {
    const { account, browser } = await owner();
    const neighbour = await owner();
    const id = crypto.randomUUID();
    const more = { id, accountId: neighbour.account.id, account_id: neighbour.account.id, version: "9", createdBy: id };
    await browser.post("/admin/roles", { ...fields, ...more, endedAt: "2020-01-01" }).expect(303);
    const [role] = await db.select().from(roles).where(eq(roles.accountId, account.id));
    expect(role).toMatchObject({ version: 1, endedAt: null });
    expect(role!.id).not.toBe(id);
    expect(await db.select().from(roles).where(eq(roles.accountId, neighbour.account.id))).toEqual([]);
  });

  test("works without JavaScript: a search or a whole section keeps what was ticked", async () => {
    const { browser } = await owner();
    const open = { ...fields, level: "account", permissions: ["audit.view"], found: "" };
    const searched = await browser.post("/admin/roles", { ...open, find: "webhook" }).expect(200);
    expect(searched.text).toMatch(/value="audit.view" checked/);
    const all = await browser.post("/admin/roles/new/selection", { ...open, find: "", all: "Webhooks" }).expect(200);
    expect(all.text).toMatch(/value="webhooks.delete" checked/);
    expect(all.text).toMatch(/value="audit.view" checked/);
    const part = await browser
      .post("/admin/roles/new/selection", { ...open, find: "webhook" })
      .set("HX-Request", "true")
      .expect(200);
    expect(part.text).not.toContain("<html");
  });
});

describe("copying a role", () => {
  test("copies a system role under a free name", async () => {
    const { account, browser } = await owner();
    await browser.post("/admin/roles/viewer/copy").expect(303);
    await browser.post("/admin/roles/viewer/copy").expect(303);
    const made = await db.select().from(roles).where(eq(roles.accountId, account.id)).orderBy(roles.createdAt);
    expect(made.map(({ name }) => name)).toEqual(["Copy of Viewer", "Copy of Viewer (2)"]);
    expect(await contentsOf(made[0]!.id)).toContain("messages.read");
    expect(await roleEvents(account.id)).toEqual(["role.created", "role.created"]);
  });

  test("T51 leaves out what its maker does not hold", async () => {
    const { account, browser } = await admin("admin");
    await browser.post("/admin/roles/owner/copy").expect(303);
    const [made] = await db.select().from(roles).where(eq(roles.accountId, account.id));
    const held = await contentsOf(made!.id);
    expect(held).toContain("users.edit");
    expect(held).not.toContain("account.delete");
    expect((await browser.get("/admin/roles")).text).toContain("1 permission was left out");
  });

  test("T51 of a role of which its maker holds nothing is refused", async () => {
    const { account, browser } = await admin("roles.view", "roles.add");
    await browser.post("/admin/roles/mailbox_reader/copy").expect(403);
    expect(await roleEvents(account.id)).toEqual([]);
  });

  test("is refused without the permission, and of a neighbour not found", async () => {
    const neighbour = await owner();
    const role = await create.role(neighbour.account, "account", "Theirs", ["users.view"]);
    const { browser } = await admin("viewer");
    await browser.post("/admin/roles/viewer/copy").expect(403);
    await (await owner()).browser.post(`/admin/roles/${role.id}/copy`).expect(404);
  });
});

describe("editing a role", () => {
  test("shows who gains and loses, then saves; what it held ends and stays (X3, X11)", async () => {
    const { account, user, browser } = await owner();
    const role = await create.role(account, "account", "Desk", ["users.view", "roles.view"]);
    const ana = await create.colleague(account, [], { firstName: "Ana", lastName: "Ruiz" });
    const tom = await create.colleague(account, ["roles.view"], { firstName: "Tom", lastName: "Berg" });
    await create.grant(ana.member, { role });
    await create.grant(tom.member, { role });

    const wanted = fieldsOf(role, ["users.view", "audit.view"]);
    const preview = await browser.post(`/admin/roles/${role.id}/preview`, wanted).expect(200);
    expect(preview.text).toContain("2 users gain, 1 user loses something");
    expect(preview.text).toContain("Ana Ruiz");
    expect(await contentsOf(role.id)).toEqual(["roles.view", "users.view"]);

    await browser.post(`/admin/roles/${role.id}`, wanted).expect(303);
    expect(await contentsOf(role.id)).toEqual(["audit.view", "users.view"]);
    const history = await db.select().from(rolePermissions).where(eq(rolePermissions.roleId, role.id));
    expect(history.find(({ permission }) => permission === "roles.view")).toMatchObject({ endedBy: user.id });
    expect(await roleEvents(account.id)).toEqual(["role.changed"]);
    expect((await loadVisitor(ana.user.id, account.id))!.permissions.has("audit.view")).toBe(true);
  });

  test("saving what stands already changes and records nothing", async () => {
    const { account, browser } = await owner();
    const role = await create.role(account, "account", "Desk", ["users.view"]);
    await browser.post(`/admin/roles/${role.id}`, fieldsOf(role, ["users.view"])).expect(303);
    expect((await reload(role)).version).toBe(1);
    expect(await roleEvents(account.id)).toEqual([]);
  });

  test("is refused without the permission; of a neighbour not found; of a system role a conflict", async () => {
    const { account, browser } = await admin("viewer");
    const role = await create.role(account, "account", "Desk", ["users.view"]);
    await browser.post(`/admin/roles/${role.id}`, fieldsOf(role, ["users.view"])).expect(403);
    const other = await owner();
    await other.browser.post(`/admin/roles/${role.id}`, fieldsOf(role, ["users.view"])).expect(404);
    await other.browser.post(`/admin/roles/${role.id}/preview`, fieldsOf(role, ["users.view"])).expect(404);
    for (const path of ["/admin/roles/viewer", "/admin/roles/viewer/preview", "/admin/roles/viewer/deletion"]) {
      await other.browser.post(path, { ...fieldsOf({ name: "Seer", version: 1 }, ["users.view"]) }).expect(409);
    }
    expect((await reload(role)).version).toBe(1);
  });

  test("T53 a role that holds more than its editor is closed to them, whichever way they change it", async () => {
    const { account, browser } = await admin("roles.view", "roles.edit", "users.view");
    const above = await create.role(account, "account", "Above", ["users.view", "users.delete"]);
    const mine = await create.role(account, "account", "Mine", ["users.view"]);
    expect((await browser.get(`/admin/roles/${above.id}`).expect(200)).text).toContain("You cannot edit this role");
    for (const door of ["", "/preview"]) {
      await browser.post(`/admin/roles/${above.id}${door}`, fieldsOf(above, ["users.view"])).expect(403);
      await browser.post(`/admin/roles/${mine.id}${door}`, fieldsOf(mine, ["users.view", "users.delete"])).expect(403);
    }
    expect(await contentsOf(above.id)).toEqual(["users.delete", "users.view"]);
    expect(await contentsOf(mine.id)).toEqual(["users.view"]);
  });

  test("T53 nobody widens a role that they hold themselves", async () => {
    const account = await create.account();
    const role = await create.role(account, "account", "Desk", ["roles.view", "roles.edit"]);
    const { user, member } = await create.colleague(account);
    await create.grant(member, { role });
    const browser = await browserOf(user, account);
    await browser
      .post(`/admin/roles/${role.id}`, fieldsOf(role, ["roles.view", "roles.edit", "users.edit"]))
      .expect(403);
    expect(await contentsOf(role.id)).toEqual(["roles.edit", "roles.view"]);
  });

  test("T56 the second of two who save sees both states, and can use theirs", async () => {
    const { account, browser } = await owner();
    const role = await create.role(account, "account", "Desk", ["users.view"]);
    const second = await create.colleague(account, ["owner"]);
    const other = await browserOf(second.user, account);
    await browser.post(`/admin/roles/${role.id}`, fieldsOf({ ...role, name: "First" }, ["users.view"])).expect(303);

    const late = fieldsOf({ ...role, name: "Second" }, ["audit.view"]);
    for (const door of ["", "/preview"]) {
      const page = await other.post(`/admin/roles/${role.id}${door}`, late).expect(409);
      expect(page.text).toContain("First");
      expect(page.text).toContain(`name="name" value="Second"`);
      expect(page.text).toContain(`name="version" value="2"`);
    }
    expect(await reload(role)).toMatchObject({ name: "First", version: 2 });
    await other.post(`/admin/roles/${role.id}`, { ...late, version: "2" }).expect(303);
    expect(await reload(role)).toMatchObject({ name: "Second", version: 3 });
  });

  test("T56 of many who save at once one wins", async () => {
    const { account, browser } = await owner();
    const role = await create.role(account, "account", "Desk", ["users.view"]);
    const saves = [1, 2, 3, 4, 5].map((n) =>
      browser.post(`/admin/roles/${role.id}`, fieldsOf({ ...role, name: `Desk ${n}` }, ["users.view"])),
    );
    const statuses = (await Promise.all(saves)).map(({ status }) => status).sort();
    expect(statuses).toEqual([303, 409, 409, 409, 409]);
  });

  test("T57 unknown fields are dropped", async () => {
    const { account, browser } = await owner();
    const role = await create.role(account, "account", "Desk", ["users.view"]);
    const more = { level: "mailbox", accountId: crypto.randomUUID(), id: crypto.randomUUID(), endedAt: "2020-01-01" };
    await browser.post(`/admin/roles/${role.id}`, { ...fieldsOf(role, ["audit.view"]), ...more }).expect(303);
    expect(await reload(role)).toMatchObject({ level: "account", accountId: account.id, endedAt: null });
  });
});

describe("deleting a role", () => {
  test("ends it and what it held, with one event", async () => {
    const { account, user, browser } = await owner();
    const role = await create.role(account, "account", "Desk", ["users.view"]);
    await browser.get(`/admin/roles/${role.id}/deletion`).expect(200);
    await browser.post(`/admin/roles/${role.id}/deletion`, { version: "1" }).expect(303);
    expect(await reload(role)).toMatchObject({ endedBy: user.id, endedAt: expect.any(Date) });
    expect(await contentsOf(role.id)).toEqual([]);
    expect(await roleEvents(account.id)).toEqual(["role.deleted"]);
    await browser.get(`/admin/roles/${role.id}`).expect(404);
    await browser.post(`/admin/roles/${role.id}/deletion`, { version: "1" }).expect(404);
  });

  test("is refused while somebody holds it, and says who", async () => {
    const { account, browser } = await owner();
    const role = await create.role(account, "mailbox", "Desk", ["messages.read"]);
    const { member } = await create.colleague(account, [], { firstName: "Ana", lastName: "Ruiz" });
    await create.grant(member, { role }, await create.mailbox(account));
    const page = await browser.get(`/admin/roles/${role.id}/deletion`).expect(200);
    expect(page.text).toContain(`/admin/users/${member.id}/account`);
    expect(page.text).not.toContain("Delete role");
    const answer = await browser.post(`/admin/roles/${role.id}/deletion`, { version: "1" }).expect(409);
    expect(answer.text).toContain("Ana Ruiz");
    expect((await reload(role)).endedAt).toBeNull();
  });

  test("T7 an open invitation does not keep a role, and an ended role gives nothing", async () => {
    const { account, browser } = await owner();
    const role = await create.role(account, "account", "Desk", ["users.view"]);
    const guest = await create.user();
    const invited = await create.member(account, guest, { status: "invited" });
    await create.grant(invited, { role });
    const draft = await create.member(account, null, { status: "draft" });
    await create.grant(draft, { role });
    await browser.post(`/admin/roles/${role.id}/deletion`, { version: "1" }).expect(303);

    expect(await grantsOf(draft.id)).toEqual([]);
    expect(await grantsOf(invited.id)).toEqual([role.id]);

    const late = await create.colleague(account);
    await create.grant(late.member, { role });
    expect([...(await loadVisitor(late.user.id, account.id))!.permissions]).toEqual([]);
  });

  test("is refused without the permission, of a neighbour not found, and with an old version a conflict", async () => {
    const { account, browser } = await owner();
    const role = await create.role(account, "account", "Desk", ["users.view"]);
    await (await owner()).browser.post(`/admin/roles/${role.id}/deletion`, { version: "1" }).expect(404);
    const { user } = await create.colleague(account, ["viewer", "roles.edit"]);
    await (await browserOf(user, account)).post(`/admin/roles/${role.id}/deletion`, { version: "1" }).expect(403);
    await browser.post(`/admin/roles/${role.id}/deletion`, { version: "7" }).expect(409);
    expect((await reload(role)).endedAt).toBeNull();
  });

  test("T53 of a role that holds more than oneself is refused", async () => {
    const { account, browser } = await admin("roles.view", "roles.delete", "users.view");
    const role = await create.role(account, "account", "Above", ["users.delete"]);
    await browser.post(`/admin/roles/${role.id}/deletion`, { version: "1" }).expect(403);
  });
});

test("T63 names full of HTML are text on every page of a role", async () => {
  const { account, browser } = await owner();
  const evil = `<img src=x onerror=alert(1)>"'<%= 1 %>`;
  const role = await create.role(account, "mailbox", evil, ["messages.read"]);
  const { member } = await create.colleague(account, [], { firstName: evil, lastName: evil });
  await create.grant(member, { role }, await create.mailbox(account, { name: evil }));
  const stale = { ...fieldsOf({ name: evil, version: 9 }, ["messages.send"]), about: evil };
  const pages = [
    await browser.get("/admin/roles"),
    await browser.get(`/admin/roles/${role.id}`),
    await browser.get(`/admin/roles/${role.id}/deletion`),
    await browser.post(`/admin/roles/${role.id}/preview`, { ...stale, version: "1" }),
    await browser.post(`/admin/roles/${role.id}`, stale),
    await browser.post(`/admin/roles/${role.id}/deletion`, { version: "1" }),
  ];
  expect(pages.map(({ status }) => status)).toEqual([200, 200, 200, 200, 409, 409]);
  for (const page of pages) {
    expect(page.text).toContain("&lt;img src=x");
    expect(page.text).not.toContain("<img");
  }
});

test("T95 each change of a role or a mailbox leaves exactly one event with actor and account", async () => {
  const { account, user, browser } = await owner();
  const made = await browser.post("/admin/roles", { name: "Desk", level: "account", permissions: ["users.view"] });
  const role = made.headers.location as string;
  await browser.post(role, fieldsOf({ name: "Desk two", version: 1 }, ["audit.view"])).expect(303);
  await browser.post(`${role}/copy`).expect(303);
  await browser.post(`${role}/deletion`, { version: "2" }).expect(303);
  const box = (await browser.post("/admin/mailboxes", { name: "Press", local: "press95" })).headers.location as string;
  await browser.post(box, { name: "Press desk", version: "1" }).expect(303);
  const { user: colleague } = await create.colleague(account);
  await browser.post(`${box}/grants`, { email: colleague.email, role: "mailbox_reader" }).expect(303);
  await browser.post(`${box}/archive`, { version: "2" }).expect(303);
  await browser.post(`${box}/restoration`).expect(303);

  const all = await db.select().from(events).where(eq(events.accountId, account.id)).orderBy(events.id);
  const written = all.filter(({ name }) => /^(role|mailbox|member)\./.test(name));
  expect(written.map(({ name }) => name)).toEqual([
    "role.created",
    "role.changed",
    "role.created",
    "role.deleted",
    "mailbox.created",
    "mailbox.renamed",
    "member.rights_changed",
    "mailbox.archived",
    "mailbox.restored",
  ]);
  for (const event of written) {
    expect(event).toMatchObject({ actorId: user.id, actorLabel: user.email, requestId: expect.any(String) });
    expect(event.before ?? event.after).toBeTruthy();
  }
});
