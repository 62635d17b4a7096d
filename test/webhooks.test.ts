import { and, eq, sql } from "drizzle-orm";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { config } from "../src/config.ts";
import { db } from "../src/db/client.ts";
import { events, notifications, webhookAttempts, webhookDeliveries, webhooks } from "../src/db/schema.ts";
import { nextTry } from "../src/webhook-sending/next-try.ts";
import { toldEvents } from "../src/webhooks/told-events.ts";
import { type Browser, browserOf, owner } from "./support/browser.ts";
import { freshDns, resolver, zone } from "./support/name-server.ts";
import { mailsTo, runJobs } from "./support/outbox.ts";
import { manners, noteAll, receiver, skipPauses, tell, verified } from "./support/receivers.ts";
import { type Account, create, type User } from "./support/world.ts";

let account: Account;
let user: User;
let browser: Browser;
let viewer: Browser;

beforeAll(async () => {
  ({ account, user, browser } = await owner());
  viewer = await browserOf((await create.colleague(account, ["viewer"])).user, account);
});
beforeEach(async () => {
  config.OUTBOUND_ALLOW = ["127.0.0.0/8"];
  config.OUTBOUND_TIMEOUT_MS = 10_000;
  await db.execute(sql`delete from rate_limits`);
  await db.update(webhooks).set({ endedAt: new Date(), dueAt: null });
});

/** Adds a webhook through the door; its id, and the secret that is shown once. */
async function add(url: string, fields: Record<string, string | string[]> = {}, by = browser) {
  const page = await by.post("/admin/webhooks", { url, about: "", scope: "all", ...fields }).expect(201);
  const [, secret] = page.text.match(/value="(whsec_[^"]+)"/)!;
  const [, id] = page.text.match(/\/admin\/webhooks\/([0-9a-f-]{36})/)!;
  return { id: id!, secret: secret!, here: `/admin/webhooks/${id}` };
}

let counter = 0;
/** Makes a role: one event, `role.created`, of the name. */
async function happen(by = browser): Promise<string> {
  const name = `Desk ${++counter}`;
  await by.post("/admin/roles", { level: "account", name, about: "", permissions: "users.view" }).expect(303);
  return name;
}

const rowOf = async (id: string) => (await db.select().from(webhooks).where(eq(webhooks.id, id)))[0]!;
const deliveriesOf = (id: string) =>
  db.select().from(webhookDeliveries).where(eq(webhookDeliveries.webhookId, id)).orderBy(webhookDeliveries.createdAt);
const textOf = async (path: string, by = browser) => (await by.get(path).expect(200)).text;

describe("M21 adding a webhook", () => {
  test("M21 shows the secret once, keeps it sealed, and what happens is told: signed, once, and to nobody else", async () => {
    const here = await receiver();
    const hook = await add(here.url, { about: "Ledger" });
    expect(Buffer.from(hook.secret.slice(6), "base64")).toHaveLength(32);
    expect((await rowOf(hook.id)).secret).not.toContain(hook.secret.slice(6));
    const neighbour = await owner();
    await happen(neighbour.browser);
    const name = await happen();
    await tell();
    await tell();

    expect(here.types().sort()).toEqual(["role.created", "webhook.added"]);
    const got = here.got.find(({ message }) => message.type === "role.created")!;
    const message = verified(hook.secret, got);
    const [event] = await db.select().from(events).where(eq(events.subjectLabel, name));
    expect(message).toEqual({
      type: "role.created",
      timestamp: event!.at.toISOString(),
      data: {
        id: event!.id,
        accountId: account.id,
        actor: { id: user.id, label: user.email },
        subject: { type: "role", id: event!.subjectId, label: name },
        before: event!.before,
        after: event!.after,
      },
    });
    expect(got.headers).toMatchObject({
      "content-type": "application/json",
      "user-agent": "Muster-Webhooks/1.0",
    });
    expect(() => verified(`whsec_${Buffer.alloc(32).toString("base64")}`, got)).toThrow("No matching signature");
    for (const path of ["/admin/webhooks", hook.here, `${hook.here}/edit`, `${hook.here}/deliveries`])
      expect(await textOf(path)).not.toContain(hook.secret);
    expect(JSON.stringify(await db.select({ e: events.after }).from(events))).not.toContain("receiver-8f3a");
  });

  test("M21 only of the events that were ticked, and of none that are personal", async () => {
    expect(toldEvents).not.toContain("user.signed_in");
    const here = await receiver();
    const hook = await add(here.url, { scope: "selected", events: ["role.created", "domain.added"] });
    await happen();
    await browser.post("/admin/domains", { name: "told.example.org" });
    await browser.post("/admin/mailboxes", { name: "Silent", local: "silent" });
    await tell();
    expect(here.types().sort()).toEqual(["domain.added", "role.created"]);
    expect(await textOf(hook.here)).toContain("Role created");
    for (const bad of [{ events: "user.signed_in" }, { events: [] }, { events: "nonsense" }])
      await browser.post("/admin/webhooks", { url: here.url, about: "", scope: "selected", ...bad }).expect(422);
  });

  test("T73 M21 only to where Muster may go: no private address, no clear text, no odd port; what was typed stays", async () => {
    freshDns();
    zone("receivers.test", [
      ["inside", "A", "10.0.0.7"],
      ["outside", "A", "93.184.216.34"],
    ] as never);
    config.OUTBOUND_ALLOW = [];
    const refused: [string, string][] = [
      ["https://127.0.0.1/hook", "private or reserved network"],
      ["https://[::1]/hook", "private or reserved network"],
      ["https://inside.receivers.test/hook", "private or reserved network"],
      ["https://nobody.receivers.test/hook", "no host of this name"],
      ["http://outside.receivers.test/hook", "begins with https"],
      ["https://outside.receivers.test:22/hook", "port are not allowed"],
      ["https://me:secret@outside.receivers.test/hook", "must not hold a name"],
      ["https://outside.receivers.test/hook#part", "behind a #"],
      ["ftp://outside.receivers.test/hook", "no address of the web"],
      ["", "Enter the address"],
    ];
    for (const [url, words] of refused) {
      const answer = await browser.post("/admin/webhooks", { url, about: "What I typed", scope: "all" });
      expect([answer.status, answer.text.includes(words)], url).toEqual([422, true]);
      expect(answer.text).toContain("What I typed");
    }
    await add("https://outside.receivers.test/hook");
  });

  test("T73 a name that leads elsewhere by then is judged again when something is sent: nothing is connected to", async () => {
    freshDns();
    const here = await receiver();
    const port = new URL(here.url).port;
    zone("rebinding.test", [["hook", "A", "127.0.0.1"]]);
    const hook = await add(`http://hook.rebinding.test:${port}/hook`);
    await tell();
    expect(here.got).toHaveLength(1);
    config.OUTBOUND_ALLOW = [];
    await happen();
    await tell();
    expect(here.got).toHaveLength(1);
    const [, second] = await deliveriesOf(hook.id);
    expect(second).toMatchObject({ status: "waiting", lastStatus: null, lastError: "not_allowed", attempts: 1 });
    expect(await textOf(`${hook.here}/deliveries/${second!.id}`)).toContain("private or reserved network");
    expect(resolver).toBeDefined();
  });
});

describe("M20 M22 M23 looking at webhooks, changing and deleting them", () => {
  test("M20 a Viewer sees them without what is secret about them; a neighbour sees nothing; who may not read the log tells nobody", async () => {
    const here = await receiver();
    const hook = await add(here.url, { about: "Ledger" });
    await tell();
    const [delivery] = await deliveriesOf(hook.id);
    const paths = ["/admin/webhooks", hook.here, `${hook.here}/deliveries`, `${hook.here}/deliveries/${delivery!.id}`];
    for (const path of paths) {
      const text = await textOf(path, viewer);
      expect(text).toContain("Ledger");
      expect(text, path).not.toMatch(/receiver-8f3a|webhook-signature|<button class="button primary"/);
    }
    const neighbour = await owner();
    for (const path of paths.slice(1)) await neighbour.browser.get(path).expect(404);
    for (const path of ["/test", "/pause", "/enabling", "/secret", "/removal", ""]) {
      await viewer.post(hook.here + path, {}).expect(403);
      await neighbour.browser
        .post(hook.here + path, { hours: "0", url: here.url, scope: "all", version: "1" })
        .expect(404);
    }
    const teller = await browserOf(
      (await create.colleague(account, ["webhooks.view", "webhooks.add", "webhooks.edit"])).user,
      account,
    );
    const values = { url: here.url, about: "", scope: "all", version: "1" };
    expect((await teller.post("/admin/webhooks", values).expect(403)).text).toContain("View the audit log");
    await teller.post(hook.here, values).expect(403);
    expect(await textOf(hook.here, teller)).not.toContain(`${hook.here}/edit`);
  });

  test("M22 a change goes with its version, and what waits goes to the new address", async () => {
    const [old, next] = [await receiver(manners.answers(500)), await receiver()];
    const hook = await add(old.url);
    await tell();
    expect((await rowOf(hook.id)).failingSince).not.toBeNull();
    const values = { url: next.url, about: "Moved", scope: "selected", events: ["role.created"] };
    await browser.post(hook.here, { ...values, version: "7" }).expect(409);
    await browser.post(hook.here, { ...values, version: "1" }).expect(303);
    expect(await rowOf(hook.id)).toMatchObject({ failingSince: null, about: "Moved", events: ["role.created"] });
    await skipPauses();
    await tell();
    expect(next.ids()).toEqual(old.ids());
    const [change] = await db.select().from(events).where(eq(events.name, "webhook.changed"));
    expect(change!.after).toMatchObject({ about: "Moved", events: ["role.created"] });
  });

  test("M22 a paused webhook is told nothing; switched on, it gets what waited and what happens then", async () => {
    const here = await receiver(manners.answers(503));
    const hook = await add(here.url);
    await tell();
    await browser.post(`${hook.here}/pause`).expect(303);
    await browser.post(`${hook.here}/pause`).expect(409);
    await happen();
    await skipPauses();
    expect(await tell()).toBe(0);
    expect(await textOf(`${hook.here}/deliveries`)).toContain("Held");
    here.manner = manners.takes;
    await browser.post(`${hook.here}/enabling`).expect(303);
    await browser.post(`${hook.here}/enabling`).expect(409);
    await skipPauses();
    await tell();
    // Order is not promised.
    expect(here.types().sort()).toEqual(["webhook.added", "webhook.added", "webhook.enabled"]);
  });

  test("M22 a renewed secret overlaps with the old one: both sign, until the old one's time is over", async () => {
    const here = await receiver();
    const hook = await add(here.url);
    const renewed = (await browser.post(`${hook.here}/secret`, { hours: "24" }).expect(200)).text;
    const [, secret] = renewed.match(/value="(whsec_[^"]+)"/)!;
    expect(secret).not.toBe(hook.secret);
    await tell();
    for (const each of [secret!, hook.secret]) verified(each, here.got[0]!);
    expect(here.got[0]!.headers["webhook-signature"]).toMatch(/^v1,\S+ v1,\S+$/);

    await db
      .update(webhooks)
      .set({ oldSecretEndsAt: new Date(Date.now() - 1000) })
      .where(eq(webhooks.id, hook.id));
    await happen();
    await tell();
    verified(secret!, here.got.at(-1)!);
    expect(() => verified(hook.secret, here.got.at(-1)!)).toThrow("No matching signature");
    await browser.post(`${hook.here}/secret`, { hours: "0" }).expect(200);
    expect((await rowOf(hook.id)).oldSecret).toBeNull();
  });

  test("M23 a deleted one is told nothing more, not even what waits, and its secrets are gone", async () => {
    const here = await receiver(manners.answers(500));
    const hook = await add(here.url);
    await tell();
    expect(await textOf(`${hook.here}/removal`)).toContain("Nothing is sent to it any more");
    await browser.post(`${hook.here}/removal`).expect(303);
    await browser.get(hook.here).expect(404);
    expect(await rowOf(hook.id)).toMatchObject({ secret: "", oldSecret: null });
    await skipPauses();
    await happen();
    await tell();
    expect(here.got).toHaveLength(1);
  });

  test("M22 a test is a real message with a result to look at, on or off, and changes nothing about the webhook", async () => {
    const here = await receiver(manners.answers(410, { "x-why": "<b>gone</b>" }, "<script>alert(1)</script>\0"));
    const hook = await add(here.url);
    await browser.post(`${hook.here}/pause`).expect(303);
    const { location } = (await browser.post(`${hook.here}/test`).expect(303)).headers;
    expect(await textOf(location!)).toContain("It is on its way");
    expect(await tell()).toBe(1);
    expect(verified(hook.secret, here.got[0]!)).toMatchObject({ type: "webhook.test", data: { id: null } });
    const text = await textOf(location!);
    for (const words of ["410", "Failed", "&lt;script&gt;alert(1)", "&lt;b&gt;gone", "webhook-signature"])
      expect(text).toContain(words);
    expect(await rowOf(hook.id)).toMatchObject({ status: "paused", failingSince: null, dueAt: null });
    await browser.post(`${location}/repetition`).expect(409);
  });
});

describe("a receiver", () => {
  test("R4 R6 R7 that errs is tried again, later and later, under the same id, with every try in the log", async () => {
    config.OUTBOUND_TIMEOUT_MS = 400;
    const here = await receiver(manners.answers(500));
    const hook = await add(here.url, { scope: "selected", events: ["role.created"] });
    const name = await happen();
    const errs = [
      [manners.answers(500, {}, "oops"), 500, null],
      [manners.answers(301, { location: "http://127.0.0.1:1/" }), 301, null],
      [manners.answers(429, { "retry-after": "7200" }), 429, null],
      [manners.hangs, null, "timeout"],
      [manners.drops, null, "unreachable"],
    ] as const;
    for (const [at, [manner, status, error]] of errs.entries()) {
      here.manner = manner;
      await tell();
      const [row] = await deliveriesOf(hook.id);
      expect(row).toMatchObject({ status: "waiting", attempts: at + 1, lastStatus: status, lastError: error });
      const pause = (row!.nextAt!.getTime() - Date.now()) / 1000;
      const wanted = status === 429 ? 7200 : config.WEBHOOK_DELAYS[at]!;
      expect(pause).toBeGreaterThan(wanted - 5);
      expect(pause).toBeLessThan(wanted * 1.2 + 1);
      await skipPauses();
    }
    here.manner = manners.answers(200, { "x-big": "y".repeat(2000) }, "x".repeat(200_000));
    await tell();
    const [row] = await deliveriesOf(hook.id);
    expect(row).toMatchObject({ status: "delivered", attempts: 6, nextAt: null });
    expect(new Set(here.ids())).toEqual(new Set([row!.id]));
    for (const got of here.got) verified(hook.secret, got);
    const tries = await db
      .select()
      .from(webhookAttempts)
      .where(eq(webhookAttempts.deliveryId, row!.id))
      .orderBy(webhookAttempts.id);
    expect(tries.map(({ status, error }) => status ?? error)).toEqual([500, 301, 429, "timeout", "unreachable", 200]);
    expect(tries.at(-1)!.responseBody).toHaveLength(4096);
    expect(tries.at(-1)!.responseHeaders!["x-big"]).toHaveLength(500);
    const log = await textOf(`${hook.here}/deliveries/${row!.id}`);
    for (const words of [name, "oops", "Redirects are not followed", "did not answer in time", "The receiver took it."])
      expect(log).toContain(words);
    expect((await rowOf(hook.id)).failingSince).toBeNull();
  });

  test("R5 that never takes it: after the last try it is given up, and can be sent once more under the same id", async () => {
    const here = await receiver(manners.answers(500));
    const hook = await add(here.url, { scope: "selected", events: ["role.created"] });
    await happen();
    await noteAll();
    await db
      .update(webhookDeliveries)
      .set({ attempts: config.WEBHOOK_DELAYS.length })
      .where(eq(webhookDeliveries.webhookId, hook.id));
    await tell();
    const [row] = await deliveriesOf(hook.id);
    expect(row).toMatchObject({ status: "failed", nextAt: null });
    expect(row!.finishedAt).not.toBeNull();
    expect(await textOf(`${hook.here}/deliveries?show=failed&type=role.created`)).toContain(row!.id);
    expect(await textOf(`${hook.here}/deliveries?show=delivered`)).not.toContain(row!.id);

    here.manner = manners.takes;
    const repeat = `${hook.here}/deliveries/${row!.id}/repetition`;
    const { location } = (await browser.post(repeat).expect(303)).headers;
    await browser.post(`${location}/repetition`).expect(409);
    await skipPauses();
    await tell();
    expect(here.ids()).toEqual([row!.id, row!.id]);
    expect(await textOf(location!)).toContain("First delivery of this message");
    await viewer.post(repeat).expect(403);
    await (await owner()).browser.post(repeat).expect(404);
  });

  test("how long to wait: the plan, a fifth more at most, and what the receiver asks for, a day at most", () => {
    for (const [attempt, delay] of config.WEBHOOK_DELAYS.entries()) {
      const pause = nextTry(attempt + 1, null)!;
      expect(pause >= delay && pause <= delay * 1.2 + 1).toBe(true);
    }
    expect(nextTry(config.WEBHOOK_DELAYS.length + 1, "5")).toBeUndefined();
    const now = Date.parse("2026-11-23T00:00:00Z");
    expect(nextTry(1, "3600", now)).toBe(3600);
    expect(nextTry(1, "Mon, 23 Nov 2026 01:00:00 GMT", now)).toBe(3600);
    expect(nextTry(1, "999999999", now)).toBe(86_400);
    for (const odd of ["-5", "soon", "", "Mon, 23 Nov 2020 01:00:00 GMT"])
      expect(nextTry(1, odd, now)!).toBeLessThan(7);
  });

  test("that says it is gone (410) is switched off at once, and whoever may change it is told by bell and mail", async () => {
    const here = await receiver(manners.answers(410));
    const hook = await add(here.url);
    await tell();
    expect(await rowOf(hook.id)).toMatchObject({ status: "disabled", reason: "gone", dueAt: null });
    await happen();
    await skipPauses();
    await tell();
    expect(here.got).toHaveLength(1);
    const mine = and(eq(notifications.subjectId, hook.id), eq(notifications.userId, user.id));
    expect(await db.select().from(notifications).where(mine)).toMatchObject([{ kind: "webhook.disabled" }]);
    await runJobs();
    const mail = mailsTo(user.email).find(({ subject }) => subject.includes("is switched off"))!;
    expect(mail.text).toContain("410");
    expect(mail.text + mail.html).not.toContain("receiver-8f3a");
    expect(await textOf(hook.here)).toContain("gone for good (410)");
    expect(await textOf("/admin/webhooks?show=disabled")).toContain(hook.id);
  });

  test("that takes nothing for long is warned about once, and switched off in the end; one success forgets it all", async () => {
    const here = await receiver(manners.answers(500));
    const hook = await add(here.url);
    const kinds = async () => {
      const mine = and(eq(notifications.subjectId, hook.id), eq(notifications.userId, user.id));
      return (await db.select().from(notifications).where(mine)).map(({ kind }) => kind);
    };
    const failAgainAfter = async (hours: number) => {
      await db
        .update(webhooks)
        .set({ failingSince: new Date(Date.now() - hours * 3_600_000) })
        .where(eq(webhooks.id, hook.id));
      await happen();
      await skipPauses();
      await tell();
    };
    await tell();
    expect(await kinds()).toEqual([]);
    for (let n = 0; n < 2; n++) await failAgainAfter(25);
    expect(await kinds()).toEqual(["webhook.failing"]);
    here.manner = manners.takes;
    await failAgainAfter(26);
    expect(await rowOf(hook.id)).toMatchObject({ status: "active", failingSince: null, warnedAt: null });
    here.manner = manners.answers(500);
    await failAgainAfter(121);
    expect(await rowOf(hook.id)).toMatchObject({ status: "disabled", reason: "failing" });
    expect((await kinds()).sort()).toEqual(["webhook.disabled", "webhook.failing"]);
    await runJobs();
    expect(mailsTo(user.email).filter(({ subject }) => subject.includes("is failing"))).toHaveLength(1);
  });

  test("T92 that is slow delays nobody else: not when there are more of them than lanes", async () => {
    config.OUTBOUND_TIMEOUT_MS = 2_000;
    const slow = await receiver(manners.hangs);
    for (let n = 0; n < 10; n++) await add(slow.url, { scope: "selected", events: ["role.created"] });
    await happen();
    await noteAll();
    const stuck = tell();
    const other = await owner();
    const quick = await receiver();
    await add(quick.url, {}, other.browser);
    const began = Date.now();
    const told = tell();
    while (quick.got.length === 0 && Date.now() - began < 1_500) await new Promise((done) => setTimeout(done, 20));
    expect(quick.got).toHaveLength(1);
    await Promise.all([stuck, told]);
  });

  test("R2 of two workers at the same delivery the one that lost it changes nothing, and R3 nothing is sent by both", async () => {
    config.OUTBOUND_TIMEOUT_MS = 2_000;
    const here = await receiver(manners.hangs);
    const hook = await add(here.url, { scope: "selected", events: ["role.created"] });
    await happen();
    await noteAll();
    const first = tell();
    while (here.got.length === 0) await new Promise((done) => setTimeout(done, 20));
    expect(await tell()).toBe(0);
    await skipPauses();
    here.manner = manners.takes;
    expect(await tell()).toBe(1);
    const settled = await deliveriesOf(hook.id);
    expect(settled).toMatchObject([{ status: "delivered", attempts: 2 }]);
    await first;
    expect(await deliveriesOf(hook.id)).toEqual(settled);
    expect((await rowOf(hook.id)).failingSince).toBeNull();
  });
});
