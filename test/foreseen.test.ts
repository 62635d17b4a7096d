import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { admin, type Browser } from "./support/browser.ts";
import { statementsOf } from "./support/statements.ts";
import { create } from "./support/world.ts";

const look = async (browser: Browser) => (await browser.get("/admin/users").expect(200)).text;

/** Often enough that what the page asks comes along with the session, and the page is kept. */
async function lookOften(browser: Browser): Promise<string> {
  for (let n = 0; n < 3; n++) await look(browser);
  return look(browser);
}

describe("a list that is looked at again and again", () => {
  test("T38 T49 is that of the account which the session is at", async () => {
    const { user, account, browser } = await admin("admin");
    const second = await create.account();
    await create.grant(await create.member(second, user), { systemRole: "admin" });
    await create.member(account, null, { email: "ann@guest.test", firstName: "Ann" });
    await create.member(second, null, { email: "bob@guest.test", firstName: "Bob" });
    for (const [at, here, there] of [
      [account, "ann@guest.test", "bob@guest.test"],
      [second, "bob@guest.test", "ann@guest.test"],
      [account, "ann@guest.test", "bob@guest.test"],
    ] as const) {
      await browser.post(`/accounts/${at.id}/switch`).expect(303);
      const page = await lookOften(browser);
      expect(page).toContain(here);
      expect(page).not.toContain(there);
    }
  });

  test("T37 T38 asks the database once, and ends with the right to see it, and with the session", async () => {
    const { user, member, browser } = await admin("admin");
    await lookOften(browser);
    expect(await statementsOf(() => look(browser))).toHaveLength(1);
    await db.execute(sql`update grants set ended_at = now() where member_id = ${member.id}`);
    await browser.get("/admin/users").expect(403);
    await create.grant(member, { systemRole: "viewer" });
    await lookOften(browser);
    await db.execute(sql`delete from sessions where user_id = ${user.id}`);
    await browser.get("/admin/users").expect(303);
  });

  test("says once what was done, and then nothing of it", async () => {
    const { account, browser } = await admin("owner");
    const kim = await create.member(account, null, { email: "kim@guest.test", firstName: "Kim", status: "active" });
    await lookOften(browser);
    await browser.post(`/admin/users/${kim.id}/block`).expect(303);
    expect(await look(browser)).toContain('class="toast done"');
    const after = await lookOften(browser);
    expect(after).not.toContain('class="toast ');
    expect(after).toContain("Blocked");
  });

  test("leaves packed as each browser takes it, says the same each time, and what has changed at once", async () => {
    const { account, browser } = await admin("admin");
    const kim = await create.member(account, null, { email: "kim@guest.test", firstName: "Kim", status: "active" });
    for (const name of ["Kim", "Kimberley"]) {
      await db.execute(sql`update members set first_name = ${name} where id = ${kim.id}`);
      const plain = await lookOften(browser);
      expect(plain).toMatch(new RegExp(`>${name}\\b`));
      for (const [asked, packed] of [
        ["gzip, deflate, br, zstd", "br"],
        ["gzip", "gzip"],
        ["br;q=0, gzip;q=0.5", "gzip"],
        ["deflate;q=0", undefined],
        ["identity", undefined],
      ] as const) {
        for (let n = 0; n < 2; n++) {
          const page = await browser.get("/admin/users").set("Accept-Encoding", asked).expect(200);
          expect(page.headers["content-encoding"], asked).toBe(packed);
          expect(page.headers.vary).toContain("Accept-Encoding");
          expect(page.text).toBe(plain);
        }
      }
    }
  });
});
