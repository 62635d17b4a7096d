import { and, eq, isNull, sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { permissionKeys } from "../src/access/permissions.ts";
import { db } from "../src/db/client.ts";
import { events, grants, members, sessions, users } from "../src/db/schema.ts";
import { admin, browserOf, origin } from "./support/browser.ts";
import { patience, rounds } from "./support/waits.ts";
import { changesOf, create, grantsOf, type Member, reloadMember } from "./support/world.ts";

const statusOf = async (member: Member) => (await reloadMember(member.id)).status;

/** Who may do what to a colleague: the matrix M24–M27 for each of the doors below. */
const doors = ["block", "unblock", "removal", "restore"] as const;

describe.each(doors)("POST /admin/users/:id/%s", (door) => {
  test("M27 B7 is refused to a viewer and to a member without rights, and changes nothing", async () => {
    for (const held of [["viewer"], []] as const) {
      const { account, browser } = await admin(...held);
      const { member } = await create.colleague(account, ["viewer"]);
      await browser.post(`/admin/users/${member.id}/${door}`).expect(403);
      expect(await statusOf(member)).toBe("active");
    }
  });

  test("T49 of a neighbour is not found, nor is garbage", async () => {
    const { browser } = await admin("owner");
    const { member } = await create.colleague(await create.account(), ["viewer"]);
    await browser.post(`/admin/users/${member.id}/${door}`).expect(404);
    await browser.post(`/admin/users/${crypto.randomUUID()}/${door}`).expect(404);
    await browser.post(`/admin/users/nonsense/${door}`).expect(404);
    expect(await statusOf(member)).toBe("active");
  });

  test("T38 counts rights at the click: a right that was taken after the page opened is gone", async () => {
    const { account, member, browser } = await admin("admin");
    const colleague = await create.colleague(account, ["viewer"]);
    await browser.get("/admin/users").expect(200);
    await db.update(grants).set({ endedAt: sql`now()` }).where(eq(grants.memberId, member.id));
    await browser.post(`/admin/users/${colleague.member.id}/${door}`).expect(403);
    expect(await statusOf(colleague.member)).toBe("active");
  });
});

describe("blocking", () => {
  test("T95 takes access away at once, keeps the rights, and unblocking gives it back", async () => {
    const { account, browser } = await admin("admin");
    const { user, member } = await create.colleague(account, ["viewer"]);
    const theirs = await browserOf(user, account);
    await theirs.get("/admin/users").expect(200);

    await browser.post(`/admin/users/${member.id}/block`).expect(303);
    expect(await statusOf(member)).toBe("blocked");
    await theirs.get("/admin/users").expect(403);
    expect(await grantsOf(member.id)).toEqual(["viewer"]);
    await browser.post(`/admin/users/${member.id}/block`).expect(303);

    await browser.post(`/admin/users/${member.id}/unblock`).expect(303);
    await theirs.get("/admin/users").expect(200);
    expect(await changesOf(account.id)).toEqual(["member.blocked", "member.unblocked"]);
  });

  test("leads back to the list as it was left, and nowhere else", async () => {
    const { account, browser } = await admin("admin");
    const { member } = await create.colleague(account, ["viewer"]);
    const from = async (referer: string) =>
      (await browser.post(`/admin/users/${member.id}/block`).set("Referer", referer).expect(303)).headers.location;
    expect(await from(`${origin}/admin/users?status=active&q=a`)).toBe("/admin/users?status=active&q=a");
    for (const other of [
      `${origin}/admin/users/x/removal`,
      "https://evil.test/admin/users",
      `${origin}//evil.test`,
      "x",
    ])
      expect(await from(other)).toBe("/admin/users");
  });

  test("D13 ends every session of a corporate user, and only this account for others", async () => {
    const { account, browser } = await admin("admin");
    const corporate = await create.colleague(account, ["viewer"], { corporateAccountId: account.id });
    const other = await create.colleague(account, ["viewer"]);
    await browserOf(corporate.user, account);
    await browserOf(other.user, account);
    for (const { member } of [corporate, other]) await browser.post(`/admin/users/${member.id}/block`).expect(303);
    expect(await db.select().from(sessions).where(eq(sessions.userId, corporate.user.id))).toEqual([]);
    expect(await db.select().from(sessions).where(eq(sessions.userId, other.user.id))).toHaveLength(1);
  });

  test("of somebody who has not arrived, or of oneself, is refused with words", async () => {
    const { account, member, browser } = await admin("admin");
    const invited = await create.member(account, null);
    expect((await browser.post(`/admin/users/${invited.id}/block`).expect(409)).text).toContain(
      "An invitation can be revoked",
    );
    expect((await browser.post(`/admin/users/${member.id}/block`).expect(409)).text).toContain("to yourself");
  });

  test("T54 an admin can neither block nor remove an owner", async () => {
    const { account, browser } = await admin("admin");
    const { member } = await create.colleague(account, ["owner"]);
    await create.colleague(account, ["owner"]);
    for (const door of ["block", "removal"]) {
      const page = await browser.post(`/admin/users/${member.id}/${door}`).expect(403);
      expect(page.text).toContain("someone who holds more than you");
    }
    expect(await statusOf(member)).toBe("active");
  });
});

describe("removing", () => {
  test("asks first, ends every right and writes one event; mailboxes stay", async () => {
    const { account, browser } = await admin("admin");
    const { user, member } = await create.colleague(account, ["viewer"]);
    const mailbox = await create.mailbox(account);
    await create.grant(member, { systemRole: "mailbox_reader" }, mailbox);
    const page = await browser.get(`/admin/users/${member.id}/removal`).expect(200);
    expect(page.text).toContain("Delete user");
    const dialog = await browser.get(`/admin/users/${member.id}/removal`).set("HX-Request", "true").expect(200);
    expect(dialog.text).not.toContain("<html");
    expect(page.text).toContain(dialog.text.trim().split("\n")[0]);

    await browser.post(`/admin/users/${member.id}/removal`).expect(303);
    expect(await statusOf(member)).toBe("removed");
    expect(await grantsOf(member.id)).toEqual([]);
    expect(await changesOf(account.id)).toEqual(["member.removed"]);
    const [still] = await db.select().from(users).where(eq(users.id, user.id));
    expect(still!.disabledAt).toBeNull();
    expect((await browser.get("/admin/users")).text).not.toContain(user.email);
    expect((await browser.get("/admin/users?status=removed")).text).toContain(user.email);
  });

  test("D13 disables a corporate user's profile and ends their sessions; restoring opens it again", async () => {
    const { account, browser } = await admin("admin");
    await create.domain(account, { name: "people.test", status: "verified", verifiedAt: new Date() });
    const { user, member } = await create.colleague(account, ["viewer"], { corporateAccountId: account.id });
    const theirs = await browserOf(user, account);
    await browser.post(`/admin/users/${member.id}/removal`).expect(303);
    expect((await theirs.get("/admin/users")).headers.location ?? "").toContain("/sign-in");
    const disabled = () => db.select({ at: users.disabledAt }).from(users).where(eq(users.id, user.id));
    expect((await disabled())[0]!.at).not.toBeNull();
    await browser.post(`/admin/users/${member.id}/restore`).expect(303);
    expect((await disabled())[0]!.at).toBeNull();
  });

  test("T55 the last owner stays, even where the other holds every permission", async () => {
    const { account, browser } = await admin(...permissionKeys);
    const { member } = await create.colleague(account, ["owner"]);
    for (const door of ["block", "removal"]) {
      const refused = await browser.post(`/admin/users/${member.id}/${door}`).expect(409);
      expect(refused.text).toContain("the last owner of the account");
    }
    expect(await statusOf(member)).toBe("active");
    await create.colleague(account, ["owner"]);
    await browser.post(`/admin/users/${member.id}/removal`).expect(303);
  });

  test(
    "T55 of two owners who remove or block each other at once, one stays",
    async () => {
      const owners = await admin("owner");
      const other = await create.colleague(owners.account, ["owner"]);
      const theirs = await browserOf(other.user, owners.account);
      const both = [owners.member, other.member];
      for (let round = 0; round < rounds(25); round++) {
        const door = round % 2 ? "removal" : "block";
        const answers = await Promise.all([
          owners.browser.post(`/admin/users/${other.member.id}/${door}`),
          theirs.post(`/admin/users/${owners.member.id}/${door}`),
        ]);
        expect(answers.map(({ status }) => status).sort()).toEqual([303, expect.toBeOneOf([403, 409])]);
        const active = await Promise.all(both.map(statusOf));
        expect(active.filter((status) => status === "active")).toHaveLength(1);
        for (const { id } of both) {
          await db.update(members).set({ status: "active", endedAt: null }).where(eq(members.id, id));
          await db.delete(grants).where(and(eq(grants.memberId, id), isNull(grants.endedAt)));
          await db
            .insert(grants)
            .values({ accountId: owners.account.id, memberId: id, systemRole: "owner", source: "system" });
        }
      }
    },
    120_000 * patience,
  );
});

describe("restoring", () => {
  test("within 30 days gives back what the removal ended, as new grants", async () => {
    const { account, user, browser } = await admin("admin");
    const { member } = await create.colleague(account, ["viewer", "roles.add"]);
    const mailbox = await create.mailbox(account);
    await create.grant(member, { systemRole: "mailbox_editor" }, mailbox);
    const held = await grantsOf(member.id);
    await browser.post(`/admin/users/${member.id}/removal`).expect(303);
    await browser.post(`/admin/users/${member.id}/restore`).expect(303);

    expect(await statusOf(member)).toBe("active");
    expect(await grantsOf(member.id)).toEqual(held);
    const fresh = await db
      .select()
      .from(grants)
      .where(and(eq(grants.memberId, member.id), isNull(grants.endedAt)));
    expect(fresh.every((grant) => grant.grantedBy === user.id)).toBe(true);
    expect(await changesOf(account.id)).toEqual(["member.removed", "member.restored"]);
  });

  test("T51 leaves out what the restorer may not give, and says so", async () => {
    const { account, browser } = await admin("users.view", "users.delete", "users.edit");
    const { member } = await create.colleague(account, ["users.view"]);
    await browser.post(`/admin/users/${member.id}/removal`).expect(303);
    await db.update(grants).set({ permission: "audit.view" }).where(eq(grants.memberId, member.id));
    await browser.post(`/admin/users/${member.id}/restore`).expect(303);
    expect(await grantsOf(member.id)).toEqual([]);
    expect((await browser.get("/admin/users")).text).toContain("One right was not given again");
  });

  test("after 30 days, or beside a newer member of the same address, is refused", async () => {
    const { account, browser } = await admin("admin");
    const { member } = await create.colleague(account, ["viewer"]);
    await browser.post(`/admin/users/${member.id}/removal`).expect(303);
    await db.update(members).set({ endedAt: sql`now() - interval '31 days'` }).where(eq(members.id, member.id));
    await browser.post(`/admin/users/${member.id}/restore`).expect(409);
    await db.update(members).set({ endedAt: sql`now()` }).where(eq(members.id, member.id));
    await create.member(account, null, { email: member.email });
    const refused = await browser.post(`/admin/users/${member.id}/restore`).expect(409);
    expect(refused.text).toContain("is in this account already");
  });

  test("beside somebody who drafts the same person at that moment, the second gets words: 409 here, 422 there", async () => {
    const { account, browser } = await admin("admin");
    const { member } = await create.colleague(account, ["viewer"]);
    await browser.post(`/admin/users/${member.id}/removal`).expect(303);
    const newer = await create.member(account, null, { email: member.email, status: "removed" });

    // Somebody else is first, and has not finished when the button is pressed.
    const beaten = async (first: Member, press: () => PromiseLike<{ status: number; text: string }>) => {
      const { answer } = await db.transaction(async (tx) => {
        await tx.update(members).set({ status: "draft" }).where(eq(members.id, first.id));
        const answer = Promise.resolve(press());
        await new Promise((done) => setTimeout(done, 700));
        return { answer };
      });
      return answer;
    };
    const restoring = await beaten(newer, () => browser.post(`/admin/users/${member.id}/restore`));
    expect(restoring.status).toBe(409);
    expect(restoring.text).toContain("is in this account already");

    await db.update(members).set({ status: "removed" }).where(eq(members.id, newer.id));
    const drafting = await beaten(member, () => browser.post("/admin/users/new", { email: member.email, message: "" }));
    expect(drafting.status).toBe(422);
    expect(drafting.text).toContain("is in this account already");
  });

  test("brings nobody back who left by themselves: that takes an invitation and their answer", async () => {
    const { account, browser } = await admin("admin");
    const { user, member } = await create.colleague(account, ["viewer"]);
    const removed = await create.colleague(account, ["viewer"]);
    await browser.post(`/admin/users/${removed.member.id}/removal`).expect(303);
    await (await browserOf(user)).post(`/profile/invites/${member.id}/leaving`).expect(303);

    // Nothing offers what would be refused (B5).
    const list = await browser.get("/admin/users?status=removed").expect(200);
    const menuOf = (id: string) => `/admin/users/${id}/actions`;
    expect(list.text).toContain(menuOf(removed.member.id));
    expect(list.text).not.toContain(menuOf(member.id));
    for (const [{ id }, offered] of [
      [removed.member, true],
      [member, false],
    ] as const) {
      const menu = await browser.get(menuOf(id)).expect(200);
      expect(menu.text.includes(`/admin/users/${id}/restore`)).toBe(offered);
    }
    const page = await browser.get(`/admin/users/${member.id}/account`).expect(200);
    expect(page.text).toContain("This user left the account");
    expect(page.text).not.toContain("/restore");
    expect((await browser.get(`/admin/users/${removed.member.id}/account`)).text).toContain("/restore");

    const refused = await browser.post(`/admin/users/${member.id}/restore`).expect(409);
    expect(refused.text).toContain("This user left the account");
    expect(await statusOf(member)).toBe("removed");
    expect(await changesOf(account.id)).toEqual(["member.removed", "member.left"]);
  });

  test("T95 each change leaves one entry with actor, account and before and after", async () => {
    const { account, user, browser } = await admin("admin");
    const { member } = await create.colleague(account, ["viewer"]);
    for (const door of ["block", "unblock", "removal", "restore"]) {
      await browser.post(`/admin/users/${member.id}/${door}`).expect(303);
    }
    const written = await db
      .select()
      .from(events)
      .where(and(eq(events.accountId, account.id), eq(events.subjectType, "member")))
      .orderBy(events.id);
    expect(written.map(({ name }) => name)).toEqual([
      "member.blocked",
      "member.unblocked",
      "member.removed",
      "member.restored",
    ]);
    for (const event of written) {
      expect(event).toMatchObject({ actorId: user.id, subjectId: member.id, subjectLabel: member.email });
      expect(event.before).not.toEqual(event.after);
    }
  });
});
