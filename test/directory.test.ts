import { describe, expect, test } from "vitest";
import { admin, Browser } from "./support/browser.ts";
import { create } from "./support/world.ts";

describe("the users list", () => {
  test("M24 shows the members of the account, and nobody else's", async () => {
    const { account, browser } = await admin("viewer");
    await create.member(account, null, { email: "ana@guest.test", firstName: "Ana" });
    const other = await create.account();
    await create.member(other, null, { email: "stranger@guest.test" });

    const page = await browser.get("/admin/users").expect(200);
    expect(page.text).toContain("ana@guest.test");
    expect(page.text).not.toContain("stranger@guest.test");
  });

  test("M24 is refused to a member without any right, and asks a visitor to sign in", async () => {
    const { browser } = await admin();
    await browser.get("/admin/users").expect(403);
    expect((await new Browser().get("/admin/users").expect(303)).headers.location).toBe(
      "/sign-in?next=%2Fadmin%2Fusers",
    );
  });
});
