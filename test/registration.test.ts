import "./support/outbox.ts";
import { randomBytes } from "node:crypto";
import { eq, sql } from "drizzle-orm";
import { beforeEach, describe, expect, test } from "vitest";
import { registerUser } from "../src/auth/register.ts";
import { db } from "../src/db/client.ts";
import { instanceSettings, mailboxes, mails, tokens, users } from "../src/db/schema.ts";
import { Browser } from "./support/browser.ts";
import { inbox, linkIn, mailsTo, mailTo, runJobs } from "./support/outbox.ts";
import { create, eventsOf, grantsOf, password, reloadMember } from "./support/world.ts";

const person = (email: string) => ({
  email,
  firstName: "Ana",
  lastName: "Sol",
  password,
  locale: "en" as const,
  timeZone: "Europe/Berlin",
});
const register = (email: string) => db.transaction((tx) => registerUser(tx, person(email)));

describe("a new person", () => {
  test("A26 gets a profile, an account they own, and a mailbox with an address of its own", async () => {
    const [first, second] = [await register("ana.sol@one.test"), await register("ana.sol@two.test")];
    expect(first.account).toMatchObject({ kind: "personal", name: "Ana Sol" });
    expect(await grantsOf(first.member.id)).toEqual(["owner"]);
    expect(await eventsOf(first.account.id)).toEqual(["user.registered"]);
    expect(first.user.defaultMailboxId).not.toBe(second.user.defaultMailboxId);
  });

  test("never gets a mailbox with an address that speaks for the domain, or that somebody else signs in with", async () => {
    const addressOf = async (email: string) => {
      const { user } = await register(email);
      const [box] = await db.select().from(mailboxes).where(eq(mailboxes.id, user.defaultMailboxId!));
      return box!.address;
    };
    await create.user({ email: "taken@muster.test" });
    await create.member(await create.account(), null, { email: "asked@muster.test" });
    expect(await addressOf("postmaster@evil.example")).toBe("postmaster-2@muster.test");
    expect(await addressOf("admin@evil.example")).toBe("admin-2@muster.test");
    expect(await addressOf("taken@evil.example")).toBe("taken-2@muster.test");
    expect(await addressOf("asked@evil.example")).toBe("asked-2@muster.test");
    expect(await addressOf("own@muster.test")).toBe("own@muster.test");
    expect(await addressOf("tag+news@free.example")).toBe("tag@muster.test");
  });

  test("D4 finds the invitations that wait for the address, still to be answered", async () => {
    const waiting = await create.member(await create.account(), null, { email: "late@one.test" });
    const { user } = await register("late@one.test");
    expect(await reloadMember(waiting.id)).toMatchObject({ userId: user.id, status: "invited" });
  });

  test("cannot take an address that is registered", async () => {
    await register("twice@one.test");
    await expect(register("twice@one.test")).rejects.toMatchObject({ status: 409 });
  });
});

const profile = { firstName: "Ana", lastName: "Sol", password, locale: "de", timeZone: "Europe/Berlin" };

/** Asks for a link as somebody would, and returns where it leads. */
async function linkFor(email: string): Promise<string> {
  await new Browser().post("/register", { email }).expect(200);
  await runJobs();
  return linkIn(mailTo(email));
}

const userOf = async (email: string) => (await db.select().from(users).where(eq(users.email, email)))[0];

describe("registering", () => {
  beforeEach(() => {
    inbox.mails.length = 0;
  });

  test("proves the address by mail, then takes the profile and signs in", async () => {
    const link = await linkFor("new@people.example");
    const browser = new Browser();
    expect((await browser.get(link).expect(200)).text).toContain("new@people.example");

    const made = await browser.post(link, profile).expect(303);
    expect(made.headers.location).toBe("/");
    expect((await browser.get("/").expect(303)).headers.location).toBe("/admin/dashboard");
    expect(await userOf("new@people.example")).toMatchObject({
      firstName: "Ana",
      locale: "de",
      timeZone: "Europe/Berlin",
    });
  });

  test("with a bad password says why and keeps what was typed", async () => {
    const link = await linkFor("bad@people.example");
    const page = await new Browser().post(link, { ...profile, password: "short" }).expect(422);
    expect(page.text).toContain("At least 12 characters");
    expect(page.text).toContain('value="Sol"');
    await new Browser().post(link, profile).expect(303);
  });

  test("T2 T57 takes the address from the link alone, and nothing that the form does not ask for", async () => {
    const link = await linkFor("mine@people.example");
    const extra = { email: "other@people.example", instanceAdmin: "true", id: crypto.randomUUID(), accountId: "x" };
    await new Browser().post(link, { ...profile, ...extra }).expect(303);
    expect(await userOf("other@people.example")).toBeUndefined();
    expect(await userOf("mine@people.example")).toMatchObject({ instanceAdmin: false });
  });

  test("T1 T10 a link registers once, however many press at the same time", async () => {
    const link = await linkFor("once@people.example");
    const answers = await Promise.all(Array.from({ length: 20 }, () => new Browser().post(link, profile)));
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19);
  });

  test("T9 GET and HEAD never spend a link", async () => {
    const link = await linkFor("scanned@people.example");
    for (let i = 0; i < 5; i++) {
      await new Browser().head(link);
      await new Browser().get(link).expect(200);
    }
    expect(await userOf("scanned@people.example")).toBeUndefined();
    await new Browser().post(link, profile).expect(303);
  });

  test("T4 an unknown link is not found, and no row holds a usable one", async () => {
    const link = await linkFor("dump@people.example");
    const secret = link.split("/").at(-1)!;
    const rows = await db.execute(sql`select row_to_json(t)::text as row from tokens t
      union all select row_to_json(m)::text from mails m
      union all select row_to_json(j)::text from graphile_worker._private_jobs j`);
    expect(rows.map(({ row }) => row).join()).not.toContain(secret);
    const bodies = new Set<string>();
    const guesses = Array.from({ length: 60 }, () => randomBytes(32).toString("base64url"));
    for (const guess of ["x", "0".repeat(43), `${secret.slice(0, -1)}!`, `${secret}x`, ...guesses]) {
      const { text } = await new Browser().get(`/register/${encodeURIComponent(guess)}`).expect(404);
      bodies.add(text.replaceAll(/[\w-]{8}(-[\w-]{4}){3}-[\w-]{12}/g, "…"));
    }
    expect(bodies.size).toBe(1);
  });

  test("T5 R16 a link dies by the database's clock, not by this machine's", async () => {
    const link = await linkFor("slow@people.example");
    const shift = (by: string) =>
      db.execute(sql`update tokens set expires_at = now() + ${by}::interval where email = 'slow@people.example'`);
    await shift("1 minute");
    await new Browser().get(link).expect(200);
    await shift("-1 second");
    expect((await new Browser().get(link).expect(409)).text).toContain("too old");
    await new Browser().post(link, profile).expect(409);
    expect(await userOf("slow@people.example")).toBeUndefined();
  });

  test("T5 only the newest link works", async () => {
    const old = await linkFor("again@people.example");
    const newest = await linkFor("again@people.example");
    await new Browser().get(old).expect(409);
    await new Browser().get(newest).expect(200);
  });

  test("T16 T33 answers the same for a registered address, and mails its owner another letter", async () => {
    await register("known@people.example");
    const [known, unknown] = [
      await new Browser().post("/register", { email: " KNOWN@people.example" }),
      await new Browser().post("/register", { email: " NOONE@people.example" }),
    ];
    expect(known.status).toBe(unknown.status);
    expect(known.text.replaceAll("known@", "@")).toBe(unknown.text.replaceAll("noone@", "@"));
    expect(
      await db.select({ kind: mails.kind }).from(mails).where(sql`created_at > now() - interval '1 hour'`),
    ).not.toContainEqual({ kind: "already_registered" });

    await runJobs();
    expect(mailTo("known@people.example").subject).toBe("You are registered already");
    expect(mailTo("known@people.example").text).not.toContain("/register/");
    expect(mailTo("noone@people.example").subject).toBe("Confirm your e-mail address");
  });

  test("T35 the mailed link never follows the request's host", async () => {
    await new Browser()
      .post("/register", { email: "host@people.example" })
      .set("Host", "evil.example")
      .set("X-Forwarded-Host", "evil.example")
      .set("X-Forwarded-Proto", "https")
      .set("Forwarded", "host=evil.example;proto=https")
      .expect(200);
    await runJobs();
    expect(mailTo("host@people.example").text).toContain("http://localhost:3000/register/");
    expect(mailTo("host@people.example").raw).not.toContain("evil.example");
  });

  test("T15 T69 refuses addresses that look like others or reach several people", async () => {
    for (const email of [
      "\u212Aate@people.example",
      "ａdmin@people.example",
      "adm\u0131n@people.example",
      "a@b",
      "a@x.example,b@x.example",
      '"a b"@x.example',
      "a@x.example\r\nBcc: b@x.example",
    ]) {
      await new Browser().post("/register", { email }).expect(422);
    }
    await runJobs();
    expect(inbox.mails).toEqual([]);
  });

  test("T17 a field that comes twice or as a list is 400, and nobody is mailed", async () => {
    await new Browser().post("/register", { email: ["a@x.example", "b@x.example"] }).expect(400);
    await new Browser().post("/register", { "email[]": "a@x.example" }).expect(400);
    await new Browser().post("/register", { "email[0]": "a@x.example" }).expect(400);
    const link = await linkFor("flat@people.example");
    inbox.mails.length = 0;
    await new Browser().post(link, { ...profile, password: [password, password] }).expect(400);
    await runJobs();
    expect(inbox.mails).toEqual([]);
    expect(await userOf("flat@people.example")).toBeUndefined();
  });

  test("is refused where the instance takes people by invitation only", async () => {
    const early = await linkFor("early@people.example");
    await db.update(instanceSettings).set({ registrationOpen: false });
    try {
      expect((await new Browser().get("/register").expect(200)).text).toContain("By invitation only");
      await new Browser().post("/register", { email: "shut@people.example" }).expect(403);
      await new Browser().post(early, profile).expect(403);
      expect((await new Browser().get("/sign-in")).text).not.toContain("/register");
    } finally {
      await db.update(instanceSettings).set({ registrationOpen: true });
    }
  });

  test("is limited per address", async () => {
    for (let i = 0; i < 3; i++) await new Browser().post("/register", { email: "often@people.example" }).expect(200);
    const refused = await new Browser().post("/register", { email: "often@people.example" }).expect(429);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(60);
    expect(await db.select().from(tokens).where(eq(tokens.email, "often@people.example"))).toHaveLength(3);
    await runJobs();
    expect(mailsTo("often@people.example").length).toBeLessThanOrEqual(3);
  });
});
