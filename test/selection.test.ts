import "./support/outbox.ts";
import { setTimeout } from "node:timers/promises";
import { eq, inArray, sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { grants, members } from "../src/db/schema.ts";
import { admin } from "./support/browser.ts";
import { mailsTo, runJobs } from "./support/outbox.ts";
import { changesOf, create, grantsOf, type Member, reloadMember } from "./support/world.ts";

const statuses = (all: Member[]) => Promise.all(all.map(async ({ id }) => (await reloadMember(id)).status));
const ids = (all: Member[]) => all.map(({ id }) => id);

describe("a selection", () => {
  test("is deleted after a page that asks, each on its own, with a verdict per row", async () => {
    const { account, member: oneself, browser } = await admin("admin");
    const chosen = [
      (await create.colleague(account, ["viewer"])).member,
      (await create.colleague(account, ["viewer"])).member,
      (await create.colleague(account, ["owner"])).member,
      oneself,
    ];
    const ask = await browser.post("/admin/users/bulk", { action: "remove", members: ids(chosen) }).expect(200);
    expect(ask.text).toContain("Delete 4 users?");
    expect(ask.text).toContain("The profiles of corporate users among them are switched off");
    for (const { id } of chosen) expect(ask.text).toContain(`name="members" value="${id}"`);
    expect(await statuses(chosen)).toEqual(["active", "active", "active", "active"]);

    await browser.post("/admin/users/bulk", { action: "remove", members: ids(chosen), confirmed: "yes" }).expect(303);
    const verdict = await browser.get("/admin/users/bulk").expect(200);
    expect(verdict.text).toContain("2 done, 2 refused");
    expect(verdict.text).toContain("someone who holds more than you");
    expect(verdict.text).toContain("You cannot do this to yourself");
    expect(await statuses(chosen)).toEqual(["removed", "removed", "active", "active"]);
    expect(await changesOf(account.id)).toEqual(["member.removed", "member.removed"]);
  });

  test("T55 keeps the last owner, and does the rest", async () => {
    const { account, browser } = await admin("owner");
    const owners = [
      (await create.colleague(account, ["owner"])).member,
      (await create.colleague(account, ["viewer"])).member,
    ];
    await browser.post("/admin/users/bulk", { action: "block", members: ids(owners), confirmed: "yes" }).expect(303);
    expect(await statuses(owners)).toEqual(["blocked", "blocked"]);
    await browser.post("/admin/users/bulk", { action: "unblock", members: ids(owners) }).expect(303);
    expect(await statuses(owners)).toEqual(["active", "active"]);
  });

  test("T38 stops with who acts losing the right while it runs", async () => {
    const { account, member: oneself, browser } = await admin("admin");
    const chosen = [await create.member(account, null), await create.member(account, null)];
    const [first] = await db
      .select()
      .from(members)
      .where(inArray(members.id, ids(chosen)))
      .orderBy(members.sortName, members.id);
    const action = { action: "add_role", role: "viewer", confirmed: "yes" };
    let running: Promise<unknown> | undefined;
    await db.transaction(async (tx) => {
      await tx.select().from(members).where(eq(members.id, first!.id)).for("update");
      running = browser.post("/admin/users/bulk", { ...action, members: ids(chosen) }).then((answer) => answer);
      await setTimeout(400);
      await db.update(grants).set({ endedAt: sql`now()` }).where(eq(grants.memberId, oneself.id));
    });
    await running;
    const held = await Promise.all(ids(chosen).map(grantsOf));
    expect(held.flat()).toEqual(["viewer"]);
  });

  test("gets and loses a role, and access to a mailbox", async () => {
    const { account, browser } = await admin("admin");
    const box = await create.mailbox(account);
    const chosen = [(await create.colleague(account, ["viewer"])).member, await create.member(account, null)];
    const members = ids(chosen);
    const post = (fields: Record<string, string>) =>
      browser.post("/admin/users/bulk", { members, confirmed: "yes", ...fields });

    expect((await post({ action: "add_role" }).expect(422)).text).toContain("Choose a role.");
    await post({ action: "add_role", role: "admin" }).expect(303);
    await post({ action: "grant_mailbox", role: "mailbox_reader", mailbox: box.id }).expect(303);
    expect(await grantsOf(chosen[0]!.id)).toEqual(["admin", `mailbox_reader@${box.id}`, "viewer"]);
    expect(await grantsOf(chosen[1]!.id)).toEqual(["admin", `mailbox_reader@${box.id}`]);
    await post({ action: "remove_role", role: "viewer" }).expect(303);
    expect((await browser.get("/admin/users/bulk")).text).toContain("1 done, 1 refused");
    expect(await grantsOf(chosen[0]!.id)).toEqual(["admin", `mailbox_reader@${box.id}`]);
    expect((await changesOf(account.id)).every((name) => name === "member.rights_changed")).toBe(true);
    expect(await changesOf(account.id)).toHaveLength(5);
  });

  test("T51 T50 gives nothing that the actor lacks, and nothing on a neighbour's mailbox", async () => {
    const { account, browser } = await admin("admin");
    const { member } = await create.colleague(account);
    const theirs = await create.mailbox(await create.account());
    const post = (fields: Record<string, string>) =>
      browser.post("/admin/users/bulk", { members: [member.id], confirmed: "yes", ...fields });
    await post({ action: "add_role", role: "owner" }).expect(303);
    expect((await browser.get("/admin/users/bulk")).text).toContain("0 done, 1 refused");
    await post({ action: "grant_mailbox", role: "mailbox_reader", mailbox: theirs.id }).expect(303);
    await post({ action: "grant_mailbox", role: "mailbox_reader", mailbox: "garbage" }).expect(404);
    await post({ action: "add_role", role: "garbage" }).expect(404);
    expect(await grantsOf(member.id)).toEqual([]);
  });

  test("of invitations is sent again and revoked", async () => {
    const { account, browser } = await admin("admin");
    const invited = [await create.member(account, null), await create.member(account, null)];
    const { member: active } = await create.colleague(account);
    const members = ids([...invited, active]);
    await browser.post("/admin/users/bulk", { action: "resend", members }).expect(303);
    expect((await browser.get("/admin/users/bulk")).text).toContain("2 done, 1 refused");
    await runJobs();
    expect(mailsTo(invited[0]!.email)).toHaveLength(1);
    await browser.post("/admin/users/bulk", { action: "revoke", members, confirmed: "yes" }).expect(303);
    expect(await statuses(invited)).toEqual(["revoked", "revoked"]);
  });

  test("T49 with a neighbour's member, or garbage, is not found, and nothing happens", async () => {
    const { account, browser } = await admin("admin");
    const { member } = await create.colleague(account, ["viewer"]);
    const foreign = await create.colleague(await create.account(), ["viewer"]);
    for (const other of [foreign.member.id, crypto.randomUUID(), "garbage"]) {
      await browser
        .post("/admin/users/bulk", { action: "block", members: [member.id, other], confirmed: "yes" })
        .expect(404);
    }
    expect(await statuses([member, foreign.member])).toEqual(["active", "active"]);
  });

  test("M25–M27 B7 each action asks for its own right", async () => {
    for (const held of [["viewer"], ["users.view"]] as const) {
      const { account, browser } = await admin(...held);
      const { member } = await create.colleague(account, ["viewer"]);
      for (const action of [
        "resend",
        "revoke",
        "block",
        "unblock",
        "remove",
        "add_role",
        "remove_role",
        "grant_mailbox",
      ]) {
        for (const confirmed of ["yes", ""]) {
          await browser
            .post("/admin/users/bulk", { action, members: [member.id], role: "viewer", confirmed })
            .expect(403);
        }
      }
      expect(await grantsOf(member.id)).toEqual(["viewer"]);
    }
    const { browser } = await admin();
    await browser.post("/admin/users/bulk", { action: "block", members: ["x"] }).expect(403);
    await browser.get("/admin/users/bulk").expect(403);
  });

  test("leads back to the list as it was left, from each step", async () => {
    const { account, browser } = await admin("admin");
    const chosen = { members: [(await create.colleague(account, ["viewer"])).member.id] };
    const from = "/admin/users?status=active&sort=name";
    const shown = from.replace("&", "&amp;");
    const post = (path: string, fields: Record<string, string | string[]>) =>
      browser.post("/admin/users/bulk", fields).set("Referer", process.env.BASE_URL + path);

    expect((await post(from, { action: "block" }).expect(303)).headers.location).toBe(from);
    const ask = (await post(from, { action: "block", ...chosen }).expect(200)).text;
    expect(ask).toContain(`name="back" value="${shown}"`);
    expect(ask).toContain(`href="${shown}">Cancel`);
    await post("/admin/users/bulk", { action: "block", confirmed: "yes", back: from, ...chosen }).expect(303);
    expect((await browser.get("/admin/users/bulk").expect(200)).text).toContain(`href="${shown}">Back to the list`);
    await post("/admin/users/bulk", { action: "unblock", back: "https://evil.test/admin/users", ...chosen }).expect(
      303,
    );
    expect((await browser.get("/admin/users/bulk")).text).toContain('href="/admin/users">Back to the list');
  });

  test("says of whom nothing had to change, and writes nothing down for them", async () => {
    const { account, browser } = await admin("admin");
    const first = await create.colleague(account, ["viewer"]);
    const blocked = await create.member(account, (await create.colleague(await create.account())).user, {
      status: "blocked",
    });
    const members = [first.member.id, blocked.id];
    await browser.post("/admin/users/bulk", { action: "unblock", members }).expect(303);
    expect((await browser.get("/admin/users/bulk")).text).toContain("1 done, 1 unchanged");
    await browser
      .post("/admin/users/bulk", { action: "add_role", role: "viewer", confirmed: "yes", members })
      .expect(303);
    const verdict = (await browser.get("/admin/users/bulk")).text;
    expect(verdict).toContain("1 done, 1 unchanged");
    expect(verdict.match(/Was so already/g)).toHaveLength(1);
    expect(await changesOf(account.id)).toEqual(["member.unblocked", "member.rights_changed"]);
  });

  test("finds a mailbox by its name or address where there are too many to choose from", async () => {
    const { account, browser } = await admin("admin");
    const { member } = await create.colleague(account, ["viewer"]);
    await db.execute(sql`insert into mailboxes (account_id, kind, name, address)
      select ${account.id}, 'native', 'Box ' || lpad(n::text, 3, '0'), 'box' || n || '.' || ${account.id} || '@boxes.test'
      from generate_series(1, 230) n`);
    const asked = { action: "grant_mailbox", members: [member.id], confirmed: "yes" };
    const first = (await browser.post("/admin/users/bulk", { ...asked, confirmed: "" }).expect(200)).text;
    expect(first).toContain("There are more. Search to find them.");
    expect(first).not.toContain("Box 229");
    const found = (await browser.post("/admin/users/bulk", { ...asked, search: "yes", find: "BOX229." }).expect(200))
      .text;
    const [, id] = /<option value="([\da-f-]{36})"\s*>Box 229/.exec(found)!;
    expect(found).not.toContain("Box 001");
    await browser
      .post("/admin/users/bulk", { ...asked, find: "BOX229.", mailbox: id!, role: "mailbox_reader" })
      .expect(303);
    expect((await grantsOf(member.id)).join()).toContain("mailbox_reader");
  });

  test("of nobody says so; of more than 100, or for an unknown action, is refused", async () => {
    const { browser } = await admin("admin");
    await browser.post("/admin/users/bulk", { action: "block" }).expect(303);
    expect((await browser.get("/admin/users")).text).toContain("Nobody was selected");
    const members = Array.from({ length: 101 }, () => crypto.randomUUID());
    await browser.post("/admin/users/bulk", { action: "block", members }).expect(422);
    await browser.post("/admin/users/bulk", { action: "promote", members: [] }).expect(422);
    await browser.get("/admin/users/bulk").expect(303);
  });
});
