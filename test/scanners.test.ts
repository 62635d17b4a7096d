import "./support/outbox.ts";
import { beforeAll, describe, expect, test } from "vitest";
import { admin, Browser, browserOf } from "./support/browser.ts";
import { invite, mailedLink, profile, someone, stepsOf } from "./support/invites.ts";
import { runJobs } from "./support/outbox.ts";
import { fill, type Home, samplesFor } from "./support/samples.ts";
import { everyRow, household, isStoredFile, nameOfRoute, pages } from "./support/sweep.ts";
import { create, grantsOf, password, reloadMember } from "./support/world.ts";

let home: Home;
let visitors: Record<string, Browser>;

beforeAll(async () => {
  home = await household("Northwind");
  const viewer = await create.colleague(home.account, ["viewer"]);
  visitors = {
    owner: await browserOf(home.user, home.account),
    viewer: await browserOf(viewer.user, home.account),
    stranger: new Browser(),
  };
  await runJobs();
});

describe("X6 reading changes nothing", () => {
  const paths = new Map<string, string>();
  let before: string;
  beforeAll(async () => {
    for (const line of pages()) paths.set(line.path, fill(line.path, await samplesFor(line.path, home)));
    before = await everyRow();
  });

  /** How programs ask that look ahead: each visitor asks as a person does, and in turn as one of them. */
  const ways = [{ "HX-Request": "true" }, { Purpose: "prefetch", "Sec-Purpose": "prefetch" }];
  for (const [at, line] of pages().entries()) {
    test(`X6 ${nameOfRoute(line)}, by GET and by HEAD, whoever asks`, async () => {
      const path = paths.get(line.path)!;
      for (const [nth, visitor] of Object.values(visitors).entries()) {
        const ahead = ways[(at + nth) % ways.length]!;
        await visitor.head(path).set(ahead);
        for (const headers of isStoredFile(line) ? [] : [{}, ahead]) {
          const answer = await visitor.get(path).set(headers);
          expect(answer.status, path).toBeLessThan(500);
        }
      }
      expect(await everyRow()).toBe(before);
    });
  }
});

describe("X6 acting is a deliberate POST, and repeating it shows success", () => {
  async function invited() {
    const { account, browser: boss } = await admin("admin");
    const user = await create.user();
    const member = await invite(boss, user.email);
    await create.grant(member, { systemRole: "viewer" });
    return { account, user, member, link: await mailedLink(user.email) };
  }

  test("X6 accepting: a scanner spends nothing, a person joins, and pressing again says so again", async () => {
    const { account, user, member, link } = await invited();
    for (const scanner of [new Browser(), await browserOf(user)]) {
      for (let time = 0; time < 5; time++) {
        await scanner.head(link);
        await scanner.get(link);
        await scanner.get("/profile/invites");
      }
    }
    expect(await reloadMember(member.id)).toMatchObject({ status: "invited", version: member.version });

    const browser = await browserOf(user);
    const answers = [];
    for (let time = 0; time < 3; time++) {
      const { headers } = await browser.post(`/profile/invites/${member.id}/acceptance`).expect(303);
      answers.push([headers.location, (await browser.get(headers.location!)).text.includes(account.name)]);
    }
    expect(new Set(answers.map(String)).size).toBe(1);
    expect(answers[0]![1]).toBe(true);
    expect(await grantsOf(member.id)).toEqual(["viewer"]);
    expect((await stepsOf(account.id)).filter((step) => step === "invite.accepted")).toHaveLength(1);
  });

  test("X6 declining: pressing again says that it is declined", async () => {
    const { account, user, member } = await invited();
    const browser = await browserOf(user);
    for (let time = 0; time < 3; time++) {
      const { headers } = await browser.post(`/profile/invites/${member.id}/decline`).expect(303);
      expect((await browser.get(headers.location!)).text).toContain("You declined the invitation to");
    }
    expect((await stepsOf(account.id)).filter((step) => step === "invite.declined")).toHaveLength(1);
  });

  test("X6 registering by an invitation: pressing again, and opening the link again, says that it is accepted", async () => {
    const { browser: boss } = await admin("admin");
    const member = await invite(boss, someone());
    const link = await mailedLink(member.email);
    await new Browser().post(`${link}/registration`, profile).expect(303);
    for (const again of [
      await new Browser().post(`${link}/registration`, profile),
      await new Browser().get(link),
      await (await signedIn(member.email)).get(link),
    ]) {
      expect([200, 303]).toContain(again.status);
      if (again.status === 200) expect(again.text).toContain("This invitation is accepted");
    }
    expect(await reloadMember(member.id)).toMatchObject({ status: "active" });
  });
});

async function signedIn(email: string): Promise<Browser> {
  const browser = new Browser();
  await browser.signIn(email, password);
  return browser;
}
