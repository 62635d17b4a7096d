import { describe, expect, test } from "vitest";
import { admin, Browser } from "./support/browser.ts";

describe("signing in", () => {
  test("opens the console and keeps the visitor", async () => {
    const { browser, user } = await admin("viewer");
    const home = await browser.get("/");
    expect(home.headers.location).toBe("/admin/users");
    expect(user.email).toContain("@");
  });

  test("with a wrong password says so and keeps the address", async () => {
    const { user } = await admin("viewer");
    const page = await new Browser().post("/sign-in", { email: user.email, password: "wrong" }).expect(422);
    expect(page.text).toContain("The address or the password is wrong.");
    expect(page.text).toContain(user.email);
  });
});
