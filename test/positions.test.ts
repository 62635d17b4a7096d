import "./support/outbox.ts";
import { setTimeout } from "node:timers/promises";
import { eq, sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { events, grants, members } from "../src/db/schema.ts";
import { admin, browserOf } from "./support/browser.ts";
import { linkIn, mailTo, runJobs } from "./support/outbox.ts";
import { patience, rounds } from "./support/waits.ts";
import { changesOf, create, grantsOf, reloadMember } from "./support/world.ts";

const memberAt = async (email: string) => {
  const [member] = await db.select().from(members).where(eq(members.email, email));
  return member!;
};

describe("adding a user", () => {
  test("M25 B9–B12 invites one address as Viewer, mailed at once, with one event", async () => {
    const { account, browser } = await admin("admin");
    const page = await browser.get("/admin/users/add").expect(200);
    expect(page.text).toContain("Invite user lets you choose the rights first");

    await browser.post("/admin/users/add", { email: " Nora@Outside.test " }).expect(303);
    const member = await memberAt("nora@outside.test");
    expect(member.status).toBe("invited");
    expect(await grantsOf(member.id)).toEqual(["viewer"]);
    expect(await changesOf(account.id)).toEqual(["member.added"]);
    await runJobs();
    expect(linkIn(mailTo("nora@outside.test"))).toContain("/invitations/");
  });

  test("B13 gives a member who holds nothing the role Viewer at once", async () => {
    const { account, browser } = await admin("admin");
    const { member } = await create.colleague(account);
    await browser.post("/admin/users/add", { email: member.email }).expect(303);
    expect(await grantsOf(member.id)).toEqual(["viewer"]);
    expect((await browser.post("/admin/users/add", { email: member.email }).expect(422)).text).toContain(
      "is in this account already",
    );
  });

  test("beside an invitation of the same address one waits for the other, and neither breaks off", async () => {
    const { account, browser } = await admin("admin");
    const { member } = await create.colleague(account, ["viewer"]);
    const begun: Promise<{ status: number }>[] = [];
    await db.transaction(async (tx) => {
      await tx.select().from(members).where(eq(members.id, member.id)).for("update");
      for (const door of ["add", "new"]) {
        begun.push(browser.post(`/admin/users/${door}`, { email: member.email }).then((answer) => answer));
        await setTimeout(300);
      }
    });
    expect((await Promise.all(begun)).map(({ status }) => status)).toEqual([422, 422]);
  });

  test("refuses what is no address, oneself, and an address with a draft, keeping what was typed", async () => {
    const { account, user, browser } = await admin("admin");
    await create.member(account, null, { email: "draft@outside.test", status: "draft" });
    for (const email of ["nonsense", user.email, "draft@outside.test"]) {
      const page = await browser.post("/admin/users/add", { email }).expect(422);
      expect(page.text).toContain(`value="${email}"`);
    }
    expect(await changesOf(account.id)).toEqual([]);
  });

  test("M25 B7 is refused to a viewer and to a member without rights", async () => {
    for (const held of [["viewer"], []] as const) {
      const { browser } = await admin(...held);
      await browser.get("/admin/users/add").expect(403);
      await browser.post("/admin/users/add", { email: "x@outside.test" }).expect(403);
      await browser.get("/admin/users/add").set("HX-Request", "true").expect(403);
    }
  });
});

describe("changing a role", () => {
  test("M26 B14 replaces the roles on the account; single permissions and mailboxes stay, and it says so", async () => {
    const { account, browser } = await admin("admin");
    const { member } = await create.colleague(account, ["viewer", "roles.add"]);
    const desk = await create.role(account, "account", "Press desk", ["users.view"]);
    await create.grant(member, { role: desk });
    const box = await create.mailbox(account);
    await create.grant(member, { systemRole: "mailbox_reader" }, box);

    const page = await browser.get(`/admin/users/${member.id}/role`).expect(200);
    expect(page.text).toContain("Single permissions and access to mailboxes stay as they are");
    expect(page.text).not.toContain('value="owner"');
    const dialog = await browser.get(`/admin/users/${member.id}/role`).set("HX-Request", "true").expect(200);
    expect(dialog.text).not.toContain("<html");

    await browser.post(`/admin/users/${member.id}/role`, { role: "admin" }).expect(303);
    expect(await grantsOf(member.id)).toEqual(["admin", `mailbox_reader@${box.id}`, "roles.add"]);
    await browser.post(`/admin/users/${member.id}/role`, { role: desk.id }).expect(303);
    expect(await grantsOf(member.id)).toEqual([desk.id, `mailbox_reader@${box.id}`, "roles.add"].sort());
    await browser.post(`/admin/users/${member.id}/role`, { role: desk.id }).expect(303);
    expect(await changesOf(account.id)).toEqual(["member.role_changed", "member.role_changed"]);
    const [event] = await db.select().from(events).where(eq(events.subjectId, member.id));
    expect(event!.before).not.toEqual(event!.after);
  });

  test("of somebody who is not active, or of oneself, is refused with words", async () => {
    const { account, member, browser } = await admin("admin");
    const invited = await create.member(account, null);
    expect((await browser.post(`/admin/users/${invited.id}/role`, { role: "viewer" }).expect(409)).text).toContain(
      "active user",
    );
    expect((await browser.post(`/admin/users/${member.id}/role`, { role: "viewer" }).expect(409)).text).toContain(
      "to yourself",
    );
    await browser.post(`/admin/users/${invited.id}/role`, { role: "" }).expect(422);
  });

  test("T51 T54 nobody makes an Owner who is none, and an admin cannot demote one", async () => {
    const { account, browser } = await admin("admin");
    const viewer = await create.colleague(account, ["viewer"]);
    const owner = await create.colleague(account, ["owner"]);
    await create.colleague(account, ["owner"]);
    await browser.post(`/admin/users/${viewer.member.id}/role`, { role: "owner" }).expect(403);
    await browser.post(`/admin/users/${owner.member.id}/role`, { role: "viewer" }).expect(403);
    expect(await grantsOf(viewer.member.id)).toEqual(["viewer"]);
    expect(await grantsOf(owner.member.id)).toEqual(["owner"]);
  });

  test("T49 T50 of a neighbour, or to a neighbour's role, is not found; of the wrong level it is a conflict", async () => {
    const { account, browser } = await admin("admin");
    const { member } = await create.colleague(account, ["viewer"]);
    const neighbour = await create.account();
    const theirs = await create.colleague(neighbour, ["viewer"]);
    const role = await create.role(neighbour, "account", "Theirs", []);
    await browser.post(`/admin/users/${theirs.member.id}/role`, { role: "viewer" }).expect(404);
    await browser.post(`/admin/users/${member.id}/role`, { role: role.id }).expect(404);
    await browser.post(`/admin/users/${member.id}/role`, { role: "mailbox_reader" }).expect(409);
    expect(await grantsOf(member.id)).toEqual(["viewer"]);
  });

  test("M26 B7 is refused to a viewer and to a member without rights, page and fragment", async () => {
    for (const held of [["viewer"], []] as const) {
      const { account, browser } = await admin(...held);
      const { member } = await create.colleague(account, ["viewer"]);
      await browser.get(`/admin/users/${member.id}/role`).expect(403);
      await browser.get(`/admin/users/${member.id}/role`).set("HX-Request", "true").expect(403);
      await browser.post(`/admin/users/${member.id}/role`, { role: "viewer" }).expect(403);
    }
  });

  test(
    "T55 of two owners who demote each other at once, one stays",
    async () => {
      const { account, member, browser } = await admin("owner");
      const other = await create.colleague(account, ["owner"]);
      const theirs = await browserOf(other.user, account);
      for (let round = 0; round < rounds(25); round++) {
        const answers = await Promise.all([
          browser.post(`/admin/users/${other.member.id}/role`, { role: "viewer" }),
          theirs.post(`/admin/users/${member.id}/role`, { role: "viewer" }),
        ]);
        expect(answers.map(({ status }) => status).sort()).toEqual([303, expect.toBeOneOf([403, 409])]);
        const held = await Promise.all([grantsOf(member.id), grantsOf(other.member.id)]);
        expect(held.flat().sort()).toEqual(["owner", "viewer"]);
        for (const { id } of [member, other.member]) {
          await db.update(grants).set({ endedAt: sql`now()` }).where(eq(grants.memberId, id));
          await create.grant(await reloadMember(id), { systemRole: "owner" });
        }
      }
    },
    120_000 * patience,
  );
});
