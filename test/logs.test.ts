import { eq, sql } from "drizzle-orm";
import { beforeAll, describe, expect, test } from "vitest";
import { system } from "../src/access/actor.ts";
import type { EventName } from "../src/audit/events.ts";
import { recordEvent } from "../src/audit/record.ts";
import { config } from "../src/config.ts";
import { db } from "../src/db/client.ts";
import {
  apiCalls,
  apiClients,
  events,
  grants,
  mails,
  webhookAttempts,
  webhookDeliveries,
  webhooks,
} from "../src/db/schema.ts";
import { sweepers } from "../src/health/sweep.ts";
import { admin, Browser, browserOf } from "./support/browser.ts";
import { type Account, create, type Mailbox } from "./support/world.ts";

const tabs = ["/admin/logs", "/admin/logs/mailboxes", "/admin/logs/webhooks", "/admin/logs/mails"];
const files = ["api-calls", "mailbox-activity", "webhook-deliveries", "mails"].map(
  (name) => `/admin/logs/files/${name}.csv`,
);
const look = async (browser: Browser, path: string) => (await browser.get(path).expect(200)).text;
const rowsIn = (html: string) => (html.match(/<details class="event">/g) ?? []).length;
const link = (html: string, rel: "prev" | "next") =>
  html.match(new RegExp(`rel="${rel}" href="([^"]+)"`))?.[1]?.replaceAll("&amp;", "&");

const call = (account: Account, values: Partial<typeof apiCalls.$inferInsert> = {}) =>
  db.insert(apiCalls).values({
    ...{
      accountId: account.id,
      clientName: "Payroll",
      method: "GET",
      path: "/api/v1/members",
      status: 200,
      milliseconds: 9,
    },
    ...values,
  });

const done = (account: Account, mailbox: Mailbox, name: EventName, label = "vera@northwind.test") =>
  db.transaction((tx) =>
    recordEvent(
      tx,
      { ...system(account.id), label },
      name,
      { type: "mailbox", id: mailbox.id, label: mailbox.name },
      { after: { folder: "INBOX" } },
    ),
  );

let account: Account;
let box: Mailbox;
let viewer: Browser;
let client: string;

/** One of everything, with the name of its account in it. */
async function fill(into: Account, name: string) {
  const user = await create.user();
  const [made] = await db
    .insert(apiClients)
    .values({
      accountId: into.id,
      name,
      clientId: name,
      secretHash: "x",
      secretHint: "x",
      scopes: [],
      createdBy: user.id,
    })
    .returning();
  await call(into, {
    clientId: made!.id,
    clientName: name,
    path: `/api/v1/${name}`,
    problem: { title: "No", detail: `${name} was wrong` },
    status: 422,
  });
  const mailbox = await create.mailbox(into, { name: `${name} desk` });
  await done(into, mailbox, "mailbox.message_viewed");
  await done(into, mailbox, "mailbox.created", "adam@northwind.test");
  const [hook] = await db
    .insert(webhooks)
    .values({ accountId: into.id, url: `https://${name}.hooks.test/`, secret: "x" })
    .returning();
  const [sent] = await db
    .insert(webhookDeliveries)
    .values({
      accountId: into.id,
      webhookId: hook!.id,
      type: "user.created",
      payload: { secret: "hushed payload" },
      status: "failed",
      attempts: 2,
      lastStatus: 500,
    })
    .returning();
  const attempt = {
    accountId: into.id,
    deliveryId: sent!.id,
    requestHeaders: { "webhook-signature": "v1,hushed" },
    milliseconds: 12,
  };
  await db.insert(webhookAttempts).values([
    { ...attempt, attempt: 1, error: "timeout" },
    { ...attempt, attempt: 2, status: 500, responseBody: "hushed answer" },
  ]);
  const letter = { accountId: into.id, subjectId: crypto.randomUUID(), data: { words: "hushed" } };
  await db.insert(mails).values([
    {
      ...letter,
      kind: "invitation",
      status: "bounced",
      sentTo: `${name}@away.test`,
      reply: `550 <${name}@away.test> unknown`,
      finishedAt: new Date(),
    },
    {
      ...letter,
      kind: "report_ready",
      status: "sent",
      sentTo: "adam@northwind.test",
      reply: "250 ok",
      finishedAt: new Date(),
    },
  ]);
  return { mailbox, client: made!.id };
}

beforeAll(async () => {
  ({ account, browser: viewer } = await admin("viewer"));
  ({ mailbox: box, client } = await fill(account, "northwind"));
  await fill((await admin("viewer")).account, "southwind");
});

describe("M15 the logs", () => {
  test("M15 are read by a Viewer: what happened, never what stood in it", async () => {
    const [calls, activity, deliveries, letters] = await Promise.all(tabs.map((tab) => look(viewer, tab)));
    expect(calls).toContain("/api/v1/northwind");
    expect(calls).toContain("northwind was wrong");
    expect(calls).toContain(`Kept for ${config.LOG_DAYS} days.`);
    expect(activity).toMatch(/northwind desk[\s\S]*INBOX/);
    expect(activity).toContain("Kept for good");
    expect(deliveries).toMatch(/user\.created[\s\S]*did not answer in time[\s\S]*Answered 500/);
    expect(letters).toContain("550 &lt;northwind@away.test&gt; unknown");
    expect(letters).toContain("Kept for 90 days.");
    for (const page of [calls, activity, deliveries, letters]) expect(page).not.toMatch(/hushed/);
  });

  test("M15 T58 are refused without the right, files too, and ask a stranger to sign in", async () => {
    const nobody = await browserOf((await create.colleague(account, ["users.view"])).user, account);
    for (const path of [...tabs, ...files]) {
      await nobody.get(path).expect(403);
      await new Browser().get(path).expect(303);
    }
  });

  test("M15 T49 hold nothing of a neighbour, whatever they are asked for", async () => {
    const [theirs] = await db.select().from(events).where(eq(events.subjectLabel, "southwind desk"));
    const [hook] = await db.select().from(webhooks).where(eq(webhooks.url, "https://southwind.hooks.test/"));
    const [client] = await db.select().from(apiClients).where(eq(apiClients.name, "southwind"));
    const asked = [
      `?client=${client!.id}`,
      `/mailboxes?mailbox=${theirs!.subjectId}`,
      `/webhooks?webhook=${hook!.id}`,
      "/mails?to_whom=southwind",
    ];
    for (const path of asked) {
      const page = await look(viewer, `/admin/logs${path}`);
      expect([path, rowsIn(page)]).toEqual([path, 0]);
      // What was typed stands in the form, and in the address of the file.
      expect(page.replaceAll(/value="southwind"|to_whom=southwind/g, "").includes("southwind"), path).toBe(false);
    }
    for (const path of [...tabs, ...files]) expect((await look(viewer, path)).includes("southwind"), path).toBe(false);
  });

  test("M15 are narrowed by program, method, status, mailbox, what, who, kind and days", async () => {
    await call(account, { method: "POST", status: 201 });
    await call(account, { method: "GET", status: 500, at: new Date(Date.now() - 40 * 86_400_000) });
    const today = new Date().toISOString().slice(0, 10);
    const counts: [string, number][] = [
      ["", 3],
      [`?client=${client}`, 1],
      ["?method=POST", 1],
      ["?status=5xx", 1],
      ["?status=4xx&method=GET", 1],
      ["?period=30d", 2],
      [`?from=${today}`, 2],
      [`?to=${today}`, 3],
      ["?to=2026-01-01", 0],
      ["/mailboxes", 2],
      [`/mailboxes?mailbox=${box.id}&what=mailbox.message_viewed`, 1],
      ["/mailboxes?mailbox=NORTHWIND", 2],
      ["/mailboxes?who=adam", 1],
      ["/mailboxes?what=mailbox.created", 1],
      ["/webhooks?status=failed", 1],
      ["/webhooks?status=delivered", 0],
      ["/webhooks?type=user.", 1],
      ["/mails?kind=invitation", 1],
      ["/mails?status=sent", 1],
      ["/mails?to_whom=ADAM@", 1],
    ];
    for (const [path, count] of counts)
      expect([path, rowsIn(await look(viewer, `/admin/logs${path}`))]).toEqual([path, count]);
    // What is no filter, or not of its form, narrows nothing (T61); what was typed is text, not a pattern (T62).
    for (const path of [
      "?method=DROP",
      "?status=' or 1=1",
      "?client=x",
      "?from=2026-02-31",
      "?period=1",
      "?method=GET&method=POST",
      "?before=x.y&after=';",
    ])
      expect([path, rowsIn(await look(viewer, `/admin/logs${encodeURI(path)}`))]).toEqual([path, 3]);
    for (const path of ["/mails?to_whom=%25", "/mailboxes?mailbox=_", "/mailboxes?who=%25"])
      expect([path, rowsIn(await look(viewer, `/admin/logs${path}`))]).toEqual([path, 0]);
  });

  test("M15 T90 addresses in mails are for those who see users: on the page, in the search, in the file", async () => {
    const other = await browserOf((await create.colleague(account, ["logs.view"])).user, account);
    for (const path of ["/admin/logs/mails", "/admin/logs/mails?to_whom=away", files[3]!]) {
      const text = await look(other, path);
      expect(text).toContain("Invitation");
      expect(text).not.toContain("away.test");
      if (path.startsWith("/admin/logs/mails")) expect(rowsIn(text)).toBe(2);
    }
    const page = await look(other, "/admin/logs/mailboxes");
    expect(page).not.toContain(`href="/admin/mailboxes/${box.id}"`);
  });
});

describe("long logs", () => {
  let large: Account;
  let browser: Browser;
  beforeAll(async () => {
    ({ account: large, browser } = await admin("viewer", "audit.view"));
    await db.execute(sql`insert into api_calls (account_id, client_name, method, path, status, milliseconds, at)
      select ${large.id}, 'Sync', 'GET', '/api/v1/members/' || n, case when n = 3 then 500 else 200 end, 5, now() - make_interval(secs => 10200 - n)
      from generate_series(1, 10200) n`);
    await db.execute(sql`insert into mails (account_id, kind, subject_id, status, sent_to, created_at)
      select ${large.id}, 'invitation', gen_random_uuid(), 'sent', n || '@away.test', now() - make_interval(secs => n / 7) from generate_series(1, 120) n`);
  });

  test("M15 are paged by key both ways, nothing twice and nothing left out", async () => {
    for (const [path, pattern, size] of [
      ["/admin/logs/mails", /translate="no">(\d+@away\.test)</g, 120],
      ["/admin/logs?from=2020-01-01", /members\/(\d+)</g, 150],
    ] as const) {
      const seen: string[][] = [];
      let page = await look(browser, path);
      for (let n = 0; n < 3; n++) {
        seen.push([...page.matchAll(pattern)].map(([, each]) => each!));
        if (n < 2) page = await look(browser, link(page, "next")!);
      }
      expect(new Set(seen.flat()).size).toBe(size);
      page = await look(browser, link(page, "prev")!);
      expect([...page.matchAll(pattern)].map(([, each]) => each!)).toEqual(seen[1]);
    }
  });

  test("M15 what is rare in a long log is found by going on, and a page looks at some thousand rows only", async () => {
    const page = await look(browser, "/admin/logs?status=5xx");
    expect(rowsIn(page)).toBe(0);
    expect(page).toContain("10,000 entries were looked through");
    expect(await look(browser, link(page, "next")!)).toContain("/api/v1/members/3<");
  });

  test("T88 T89 T71 M15 a file holds all that the filters let through, is noted, and asks for the right each time", async () => {
    await call(large, { clientName: "=cmd|' /C calc'!A0", path: "/api/v1/x", status: 404 });
    const answer = await browser.get(`${files[0]}?status=4xx`).expect(200);
    expect(answer.headers["content-disposition"]).toMatch(/^attachment; filename="api-calls-\d{4}-\d\d-\d\d\.csv"/);
    expect(answer.headers["content-security-policy"]).toBe("sandbox; frame-ancestors 'none'");
    expect(answer.headers["x-content-type-options"]).toBe("nosniff");
    expect(answer.headers["cache-control"]).toContain("no-store");
    const lines = answer.text.trimEnd().split("\r\n");
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^\uFEFF"/);
    expect(lines[1]).toContain(`"'=cmd|' /C calc'!A0"`);
    const log = await look(browser, "/admin/audit?what=log.exported");
    expect(log).toContain("4xx");

    const whole = (await browser.get(files[0]!).expect(200)).text.trimEnd().split("\r\n");
    expect(whole).toHaveLength(10_202);
    expect(new Set(whole).size).toBe(10_202);
    const rare = (await browser.get(`${files[0]}?status=5xx`).expect(200)).text.trimEnd().split("\r\n");
    expect(rare).toHaveLength(2);
    for (let n = 3; n < config.REPORTS_PER_HOUR; n++) await browser.get(files[1]!).expect(200);
    await browser.get(files[1]!).expect(429);
    await db.update(grants).set({ endedAt: new Date() }).where(eq(grants.accountId, large.id));
    await browser.get(files[2]!).expect(403);
  });

  test("M15 calls, deliveries and mails go when their time is over", async () => {
    const old = new Date(Date.now() - (config.LOG_DAYS + 1) * 86_400_000);
    const { account: house } = await admin("viewer");
    await fill(house, "eastwind");
    await call(house, { at: old });
    await db.update(webhookDeliveries).set({ createdAt: old }).where(eq(webhookDeliveries.accountId, house.id));
    for (const sweep of sweepers) await sweep(1000);
    expect(await db.$count(apiCalls, eq(apiCalls.accountId, house.id))).toBe(1);
    expect(await db.$count(webhookDeliveries, eq(webhookDeliveries.accountId, house.id))).toBe(0);
    expect(await db.$count(webhookAttempts, eq(webhookAttempts.accountId, house.id))).toBe(0);
    expect(await db.$count(mails, eq(mails.accountId, house.id))).toBe(2);
  });
});
