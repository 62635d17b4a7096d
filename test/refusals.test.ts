import "./support/outbox.ts";
import { eq } from "drizzle-orm";
import { afterEach, expect, test, vi } from "vitest";
import { db } from "../src/db/client.ts";
import { accounts } from "../src/db/schema.ts";
import { log } from "../src/log.ts";
import { admin, browserOf } from "./support/browser.ts";
import { program, programOf } from "./support/programs.ts";
import { create } from "./support/world.ts";

/** What the log says of one request that ends like this. */
async function lineOf(answer: Promise<{ status: number }>): Promise<Record<string, unknown>> {
  vi.spyOn(log, "isLevelEnabled").mockReturnValue(true);
  const warn = vi.spyOn(log, "warn").mockReturnValue();
  const { status } = await answer;
  await vi.waitUntil(() => warn.mock.calls.length > 0);
  const line = warn.mock.calls[0]![0] as unknown as Record<string, unknown>;
  vi.restoreAllMocks();
  expect(line.res).toEqual({ status });
  return line;
}
afterEach(() => vi.restoreAllMocks());

test("the log says which control refused whom: a right, another site, another account (ASVS 16.3.3)", async () => {
  const { account, user, browser } = await admin("viewer");
  const who = { user: user.id, account: account.id };
  expect(await lineOf(browser.get("/admin/mailboxes/new").then())).toMatchObject({ ...who, control: "right" });
  const foreign = browser.post("/admin/mailboxes").set("Sec-Fetch-Site", "cross-site");
  expect(await lineOf(foreign.then())).toMatchObject({ ...who, control: "origin" });
  const file = browser.get("/admin/reports/files/x").set("Sec-Fetch-Site", "cross-site");
  expect(await lineOf(file.then())).toMatchObject({ ...who, control: "origin" });
  const { browser: writer } = await admin("owner");
  const elsewhere = writer.post("/admin/mailboxes", { _account: account.id });
  expect(await lineOf(elsewhere.then())).toMatchObject({ control: "account", res: { status: 409 } });
  expect((await lineOf(browser.get("/admin/no-such-page").then())).control).toBeUndefined();
});

test("the same for programs: the token's scopes, the rights of whoever made it (ASVS 16.3.3)", async () => {
  const { account, user, program: viewer } = await program("viewer");
  const narrow = await programOf(account, user, ["roles.view"]);
  const client = { account: account.id, client: narrow.client.id };
  expect(await lineOf(narrow.get("/members").then())).toMatchObject({ ...client, control: "scope" });
  const refused = viewer.post("/mailboxes", { name: "No", address: "no@muster.test" });
  expect(await lineOf(refused.then())).toMatchObject({ client: viewer.client.id, control: "right" });
});

test("a suspended account is what refuses, whatever is asked for, by page and by program (ASVS 16.3.3)", async () => {
  const account = await create.account();
  const { user } = await create.colleague(account, ["owner"]);
  const [browser, api] = [await browserOf(user, account), await programOf(account, user)];
  await db.update(accounts).set({ suspendedAt: new Date() }).where(eq(accounts.id, account.id));
  const control = "suspension";
  expect(await lineOf(browser.post("/admin/mailboxes").then())).toMatchObject({ control });
  expect(await lineOf(browser.get("/admin/users").set("HX-Request", "true").then())).toMatchObject({ control });
  expect(await lineOf(browser.get("/accounts/suspended").then())).toMatchObject({ control });
  expect(await lineOf(api.get("/members").then())).toMatchObject({ control });
});

test("a page that refuses leads back to where the step was tried, filters and all, and to no other site", async () => {
  const { account, browser } = await admin("admin");
  const { member } = await create.colleague(account, ["owner"]);
  const from = "/admin/users?status=active&sort=name";
  const refused = (referer: string) =>
    browser.post(`/admin/users/${member.id}/block`).set("Referer", referer).expect(403);
  expect((await refused(process.env.BASE_URL + from)).text).toContain(`href="${from.replace("&", "&amp;")}">Back</a>`);
  for (const other of ["https://evil.test/admin/users", `${process.env.BASE_URL}//evil.test/`]) {
    const { text } = await refused(other);
    expect(text).not.toContain("evil.test");
    expect(text).not.toContain(">Back</a>");
  }
  const gone = "/admin/users/none";
  const missing = await browser
    .get(gone)
    .set("Referer", process.env.BASE_URL + gone)
    .expect(404);
  expect(missing.text).not.toContain(">Back</a>");
});
