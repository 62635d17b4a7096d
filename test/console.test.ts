import "./support/outbox.ts";
import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { mailboxes, members, users } from "../src/db/schema.ts";
import { admin, Browser, browserOf, owner } from "./support/browser.ts";
import { formsIn, linksIn } from "./support/forms.ts";
import { draft, mailedLink, postFrom, profile, someone } from "./support/invites.ts";
import { create, grantsOf, type Mailbox, reloadMember, type User } from "./support/world.ts";

/** What the requirements say of the console as a whole, a test for each row. */
const where = (html: string, path: string) => [
  ...linksIn(html, path),
  ...formsIn(html, path).flatMap(({ action, others }) => [action, ...others]),
];
const listed = (html: string) => [...html.matchAll(/<small>([^<@]+@[^<]+)<\/small>/g)].map(([, email]) => email!);

describe("the page of the users", () => {
  test("A1 lists the account's users, and leads to creating and to managing each of them", async () => {
    const { account, user, browser } = await admin("admin");
    const { member, user: known } = await create.colleague(account, ["viewer"]);
    const guest = await create.member(account, null, { firstName: "Guest" });
    const page = (await browser.get("/admin/users").expect(200)).text;
    expect(listed(page).sort()).toEqual([user.email, known.email, guest.email].sort());

    // Behind the question mark each carries the way back to the list as it was left.
    const ways = where(page, "/admin/users").map((way) => way.split("?")[0]);
    expect(ways).toEqual(expect.arrayContaining(["/admin/users/new", "/admin/users/add"]));
    for (const [{ id }, acts] of [
      [member, ["account", "role", "block", "removal"]],
      [guest, ["account", "resend", "link", "revocation"]],
    ] as const) {
      expect(ways).toContain(`/admin/users/${id}/actions`);
      const menu = where((await browser.get(`/admin/users/${id}/actions`).expect(200)).text, "").map(
        (way) => way.split("?")[0],
      );
      for (const act of acts) expect(menu).toContain(`/admin/users/${id}/${act}`);
    }
    for (const path of ["new", "add", `${member.id}/account`, `${member.id}/role`, `${member.id}/removal`])
      await browser.get(`/admin/users/${path}`).expect(200);
  });

  test("B1 users are members of the organisation who are let into the console: nobody else gets in", async () => {
    const { account, browser: boss } = await owner();
    const { user, member } = await create.colleague(account, ["viewer"]);
    const inside = await browserOf(user, account);
    expect((await inside.get("/").expect(303)).headers.location).toBe("/admin/dashboard");
    expect((await inside.get("/admin/users").expect(200)).text).toContain(account.name);
    expect(listed((await boss.get("/admin/users")).text)).toContain(user.email);

    // A person with a sign-in of their own, who is no member here, or not yet, or not any more, does not.
    const stranger = await browserOf(await create.user());
    await stranger.get("/admin/users").expect(403);
    await stranger.post(`/accounts/${account.id}/switch`).expect(404);
    const invited = await create.user();
    await create.member(account, invited, { status: "invited", joinedAt: null });
    const waiting = await browserOf(invited);
    await waiting.get("/admin/users").expect(403);
    await waiting.post(`/accounts/${account.id}/switch`).expect(404);
    await boss.post(`/admin/users/${member.id}/block`).expect(303);
    await inside.get("/admin/users").expect(403);
    await new Browser().get("/admin/users").expect(303);
  });

  test("B3 users and mailboxes are different things, on screen and in data", async () => {
    const { account, browser } = await owner();
    const count = async () => ({
      users: await db.$count(members, eq(members.accountId, account.id)),
      people: await db.$count(users),
      mailboxes: await db.$count(mailboxes, eq(mailboxes.accountId, account.id)),
    });
    const before = await count();
    const email = someone();
    await browser.post("/admin/users/add", { email }).expect(303);
    expect(await count()).toEqual({ ...before, users: before.users + 1 });

    await browser.post("/admin/mailboxes", { name: "Reception", local: "reception-b3" }).expect(303);
    expect(await count()).toEqual({ ...before, users: before.users + 1, mailboxes: before.mailboxes + 1 });
    const [box] = await db.select().from(mailboxes).where(eq(mailboxes.accountId, account.id));

    const [usersPage, boxesPage] = [await browser.get("/admin/users"), await browser.get("/admin/mailboxes")];
    expect(usersPage.text).toContain(email);
    expect(usersPage.text).not.toContain("Reception");
    expect(boxesPage.text).toContain("Reception");
    expect(boxesPage.text).not.toContain(email);
    const pane = linksIn(usersPage.text, "/admin/users");
    expect(pane).toEqual(expect.arrayContaining(["/admin/users", "/admin/mailboxes"]));
    // The one's id opens nothing of the other.
    const [member] = await db.select().from(members).where(eq(members.email, email));
    await browser.get(`/admin/mailboxes/${member!.id}`).expect(404);
    await browser.get(`/admin/users/${box!.id}/account`).expect(404);
  });

  test("B15 filters by role and by status: all, active, invited and every other there is", async () => {
    const { account, user, browser } = await admin("admin");
    const desk = await create.role(account, "account", "Press desk", ["users.view"]);
    const at: Record<string, string> = {};
    const states = ["draft", "invited", "active", "blocked", "waiting", "declined", "revoked", "expired", "removed"];
    for (const status of states as (typeof members.$inferSelect)["status"][]) {
      at[status] = someone();
      const member = await create.member(account, null, { status, email: at[status], firstName: "N" });
      await create.grant(member, status === "active" ? { role: desk } : { systemRole: "viewer" });
    }
    const find = async (query: string) => listed((await browser.get(`/admin/users${query}`).expect(200)).text).sort();

    const { removed, ...rest } = at;
    expect(await find("")).toEqual([user.email, ...Object.values(rest)].sort());
    for (const [status, email] of Object.entries(at))
      expect(await find(`?status=${status}`)).toEqual(status === "active" ? [user.email, email].sort() : [email]);
    expect(await find("?role=admin")).toEqual([user.email]);
    expect(await find(`?role=${desk.id}`)).toEqual([at.active]);
    expect(await find("?role=viewer&status=invited")).toEqual([at.invited]);
    expect(await find("?role=viewer&status=removed")).toEqual([removed]);
    expect(await find("?role=owner")).toEqual([]);

    const menu = linksIn((await browser.get("/admin/users?menu=role")).text, "/admin/users");
    for (const query of [...states.map((status) => `status=${status}`), "role=viewer", "role=admin", `role=${desk.id}`])
      expect(menu.some((href) => href.includes(query))).toBe(true);
  });
});

describe("adding and inviting", () => {
  let boss: Awaited<ReturnType<typeof admin>>;
  beforeAll(async () => {
    boss = await admin("admin");
  });

  test("B10 Add user asks for one address, and its button says Add", async () => {
    for (const headers of [{}, { "HX-Request": "true" }]) {
      const page = (await boss.browser.get("/admin/users/add").set(headers).expect(200)).text;
      const form = formsIn(page, "/admin/users/add").find(({ action }) => action === "/admin/users/add")!;
      expect(form.fields.filter(({ type }) => type !== "hidden").map(({ name }) => name)).toEqual(["email"]);
      expect(page).toMatch(/<h2[^>]*>Add user<\/h2>/);
      expect(page).toMatch(/<button[^>]*>Add<\/button>/);
    }
  });

  test("B11 whoever is added is Viewer, whatever else is posted", async () => {
    const email = someone();
    const more = { role: "admin", roles: ["owner"], systemRole: "owner", permissions: ["users.delete"] };
    await boss.browser.post("/admin/users/add", { email, ...more }).expect(303);
    const [member] = await db.select().from(members).where(eq(members.email, email));
    expect(await grantsOf(member!.id)).toEqual(["viewer"]);
    expect((await boss.browser.get("/admin/users?role=viewer")).text).toContain(email);
  });

  test("D12 Add user says under its button that it gives Viewer and mails at once", async () => {
    const page = (await boss.browser.get("/admin/users/add").expect(200)).text;
    expect(page.slice(page.indexOf(">Add</button>"))).toMatch(
      /<small>Add user gives the role Viewer and sends the mail at once\. Invite user lets you choose the rights first\.<\/small>/,
    );
  });

  test("D12 Invite user says under its button that one chooses the rights next, and that nothing is sent before", async () => {
    const page = (await boss.browser.get("/admin/users/new").expect(200)).text;
    expect(page.slice(page.indexOf(">Invite user</button>"))).toMatch(
      /<small>Next you choose what this person may do\. Nothing is sent before you press Invite user there\.<\/small>/,
    );
    const { id } = await draft(boss.browser);
    expect(await grantsOf(id)).toEqual([]);
  });

  test("B16 deleting asks in a dialog Delete user, with the button Delete; nothing happens before", async () => {
    const { member } = await create.colleague(boss.account, ["viewer"]);
    for (const headers of [{}, { "HX-Request": "true" }]) {
      const page = (await boss.browser.get(`/admin/users/${member.id}/removal`).set(headers).expect(200)).text;
      expect(page).toMatch(/<h2[^>]*>Delete user<\/h2>/);
      expect(page).toMatch(/<button[^>]*>Delete<\/button>/);
      expect(page).toContain(member.email);
    }
    expect(await reloadMember(member.id)).toMatchObject({ status: "active" });
    await boss.browser.post(`/admin/users/${member.id}/removal`).expect(303);
    expect(await reloadMember(member.id)).toMatchObject({ status: "removed" });
    expect(await grantsOf(member.id)).toEqual([]);
  });
});

describe("A2 whom one invites, and to what", () => {
  const rights = {
    "the account": [{ to: "", role: ["viewer"], permission: ["roles.add"] }],
    "one mailbox": [{ to: "press", role: ["mailbox_reader"], permission: ["messages.delete"] }],
    "the account and two mailboxes": [
      { to: "", role: ["viewer"], permission: ["audit.view"] },
      { to: "press", role: ["mailbox_editor"], permission: [] },
      { to: "sales", role: [], permission: ["messages.read"] },
    ],
  };

  for (const who of ["somebody registered", "somebody new"] as const) {
    for (const [what, chosen] of Object.entries(rights)) {
      test(`A2 ${who} is invited to ${what}, with the permissions that were chosen, and has exactly those`, async () => {
        const { account, browser } = await owner();
        const boxes: Record<string, Mailbox> = {
          press: await create.mailbox(account, { name: "Press" }),
          sales: await create.mailbox(account, { name: "Sales" }),
        };
        const user: User | undefined = who === "somebody registered" ? await create.user() : undefined;
        const { id, email } = await draft(browser, user?.email ?? someone());

        const expected: string[] = [];
        for (const { to, role, permission } of chosen) {
          const at = to ? `/admin/users/${id}/mailboxes/${boxes[to]!.id}` : `/admin/users/${id}`;
          if (role.length) await browser.post(`${at}/roles`, { role }).expect(303);
          if (permission.length) await browser.post(`${at}/permissions`, { p: permission }).expect(303);
          expected.push(...[...role, ...permission].map((key) => (to ? `${key}@${boxes[to]!.id}` : key)));
        }
        await browser.post(`/admin/users/${id}/invitation`).expect(303);
        const link = await mailedLink(email);
        const theirs = user ? await browserOf(user) : new Browser();
        if (user) await theirs.post(`/profile/invites/${id}/acceptance`).expect(303);
        else expect((await postFrom(theirs, link, `${link}/registration`, profile)).status).toBe(303);

        expect(await reloadMember(id)).toMatchObject({ status: "active" });
        expect(await grantsOf(id)).toEqual(expected.sort());
        const may = chosen.some(({ to, role }) => !to && role.includes("viewer"));
        await theirs.get("/admin/users").expect(may ? 200 : 403);
      });
    }
  }
});
