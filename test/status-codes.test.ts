import "./support/outbox.ts";
import { describe, expect, test } from "vitest";
import { admin, type Browser, browserOf, owner } from "./support/browser.ts";
import { draft, invite } from "./support/invites.ts";
import { changesOf, create } from "./support/world.ts";

/** D18 on a few doors of different rooms, one code each; that every door keeps it is what the sweeps are for (T49, T58). */
interface Things {
  member: string;
  guest: string;
  sketch: string;
  role: string;
  mailbox: string;
}

/** Somebody active, somebody invited, a draft, a role and a mailbox. */
async function household() {
  const boss = await owner();
  const { account, browser } = boss;
  const role = await create.role(account, "account", "Press desk", ["users.view"]);
  const things: Things = {
    member: (await create.colleague(account, ["viewer"])).member.id,
    guest: (await invite(browser)).id,
    sketch: (await draft(browser)).id,
    role: role.id,
    mailbox: (await create.mailbox(account)).id,
  };
  return { ...boss, things };
}

/** Doors to things of an account, each with a form that would do. */
const doors: [name: string, path: (things: Things) => string, form: Record<string, string>][] = [
  ["changing a role", ({ member }) => `/admin/users/${member}/role`, { role: "viewer" }],
  ["blocking", ({ member }) => `/admin/users/${member}/block`, {}],
  ["deleting", ({ member }) => `/admin/users/${member}/removal`, {}],
  ["sending", ({ sketch }) => `/admin/users/${sketch}/invitation`, {}],
  ["resending", ({ guest }) => `/admin/users/${guest}/resend`, {}],
  ["revoking", ({ guest }) => `/admin/users/${guest}/revocation`, {}],
  ["saving a role", ({ role }) => `/admin/roles/${role}`, { name: "Other", permissions: "users.view", version: "1" }],
  ["renaming a mailbox", ({ mailbox }) => `/admin/mailboxes/${mailbox}`, { name: "Other", version: "1" }],
  ["archiving a mailbox", ({ mailbox }) => `/admin/mailboxes/${mailbox}/archive`, { version: "1" }],
];

const missing = {
  member: crypto.randomUUID(),
  guest: crypto.randomUUID(),
  sketch: crypto.randomUUID(),
  role: crypto.randomUUID(),
  mailbox: crypto.randomUUID(),
};

/** What the page itself says, without the frame around it. */
const said = ({ text }: { text: string }) => text.slice(text.indexOf("<h1")).replaceAll(/<[^>]*>|\s+/g, " ");

describe("D18 what an answer says", () => {
  test("D18 404: another account's thing, to an owner of one's own, exactly as one that is not there", async () => {
    const [here, neighbour] = [await household(), await household()];
    const before = await changesOf(neighbour.account.id);
    for (const [name, path, form] of doors) {
      const [theirs, none] = [
        await here.browser.post(path(neighbour.things), form),
        await here.browser.post(path(missing), form),
      ];
      expect([name, theirs.status, none.status]).toEqual([name, 404, 404]);
      const plain = (answer: { text: string }) => said(answer).replaceAll(/[0-9a-f-]{36}/g, "…");
      expect(plain(theirs), name).toBe(plain(none));
      expect(plain(none), name).toContain("There is nothing here, or it is not in this account.");
    }
    expect(await changesOf(neighbour.account.id)).toEqual(before);
  });

  test("D18 403: one's own account's thing, without the right to it", async () => {
    const { account, things } = await household();
    const before = await changesOf(account.id);
    for (const held of [["viewer"], []] as const) {
      const { user } = await create.colleague(account, [...held]);
      const browser = await browserOf(user, account);
      for (const [name, path, form] of doors) {
        const answer = await browser.post(path(things), form);
        expect([name, answer.status]).toEqual([name, 403]);
        expect(said(answer), name).toContain("You need the permission");
      }
    }
    expect(await changesOf(account.id)).toEqual(before);
  });

  test("D18 409: the right form in the wrong state, with an explanation, and nothing changes", async () => {
    const { account, browser, things, member, user } = await household();
    const { email } = user;
    await browser.post(`/admin/mailboxes/${things.mailbox}/archive`, { version: "1" }).expect(303);
    const before = await changesOf(account.id);
    const wrong: [path: string, form: Record<string, string>, words: string][] = [
      [`/admin/users/${things.guest}/role`, { role: "viewer" }, "active user"],
      [`/admin/users/${things.guest}/block`, {}, "has arrived"],
      [`/admin/users/${things.guest}/invitation`, {}, "sent already"],
      [`/admin/users/${things.member}/resend`, {}, "no invitation waiting"],
      [`/admin/users/${things.member}/revocation`, {}, "nothing to revoke"],
      [`/admin/users/${member.id}/removal`, {}, "yourself"],
      ["/admin/roles/viewer", { name: "Mine", permissions: "users.view", version: "1" }, "System roles"],
      [
        `/admin/roles/${things.role}`,
        { name: "Late", permissions: "users.view", version: "99" },
        "Somebody else saved",
      ],
      [`/admin/mailboxes/${things.mailbox}/grants`, { email, role: "mailbox_reader" }, "archived"],
    ];
    for (const [path, form, words] of wrong) {
      const answer = await browser.post(path, form);
      expect([path, answer.status]).toEqual([path, 409]);
      expect(said(answer), path).toContain(words);
    }
    expect(await changesOf(account.id)).toEqual(before);
  });

  test("D18 422: a bad form comes back with what was typed and a message beside the field", async () => {
    const { account, browser, things } = await household();
    const before = await changesOf(account.id);
    const kept = (value: string) => new RegExp(`(value="${value}"|>${value}</textarea>)`);
    const bad: [path: string, form: Record<string, string>, typed: RegExp, message: string][] = [
      ["/admin/users/new", { email: "no address", firstName: "Ana" }, kept("Ana"), "This is not an e-mail address"],
      ["/admin/users/add", { email: "no address" }, kept("no address"), "This is not an e-mail address"],
      ["/admin/roles", { name: "Night, shift", level: "account" }, kept("Night, shift"), "A comma cannot be part"],
      [`/admin/roles/${things.role}`, { name: "", about: "At night", version: "1" }, kept("At night"), "a name"],
      ["/admin/mailboxes", { name: "Reception", local: "not a name" }, kept("Reception"), "Letters, digits"],
      ["/admin/settings", { name: "x".repeat(101), version: "1" }, kept("x{101}"), "At most 100"],
    ];
    for (const [path, form, typed, message] of bad) {
      const answer = await browser.post(path, form);
      expect([path, answer.status]).toEqual([path, 422]);
      expect(answer.text, path).toMatch(typed);
      expect(answer.text, path).toContain('aria-invalid="true"');
      expect(said(answer), path).toContain(message);
    }
    expect(await changesOf(account.id)).toEqual(before);
  });

  test("D18 the same for people outside of any account: an invitation of somebody else, and one that ended", async () => {
    const { account, browser } = await admin("admin");
    const [user, other] = [await create.user(), await create.user()];
    const member = await invite(browser, user.email);
    const answer = async (who: Browser, what: string) =>
      (await who.post(`/profile/invites/${member.id}/${what}`)).status;
    expect(await answer(await browserOf(other), "acceptance")).toBe(404);
    const invited = await browserOf(user);
    await browser.post(`/admin/users/${member.id}/revocation`).expect(303);
    expect(await answer(invited, "acceptance")).toBe(409);
    expect(await answer(invited, "decline")).toBe(409);
    expect(await changesOf(account.id)).toEqual(["invite.drafted", "invite.sent", "invite.revoked"]);
  });
});
