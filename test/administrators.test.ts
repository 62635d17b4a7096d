import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { grants, members } from "../src/db/schema.ts";
import { Browser, browserOf, owner } from "./support/browser.ts";
import { create } from "./support/world.ts";

describe("who are my administrators", () => {
  test("a member without any right sees the Owners and whoever manages users, of each account of theirs, and nobody else's", async () => {
    const { account, user: boss } = await owner();
    const { user: neighbour } = await owner();
    const admin = await create.colleague(account, ["admin"]);
    const viewer = await create.colleague(account, ["viewer"]);
    const role = await create.role(account, "account", "Desk", ["users.block"]);
    const desk = await create.colleague(account);
    await create.grant(desk.member, { role });
    const late = await create.colleague(account, ["admin"]);
    await db
      .update(grants)
      .set({ endsAt: new Date(Date.now() - 1000) })
      .where(eq(grants.memberId, late.member.id));
    const { user } = await create.colleague(account);

    const browser = await browserOf(user, account);
    const { text } = await browser.get("/profile/administrators").expect(200);
    for (const shown of [boss, admin.user, desk.user]) expect(text).toContain(shown.email);
    for (const hidden of [neighbour, viewer.user, late.user]) expect(text).not.toContain(hidden.email);
    expect((await browser.get("/admin/users").expect(403)).text).toContain("/profile/administrators");
  });

  test("says to a corporate user what the account may do with their profile", async () => {
    const { account } = await owner();
    const { user } = await create.colleague(account, [], { corporateAccountId: account.id });
    const { text } = await (await browserOf(user, account)).get("/profile/administrators").expect(200);
    expect(text).toContain("This account manages your profile");
  });

  test("is not for visitors, for who is blocked, nor for a guest whose time is over", async () => {
    await new Browser().get("/profile/administrators").expect(303);
    for (const values of [{ status: "blocked" as const }, { guestUntil: new Date(Date.now() - 1000) }]) {
      const { account, user: boss } = await owner();
      const { user, member } = await create.colleague(account);
      await db.update(members).set(values).where(eq(members.id, member.id));
      const { text } = await (await browserOf(user)).get("/profile/administrators").expect(200);
      expect(text).not.toContain(boss.email);
    }
  });
});
