import "./support/outbox.ts";
import { eq, sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import type { Permission } from "../src/access/permissions.ts";
import { db } from "../src/db/client.ts";
import { accountFigures, dailyFigures, imports, mailboxUsage, webhookDeliveries, webhooks } from "../src/db/schema.ts";
import { noteDay } from "../src/figures/daily.ts";
import { admin, Browser, browserOf, owner } from "./support/browser.ts";
import { runJobs } from "./support/outbox.ts";
import { statementsOf } from "./support/statements.ts";
import { type Account, create, reloadMember } from "./support/world.ts";

const at = "/admin/dashboard";
const look = async (browser: Browser, path = at) => (await browser.get(path).expect(200)).text;

/** The figures on top, by what they are called, with where each leads. */
const tiles = (html: string) =>
  Object.fromEntries(
    [
      ...html.matchAll(/class="card tile" href="([^"]+)"><span class="tile-words">([^<]+)<\/span> <strong>([^<]+)/g),
    ].map(([, href, words, value]) => [words!, [value!, href!.replaceAll("&amp;", "&")]]),
  );
/** How many users the page says have each status. */
const legend = (html: string) =>
  Object.fromEntries(
    [...html.matchAll(/href="\/admin\/users\?status=(\w+)">.*?<strong>([^<]+)<\/strong>/g)].map(([, s, n]) => [s, n]),
  );

async function undelivered(account: Account) {
  return create.member(account, null, { delivery: "bounced", deliveryReply: "550 no such user" });
}

describe("M1 the dashboard", () => {
  test("M1 is where a sign-in lands, for Viewer and Admin; nobody without its right sees it, nor a stranger", async () => {
    for (const role of ["viewer", "admin", "owner"] as const) {
      const { browser } = await admin(role);
      for (const typed of ["/", "/admin"]) expect((await browser.get(typed).expect(303)).headers.location).toBe(at);
      await browser.get(at).expect(200);
    }
    const { browser: other } = await admin("users.view");
    expect((await other.get("/").expect(303)).headers.location).toBe("/admin/users");
    await other.get(at).expect(403);
    await new Browser().get(at).expect(303);
  });

  test("M1 T49 its figures are of this account, and each leads to the list that it counts", async () => {
    const { account, browser } = await owner();
    const neighbour = (await owner()).account;
    for (const each of [account, neighbour, neighbour]) {
      await undelivered(each);
      await create.member(each, null);
      await create.member(each, null, { status: "draft" });
      await create.domain(each, { status: "suspended", verifiedAt: new Date(), suspendedAt: new Date() });
      const box = await create.mailbox(each, each === account ? { kind: "imap" } : {});
      await db.insert(mailboxUsage).values({ mailboxId: box.id, accountId: each.id, bytes: 3_400_000_000 });
    }
    await create.member(account, await create.user(), { status: "blocked" });

    const page = await look(browser);
    expect(tiles(page)).toEqual({
      "Active users": ["1", "/admin/users?status=active"],
      "Invitations waiting": ["2", "/admin/users?status=invited"],
      Mailboxes: ["1", "/admin/mailboxes"],
      "Proven domains": ["1", "/admin/domains"],
    });
    expect(legend(page)).toMatchObject({ active: "1", invited: "2", blocked: "1", draft: "1" });
    expect(page).toContain("3.4 GB");
    for (const [words, href] of [
      ["1 domain is suspended", "/admin/domains?show=suspended"],
      ["1 invitation did not arrive", "/admin/users?status=invited&amp;delivery=failed"],
    ]) {
      expect(page).toContain(words);
      expect(page).toContain(`href="${href}"`);
    }
    const list = await look(browser, "/admin/users?status=invited&delivery=failed");
    expect(list.match(/class="cell-name"/g)).toHaveLength(1);
    expect(list).toContain("The mail did not arrive");
    expect(await look(browser, "/admin/domains?show=suspended")).toContain("Suspended");
  });

  test("M1 B5 what one may not see is neither shown nor asked for", async () => {
    const { account, browser } = await owner();
    await undelivered(account);
    await create.domain(account, { status: "suspended", shownName: "secret-domain.test" });
    const [hook] = await db
      .insert(webhooks)
      .values({ accountId: account.id, url: "https://hooks.test/", secret: "x", status: "disabled" })
      .returning();
    const told = {
      accountId: account.id,
      webhookId: hook!.id,
      type: "user.created",
      payload: {},
      status: "failed" as const,
    };
    await db.insert(webhookDeliveries).values([told, told]);
    await db.insert(imports).values({
      ...{ accountId: account.id, fileName: "people.xlsx", sha256: "x", status: "failed" as const },
      uploadedBy: (await create.user()).id,
    });
    const all = [
      "secret-domain.test",
      "did not arrive",
      "webhook was disabled",
      "people.xlsx",
      "Users by status",
      "Plan “",
    ];
    for (const words of all) expect(await look(browser)).toContain(words);
    expect(tiles(await look(browser))["Failed deliveries, 7 days"]).toEqual([
      "2",
      "/admin/logs/webhooks?status=failed&period=7d",
    ]);

    const seen: [Permission, string[]][] = [
      ["users.view", ["did not arrive", "Users by status"]],
      ["domains.view", ["secret-domain.test"]],
      ["webhooks.view", ["webhook was disabled"]],
      ["imports.run", ["people.xlsx"]],
      ["subscription.view", ["Plan “"]],
    ];
    for (const [permission, words] of seen) {
      const one = await create.colleague(account, ["dashboard.view", permission]);
      const page = await look(await browserOf(one.user, account));
      expect(all.filter((each) => page.includes(each)).sort()).toEqual([...words].sort());
      // Drafts are for those who may send them (D2).
      expect(page).not.toContain("status=draft");
    }
  });

  test("M1 a new account is shown its first steps, which go as they are done", async () => {
    const { account, browser } = await owner();
    const steps = async () => {
      const page = await look(browser);
      return [...page.matchAll(/<li( class="done")?>\s*<span class="step-mark"/g)].map(([, done]) => Boolean(done));
    };
    expect(await steps()).toEqual([false, false, false]);
    const viewer = await create.colleague(account, ["viewer"]);
    expect(await steps()).toEqual([false, true, false]);
    expect(await look(await browserOf(viewer.user, account))).not.toContain("First steps");
    await create.mailbox(account, { personalUserId: viewer.user.id });
    expect(await steps()).toEqual([false, true, false]);
    await create.mailbox(account);
    await create.domain(account, { status: "verified", verifiedAt: new Date() });
    expect(await steps()).toEqual([]);
  });
});

describe("users over time", () => {
  const days = async ({ id }: Account) => {
    const rows = await db.select().from(dailyFigures).where(eq(dailyFigures.accountId, id)).orderBy(dailyFigures.day);
    return rows.map(({ day, figures }) => [Math.round((Date.now() - Date.parse(day)) / 86_400_000 - 0.5), figures]);
  };
  const ago = (days: number) =>
    sql`date_trunc('day', now() at time zone 'UTC') at time zone 'UTC' - make_interval(days => ${days}::int) + interval '9 hours'` as never;

  test("M1 the past is made up once from members and the log, then each night notes what changed; twice does nothing", async () => {
    const { account, user, browser } = await owner();
    const [, first] = [
      user,
      await create.member(account, await create.user(), { createdAt: ago(20), joinedAt: ago(10) }),
    ];
    await create.member(account, null, { status: "expired", createdAt: ago(20), endedAt: ago(5) });
    await noteDay(null, 1000);
    expect(await days(account)).toEqual([
      [20, { invited: 2 }],
      [10, { active: 1, invited: 1 }],
      [5, { active: 1, expired: 1 }],
      // Its owner came today: that is noted by the night.
      [1, { active: 2, expired: 1 }],
    ]);
    await noteDay(null, 1000);
    expect(await days(account)).toHaveLength(4);

    const page = await look(browser);
    expect(page.match(/<path class="series-/g)).toHaveLength(4);
    expect(page).toContain("Show as a table");
    expect(
      (await look(browser, `${at}?days=90`)).match(/aria-current="true" href="\/admin\/dashboard\?days=90"/),
    ).toBeTruthy();
    expect(await look(browser, `${at}?days=1%27`)).toContain('aria-current="true" href="/admin/dashboard"');
    expect((await reloadMember(first.id)).status).toBe("active");
    const other = await admin("dashboard.view");
    expect(await look(other.browser)).not.toContain('<path class="series-');
  });
});

test("M1 a large account is never counted by a page: it says how far it looked, orders a count, and shows it with its age", async () => {
  const { account, browser } = await owner();
  await db.execute(sql`insert into members (account_id, email, status, joined_at)
    select ${account.id}, 'p' || n || '@large.test', 'active', now() from generate_series(1, 10050) n`);
  const first = await look(browser);
  expect(tiles(first)["Active users"]![0]).toBe("10,000+");
  expect(first).toMatch(/hx-get="\/admin\/dashboard" hx-trigger="every 2s"/);
  // The page that waits asks again and orders nothing; without scripts a link does the same.
  const waiting = await browser.get(at).set("HX-Request", "true").expect(200);
  expect(waiting.text).not.toContain("<html");
  expect(first).toContain(`<a href="${at}">Refresh</a>`);
  const jobs = await db.execute(sql`select 1 from graphile_worker._private_jobs j
    join graphile_worker._private_tasks t on t.id = j.task_id where t.identifier = 'count_figures'`);
  expect(jobs).toHaveLength(1);

  await runJobs();
  const sent = await statementsOf(async () => {
    const page = await look(browser);
    expect(tiles(page)["Active users"]).toEqual(["10,051", "/admin/users?status=active"]);
    expect(page).toMatch(/Counted at \d/);
    expect(page).not.toContain("hx-trigger");
  });
  expect(sent.join()).not.toContain("limit 10001");
  expect(sent.length).toBeLessThanOrEqual(4);

  await db.update(accountFigures).set({ countedAt: sql`now() - interval '2 minutes'`, askedAt: null });
  expect(await look(browser)).toMatch(/10,051[\s\S]*Counting …/);
});
