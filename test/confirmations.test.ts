import { eq, sql } from "drizzle-orm";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { db } from "../src/db/client.ts";
import { apiClients, sessions } from "../src/db/schema.ts";
import { log } from "../src/log.ts";
import { type Browser, browserOf, origin } from "./support/browser.ts";
import { ageProof } from "./support/proof.ts";
import { type Account, create, eventsOf, password, type User } from "./support/world.ts";

let account: Account;
let user: User;
let browser: Browser;

beforeAll(async () => {
  account = await create.account();
});
beforeEach(async () => {
  ({ user } = await create.colleague(account, ["owner"]));
  browser = await browserOf(user, account);
});

const cookieOf = (answer: { headers: Record<string, unknown> }) =>
  String((answer.headers["set-cookie"] as string[] | undefined)?.find((each) => each.startsWith("muster=")));
const client = { name: "Desk", scopes: ["users.view"] };
const clientsOf = () => db.select().from(apiClients).where(eq(apiClients.createdBy, user.id));

describe("confirming that it is still you", () => {
  test("T101 a sign-in counts for ten minutes, then a sensitive page asks first and leads back", async () => {
    await browser.get("/admin/api-clients/new").expect(200);
    await ageProof(user, 9);
    await browser.get("/admin/api-clients/new").expect(200);
    await ageProof(user);

    const asked = await browser.get("/admin/api-clients/new?from=list").expect(303);
    expect(asked.headers.location).toBe("/confirm?next=%2Fadmin%2Fapi-clients%2Fnew%3Ffrom%3Dlist");
    const page = (await browser.get(asked.headers.location!).expect(200)).text;
    for (const said of [user.email, 'action="/sign-out"']) expect(page).toContain(said);
    const back = await browser.post("/confirm", { password, next: "/admin/api-clients/new?from=list" }).expect(303);
    expect(back.headers.location).toBe("/admin/api-clients/new?from=list");
    await browser.get("/admin/api-clients/new").expect(200);
  });

  test("T101 a form that was posted does nothing, and leads back to the page that it stands on", async () => {
    await ageProof(user);
    const referer = `${origin}/admin/api-clients/new`;
    const post = (from: string) =>
      browser.post("/admin/api-clients", client).set("Referer", from).set("Host", new URL(origin).host);
    const asked = await post(referer).expect(303);
    expect(asked.headers.location).toBe("/confirm?next=%2Fadmin%2Fapi-clients%2Fnew");
    expect(await clientsOf()).toEqual([]);
    expect((await browser.get("/confirm").expect(200)).text).toContain("Nothing is done yet");
    const elsewhere = await post("https://evil.test/admin/api-clients/new").expect(303);
    expect(elsewhere.headers.location).toBe("/confirm?next=%2F");
    const swapped = await browser.get("/admin/api-clients/new").set("HX-Request", "true").expect(401);
    expect(swapped.headers["hx-redirect"]).toMatch(/^\/confirm\?next=/);
    const { sid } = (await db.select().from(sessions).where(eq(sessions.userId, user.id)))[0]!;
    const sensitive = ["/profile/security/sessions/end-others", `/profile/security/sessions/${sid}/end`];
    for (const path of [...sensitive, `/admin/users/${sid}/sessions/end`, `/admin/users/${sid}/sessions/${sid}/end`])
      expect((await browser.post(path).expect(303)).headers.location, path).toMatch(/^\/confirm/);
  });

  test("a wrong password is refused beside its field, and nothing opens", async () => {
    await ageProof(user);
    const refused = await browser.post("/confirm", { password: "wrong", next: "/admin/settings/deletion" }).expect(422);
    expect(refused.text).toContain("This is not your current password.");
    expect(refused.text).toContain('value="/admin/settings/deletion"');
    await browser.get("/admin/settings/deletion").expect(303);
  });

  test("T40 guesses are counted as those at the sign-in are", async () => {
    await ageProof(user);
    const failures = async () =>
      (await eventsOf(account.id)).filter((name) => name === "user.confirmation_failed").length;
    const before = await failures();
    vi.spyOn(log, "isLevelEnabled").mockReturnValue(true);
    const warn = vi.spyOn(log, "warn");
    for (let i = 0; i < 5; i++) await browser.post("/confirm", { password: `no ${i}`, next: "/" }).expect(422);
    await browser.post("/confirm", { password, next: "/" }).expect(429);
    expect(await failures()).toBe(before + 5);
    const who = expect.objectContaining({ user: user.id, account: account.id, control: "limit", res: { status: 429 } });
    expect(warn).toHaveBeenCalledWith(who, expect.any(String));
    vi.restoreAllMocks();
  });

  test("T39 the session goes on under a new id, the old one is dead, and what it says stays", async () => {
    const before = await db.select().from(sessions).where(eq(sessions.userId, user.id));
    await ageProof(user);
    const old = cookieOf(await browser.get("/").set("X-None", "1"));
    const answer = await browser.post("/confirm", { password, next: "/" }).expect(303);
    expect(cookieOf(answer)).toMatch(/^muster=/);
    expect(cookieOf(answer)).not.toBe(old);
    const after = await db.select().from(sessions).where(eq(sessions.userId, user.id));
    expect(after).toHaveLength(1);
    expect(after[0]!.sid).not.toBe(before[0]!.sid);
    expect(after[0]!.createdAt).toEqual(before[0]!.createdAt);
    expect(after[0]!.sess.startedAt).toBe(before[0]!.sess.startedAt);
  });

  test("T37 a session that is ended at the same moment is not brought back", async () => {
    await ageProof(user);
    const confirming = await db.transaction(async (tx) => {
      await tx.delete(sessions).where(eq(sessions.userId, user.id));
      const answer = browser.post("/confirm", { password, next: "/" }).then(({ status }) => status);
      const waits = sql`select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%moved%'`;
      while ((await db.execute(waits)).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      return { answer };
    });
    expect(await confirming.answer).toBe(303);
    expect((await browser.get("/profile")).headers.location).toMatch(/^\/sign-in/);
    expect(await db.select().from(sessions).where(eq(sessions.userId, user.id))).toEqual([]);
  });

  test("T44 leads to pages of ours only; without a session it asks to sign in", async () => {
    for (const next of ["https://evil.test/", "//evil.test", "/\\evil.test"]) {
      const answer = await browser.post("/confirm", { password, next }).expect(303);
      expect(answer.headers.location).toBe("/");
    }
    const { Browser } = await import("./support/browser.ts");
    expect((await new Browser().get("/confirm?next=/admin/users").expect(303)).headers.location).toMatch(/^\/sign-in/);
    await new Browser().post("/confirm", { password, next: "/" }).expect(303);
  });
});
