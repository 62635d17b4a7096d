import { eq, sql } from "drizzle-orm";
import { beforeEach, describe, expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { passkeys, sessions, signIns } from "../src/db/schema.ts";
import { dropAll } from "../src/factors/changed.ts";
import { endAllSessions } from "../src/sessions/end-all.ts";
import { Browser, browserOf } from "./support/browser.ts";
import { giveApp } from "./support/factors.ts";
import { type Answer, challengeFrom, Device } from "./support/passkeys.ts";
import { ageProof } from "./support/proof.ts";
import { create, password, type User } from "./support/world.ts";

let user: User;
let device: Device;

beforeEach(async () => {
  ({ user } = await create.colleague(await create.account(), ["owner"]));
  device = new Device();
  await device.give(user);
});

const isIn = async (browser: Browser) => (await browser.get("/profile")).status === 200;
/** Signs in with the passkey alone; `wrong` spoils the answer. */
async function alone(wrong: Answer = {}, browser = new Browser()) {
  const challenge = await challengeFrom(browser, "/sign-in/passkey/options");
  await browser
    .post("/sign-in/passkey", { credential: device.answer({ challenge, ...wrong }), next: "/profile" })
    .expect(303);
  return browser;
}
/** With the right password, at the second page. */
async function halfway(email = user.email) {
  const browser = new Browser();
  expect((await browser.post("/sign-in", { email, password }).expect(303)).headers.location).toBe("/sign-in/second");
  return browser;
}

describe("signing in with a passkey alone", () => {
  test("T105 opens a session under a new id, and the history says how", async () => {
    const browser = await alone({ holder: user.id });
    expect(await isIn(browser)).toBe(true);
    const [row] = await db.select().from(signIns).where(eq(signIns.userId, user.id));
    expect(row).toMatchObject({ method: "passkey", outcome: "signed_in" });
    const [key] = await db.select().from(passkeys).where(eq(passkeys.userId, user.id));
    expect(key!.lastUsedAt).not.toBeNull();
  });

  test.each<[string, () => Answer]>([
    ["from another origin", () => ({ origin: "https://evil.test" })],
    ["to another challenge", () => ({ challenge: "bm90IG91cnM" })],
    ["whose holder the device did not verify", () => ({ verified: false })],
    ["that names somebody else as its holder", () => ({ holder: crypto.randomUUID() })],
    ["of another kind", () => ({ type: "webauthn.create" })],
  ])("T105 an answer %s opens nothing", async (_, wrong) => {
    expect(await isIn(await alone(wrong()))).toBe(false);
    expect(await db.select().from(signIns).where(eq(signIns.userId, user.id))).toMatchObject([
      { method: "passkey", outcome: "refused" },
    ]);
    expect(await isIn(await alone())).toBe(true);
  });

  test("T105 an answer works once: not again, not in another browser, and once of four at once", async () => {
    const browser = new Browser();
    const challenge = await challengeFrom(browser, "/sign-in/passkey/options");
    const credential = device.answer({ challenge });
    const stolen = new Browser();
    await challengeFrom(stolen, "/sign-in/passkey/options");
    await stolen.post("/sign-in/passkey", { credential }).expect(303);
    expect(await isIn(stolen)).toBe(false);
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => browser.post("/sign-in/passkey", { credential })),
    );
    expect(answers.filter(({ headers }) => headers.location === "/")).toHaveLength(1);
    const again = new Browser();
    again.agent.jar = browser.agent.jar;
    await again.post("/sign-in/passkey", { credential }).expect(303);
    const rows = await db.select().from(signIns).where(eq(signIns.userId, user.id));
    expect(rows.filter(({ outcome }) => outcome === "signed_in")).toHaveLength(1);
  });

  test("T105 a counter that does not grow is a copied key: refused", async () => {
    await alone({ counter: 9 });
    expect(await isIn(await alone({ counter: 9 }))).toBe(false);
    expect(await isIn(await alone({ counter: 3 }))).toBe(false);
    expect(await isIn(await alone({ counter: 10 }))).toBe(true);
  });

  test("T105 what was asked for one purpose answers no other, and rubbish is refused in words", async () => {
    const browser = await halfway();
    const challenge = await challengeFrom(browser, "/sign-in/second/options");
    await browser.post("/sign-in/passkey", { credential: device.answer({ challenge }) }).expect(303);
    expect(await isIn(browser)).toBe(false);
    for (const credential of ["", "x", "[]", "null", "{}", '{"id":"x","response":{}}', '{"id":1,"response":null}'])
      expect((await new Browser().post("/sign-in/passkey", { credential }).expect(303)).headers.location).toBe(
        "/sign-in",
      );

    // Refusals are written down, but nobody fills somebody's history with them.
    const noted = () => db.$count(signIns, eq(signIns.userId, user.id));
    expect(await noted()).toBe(1);
    await db.execute(sql`
      insert into rate_limits (key, points, resets_at) values (${`passkey-refused:${user.id}`}, 1000, now() + interval '1 hour')
      on conflict (key) do update set points = 1000`);
    await alone({ verified: false });
    expect(await noted()).toBe(1);
  });

  test("T108 one that is taken off between its answer and the session opens none", async () => {
    const signingIn = await db.transaction(async (tx) => {
      await tx.execute(sql`select 1 from users where id = ${user.id} for update`);
      const browser = alone();
      const waits = sql`select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%update users set last_sign_in_at%'`;
      while ((await db.execute(waits)).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      await dropAll(tx, user.id);
      await endAllSessions(tx, user.id);
      return { browser };
    });
    expect(await isIn(await signingIn.browser)).toBe(false);
    expect(await db.$count(sessions, eq(sessions.userId, user.id))).toBe(0);
  });
});

describe("a passkey as the second factor", () => {
  test("T102 opens the session; nobody else's does", async () => {
    const other = await create.user();
    const foreign = new Device();
    await foreign.give(other);
    const browser = await halfway();
    const answer = async (by: Device) => {
      const challenge = await challengeFrom(browser, "/sign-in/second/options");
      return browser.post("/sign-in/second/passkey", { credential: by.answer({ challenge, verified: false }) });
    };
    expect((await answer(foreign)).status).toBe(422);
    expect(await isIn(browser)).toBe(false);
    expect((await answer(device)).status).toBe(303);
    expect(await isIn(browser)).toBe(true);
    const [row] = await db.select().from(signIns).where(eq(signIns.method, "password_passkey")).limit(1);
    expect(row).toBeDefined();
  });

  test("T102 without the first page nothing is asked and nothing opens", async () => {
    const stranger = new Browser();
    await stranger.post("/sign-in/second/options").expect(409);
    const credential = device.answer({ challenge: "x" });
    expect((await stranger.post("/sign-in/second/passkey", { credential }).expect(303)).headers.location).toBe(
      "/sign-in",
    );
  });

  test("T101 confirms who it is", async () => {
    const browser = await alone();
    await ageProof(user);
    await browser.get("/profile/security/passkeys/new").expect(303);
    const challenge = await challengeFrom(browser, "/confirm/options");
    const credential = device.answer({ challenge });
    await browser.post("/confirm/passkey", { credential, next: "/profile/security" }).expect(303);
    await browser.get("/profile/security/passkeys/new").expect(200);
  });
});

test("is listed and removed by its owner alone, who is asked for the password only then", async () => {
  const stranger = await browserOf(await create.user());
  const [key] = await db.select().from(passkeys).where(eq(passkeys.userId, user.id));
  await stranger.get(`/profile/security/passkeys/${key!.id}/removal`).expect(404);
  await stranger.post(`/profile/security/passkeys/${key!.id}/removal`).expect(404);
  const browser = await alone();
  expect((await browser.get("/profile/security").expect(200)).text).toContain("Key");
  expect((await browser.get(`/profile/security/passkeys/${key!.id}/removal`).expect(200)).text).toContain(
    "password alone",
  );
  await browser.post(`/profile/security/passkeys/${key!.id}/removal`).expect(303);
  await new Browser().signIn(user.email);
  expect(await isIn(await alone())).toBe(false);
  await giveApp(user);
  await browser
    .post("/profile/security/passkeys", { label: "x", credential: device.answer({ challenge: "x" }) })
    .expect(422);
});
