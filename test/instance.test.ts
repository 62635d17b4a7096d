import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readInstanceSettings } from "../src/access/instance-settings.ts";
import { db } from "../src/db/client.ts";
import { events, instanceSettings, users } from "../src/db/schema.ts";
import { admin, Browser, browserOf } from "./support/browser.ts";
import { mailTo, runJobs } from "./support/outbox.ts";
import { create } from "./support/world.ts";

const stored = async () => (await db.select().from(instanceSettings))[0]!;

let operator: Browser;
let original: Awaited<ReturnType<typeof stored>>;

beforeAll(async () => {
  original = await stored();
  operator = await browserOf(await create.user({ instanceAdmin: true }));
});

afterAll(async () => {
  await db.update(instanceSettings).set(original);
  await readInstanceSettings();
});

/** The form as it stands, with some of it changed; a box that is taken away is not posted. */
async function fields(changes: Record<string, string | string[] | undefined> = {}) {
  const now = await stored();
  const all: Record<string, string | string[] | undefined> = {
    name: now.name,
    languages: now.languages,
    registrationOpen: now.registrationOpen ? "on" : undefined,
    invitationDays: String(now.invitationDays),
    sessionIdleMinutes: String(now.sessionIdleMinutes),
    sessionHours: String(now.sessionHours),
    phoneEnabled: now.phoneEnabled ? "on" : undefined,
    defaultRegion: now.defaultRegion,
    mxHosts: now.mxHosts.join("\n"),
    spfInclude: now.spfInclude,
    dkimSelector: now.dkimSelector,
    version: String(now.version),
    ...changes,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Record<string, string>;
}

describe("the settings of the installation", () => {
  test("are saved, counted at once, and written to the log", async () => {
    expect((await operator.get("/instance").expect(303)).headers.location).toBe("/instance/settings");
    const page = (await operator.get("/instance/settings").expect(200)).text;
    expect(page).toContain("Life of an invitation");
    await operator
      .post(
        "/instance/settings",
        await fields({
          name: "Harbour Mail",
          mxHosts: "MX1.harbour.test.\nmx2.harbour.test",
          spfInclude: "spf.harbour.test",
        }),
      )
      .expect(303);

    expect(await stored()).toMatchObject({
      name: "Harbour Mail",
      mxHosts: ["mx1.harbour.test", "mx2.harbour.test"],
      spfInclude: "spf.harbour.test",
    });
    expect((await new Browser().get("/sign-in").expect(200)).text).toContain("Harbour Mail");
    const [event] = await db.select().from(events).where(eq(events.name, "instance.changed"));
    expect(event).toMatchObject({ before: { name: "Muster" }, after: { name: "Harbour Mail" } });

    await new Browser().post("/register", { email: "newcomer@elsewhere.test" }).expect(200);
    await runJobs();
    expect(mailTo("newcomer@elsewhere.test").html).toContain("Harbour Mail");
  });

  test("close registration, and open it again", async () => {
    await operator.post("/instance/settings", await fields({ registrationOpen: undefined })).expect(303);
    expect((await new Browser().get("/register").expect(200)).text).toContain("By invitation only");
    await operator.post("/instance/settings", await fields({ registrationOpen: "on" })).expect(303);
    expect((await new Browser().get("/register").expect(200)).text).not.toContain("By invitation only");
  });

  test("say which languages can be chosen", async () => {
    const { browser } = await admin("viewer");
    const reader = await browserOf(await create.user({ locale: "de" }));
    await operator.post("/instance/settings", await fields({ languages: "en" })).expect(303);
    expect((await browser.get("/profile").expect(200)).text).not.toContain("Deutsch");
    // Whoever has it keeps it, whatever else of theirs they save.
    expect((await reader.get("/profile").expect(200)).text).toMatch(/<option value="de" selected>Deutsch/);
    await operator.post("/instance/settings", await fields({ languages: ["en", "de"] as never })).expect(303);
    expect((await browser.get("/profile").expect(200)).text).toContain("Deutsch");
  });

  test("are refused field by field, keep what was typed, and change nothing", async () => {
    const before = await stored();
    const answer = await operator
      .post(
        "/instance/settings",
        await fields({
          name: "",
          invitationDays: "0",
          sessionHours: "soon",
          mxHosts: "not a host!",
          defaultRegion: "XX",
          dkimSelector: "a.b",
        }),
      )
      .expect(422);
    for (const words of [
      "Enter a name for this installation.",
      "Enter a whole number from 1 to 90.",
      "Enter a whole number from 1 to 168.",
      "is not the name of a host",
      "Choose a country from the list.",
      "A selector is one word",
      "not a host!",
    ])
      expect(answer.text).toContain(words);
    expect(await stored()).toEqual(before);
  });

  test("T56 are not overwritten by who looked at older ones", async () => {
    const old = await fields({ name: "Too late" });
    await operator.post("/instance/settings", await fields({ name: "First" })).expect(303);
    const answer = await operator.post("/instance/settings", old).expect(409);
    expect(answer.text).toContain("Too late");
    expect((await stored()).name).toBe("First");
  });

  test("are not for owners of an account, nor for strangers", async () => {
    const { browser, user } = await admin("owner");
    await browser.get("/instance/settings").expect(403);
    await browser.post("/instance/settings", await fields({ name: "Mine" })).expect(403);
    expect((await browser.get("/profile").expect(200)).text).not.toContain("/instance/settings");
    await new Browser().get("/instance/settings").expect(303);
    await db.update(users).set({ instanceAdmin: true }).where(eq(users.id, user.id));
    expect((await browser.get("/profile").expect(200)).text).toContain("/instance/settings");
  });
});
