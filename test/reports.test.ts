import "./support/outbox.ts";
import { eq, sql } from "drizzle-orm";
import { beforeEach, describe, expect, test } from "vitest";
import { buildReportJob } from "../jobs/build-report.ts";
import { config } from "../src/config.ts";
import { db } from "../src/db/client.ts";
import { accounts, events, files, grants, members, notifications, reports } from "../src/db/schema.ts";
import { readFile } from "../src/files/read.ts";
import { buildReport } from "../src/report-building/build.ts";
import { admin, Browser, browserOf } from "./support/browser.ts";
import { inbox, linkIn, mailsTo, mailTo, runJobs } from "./support/outbox.ts";
import { type Account, changesOf, create, type Member, password } from "./support/world.ts";

const wish = { what: "all", format: "csv", filter: "", sheets: "all" };
const newest = async (account: Account) =>
  (await db.select().from(reports).where(eq(reports.accountId, account.id)).orderBy(reports.createdAt)).at(-1)!;

/** Orders a report as the form would; the report as it stands then. */
async function order(browser: Browser, account: Account, fields: Record<string, string | string[]> = {}) {
  const answer = await browser.post("/admin/reports", { ...wish, ...fields });
  expect(answer.status, answer.text.match(/<h1>[\s\S]{0,300}/)?.[0]).toBe(303);
  const report = await newest(account);
  expect(answer.headers.location).toBe(`/admin/reports/${report.id}`);
  return report;
}

const reload = async (id: string) => (await db.select().from(reports).where(eq(reports.id, id)))[0]!;
const filesOfReport = (id: string) => db.select().from(files).where(eq(files.subjectId, id)).orderBy(files.part);

/** The lines of the report's CSV, without the one with the headers. */
async function linesOf(reportId: string): Promise<string[]> {
  const [file] = await filesOfReport(reportId);
  const parts: Buffer[] = [];
  for await (const part of readFile(file!.id)) parts.push(part);
  return Buffer.concat(parts).toString().trim().split("\r\n").slice(1);
}

beforeEach(async () => {
  inbox.mails.length = 0;
  await db.execute(sql`delete from graphile_worker._private_jobs`);
  await db.execute(sql`delete from rate_limits`);
});

test("R21 a report at which the worker dies each time is given up, and the account's next one is made", async () => {
  const { account, browser } = await admin("admin");
  const report = await order(browser, account);
  await db.update(reports).set({ status: "running" }).where(eq(reports.id, report.id));
  await buildReportJob({ v: 1, reportId: report.id }, { job: { attempts: 6, max_attempts: 8 } } as never);
  expect(await reload(report.id)).toMatchObject({ status: "failed" });
  const next = await order(browser, account);
  await runJobs();
  expect(await reload(next.id)).toMatchObject({ status: "done" });
});

describe("ordering a report", () => {
  test("A69 the list offers it for its filter, with a document as icon, to those who may", async () => {
    const { account, browser } = await admin("admin");
    const page = (await browser.get("/admin/users?status=active&sort=name")).text;
    expect(page).toMatch(
      /href="\/admin\/reports\/new\?status=active&(amp;|#38;)?sort=name"[^>]*>\s*<svg[^>]*><use href="[^"]*#file-text"/,
    );
    const part = (await browser.get("/admin/users?q=zoe").set("HX-Request", "true")).text;
    expect(part).toContain('href="/admin/reports/new?q=zoe"');
    expect((await browser.get("/admin/reports/new?status=active")).text).toContain("Status: Active");

    const { user } = await create.colleague(account, ["viewer"]);
    const viewer = await browserOf(user, account);
    expect((await viewer.get("/admin/users")).text).not.toContain("Generate report");
    await viewer.get("/admin/reports").expect(403);
    await viewer.get("/admin/reports/new").expect(403);
    await viewer.post("/admin/reports", wish).expect(403);
  });

  test("A70 says that it will be mailed, and A71 the mail has Download, in HTML and in text", async () => {
    const { account, browser, user } = await admin("admin");
    const report = await order(browser, account);
    const page = (await browser.get(`/admin/reports/${report.id}`)).text;
    expect(page).toContain("You will get a mail when it is ready.");
    expect(page).toContain("Waiting");

    await runJobs();
    const mail = mailTo(user.email);
    expect(mail.subject).toBe(`Your report on the users of ${account.name} is ready`);
    expect(mail.html).toMatch(/<a [^>]*href="[^"]*"[^>]*>\s*Download\s*<\/a>/);
    expect(mail.text).toContain("Download:\n");
    expect(mail.text + mail.html).not.toContain("/files/");
    const after = await browser.get(linkIn(mail)).expect(303);
    const ready = (await browser.get(after.headers.location!)).text;
    expect(ready).toContain(`/admin/reports/${report.id}/files/1`);
    expect(ready).toContain("Kept until");

    expect(await changesOf(account.id)).toEqual(["report.ordered", "report.finished"]);
    const [bell] = await db.select().from(notifications).where(eq(notifications.userId, user.id));
    expect(bell).toMatchObject({ kind: "report.ready", subjectId: report.id });
    expect((await browser.get("/profile/notifications")).text).toContain("Your report is ready.");
  });

  test("is for the filter, a selection or everybody, and shows the very people of the list", async () => {
    const { account, browser } = await admin("owner");
    const role = await create.role(account, "account", "Press", ["users.view"]);
    const box = await create.mailbox(account, { name: "Press" });
    const people: Member[] = [];
    for (const status of ["active", "blocked", "invited", "draft", "removed"] as const) {
      const member = await create.member(account, null, { status, firstName: status, lastName: "Zoë" });
      await create.grant(member, { role });
      await create.grant(member, { systemRole: "mailbox_reader" }, box);
      people.push(member);
    }
    const addresses = async (fields: Record<string, string | string[]>) => {
      const report = await order(browser, account, fields);
      await runJobs();
      await db.execute(sql`delete from rate_limits`);
      return (await linesOf(report.id)).map((line) => line.match(/"(guest\d+)@/)?.[1]).filter(Boolean);
    };
    const named = (...statuses: string[]) =>
      people.filter(({ status }) => statuses.includes(status)).map(({ email }) => email.split("@")[0]);
    const every = named("active", "blocked", "invited", "draft");

    expect((await addresses({})).sort()).toEqual(every.toSorted());
    for (const filter of [`role=${role.id}`, `mailbox=${box.id}`, "q=zo%C3%AB", `role=${role.id}&mailbox=${box.id}`])
      expect((await addresses({ what: "filter", filter })).sort(), filter).toEqual(every.toSorted());
    expect(await addresses({ what: "filter", filter: "status=removed" })).toEqual(named("removed"));
    expect(await addresses({ what: "filter", filter: "sort=name&dir=desc&q=zo%C3%AB" })).toEqual(
      named("invited").concat(named("draft"), named("blocked"), named("active")),
    );
    expect(await addresses({ what: "selection", members: [people[1]!.id, people[4]!.id] })).toEqual(
      expect.arrayContaining(named("blocked", "removed")),
    );
    expect(await addresses({ what: "selection", members: [people[1]!.id] })).toEqual(named("blocked"));
  });

  test("drafts are in it for those only who may send them (D2)", async () => {
    const { account, browser } = await admin("reports.create", "users.view");
    const draft = await create.member(account, null, { status: "draft" });
    for (const what of ["all", "selection"]) {
      const report = await order(browser, account, { what, members: [draft.id] });
      await runJobs();
      expect(await linesOf(report.id)).not.toContainEqual(expect.stringContaining(draft.email));
    }
  });

  test("from boxes that were ticked leads through the form", async () => {
    const { account, browser } = await admin("admin");
    const member = await create.member(account, null, { firstName: "Ana" });
    const page = await browser.post("/admin/reports/new", { members: [member.id] }).expect(200);
    expect(page.text).toContain("1 selected user");
    expect(page.text).toContain(`name="members" value="${member.id}"`);
    const stranger = await create.member(await create.account(), null);
    await browser.post("/admin/reports/new", { members: [stranger.id] }).expect(404);
    await browser.post("/admin/reports", { ...wish, what: "selection", members: [stranger.id] }).expect(404);
    const foreign = await create.mailbox(await create.account());
    await browser
      .post("/admin/reports", { ...wish, format: "xlsx", sheets: "chosen", mailboxes: [foreign.id] })
      .expect(404);
  });

  test("a bad form is 422 with what was chosen", async () => {
    const { browser } = await admin("admin");
    const answer = await browser.post("/admin/reports", { ...wish, format: "docx", what: "filter", filter: "q=abc" });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain("Choose a format.");
    expect(answer.text).toMatch(/value="filter"[^>]*checked/);
    expect(answer.text).toContain("Found by “abc”");
  });

  test("needs the right to view users too", async () => {
    const { browser } = await admin("reports.create");
    await browser.get("/admin/reports").expect(200);
    await browser.get("/admin/reports/new").expect(403);
    await browser.post("/admin/reports", wish).expect(403);
  });
});

describe("T92 limits", () => {
  test("T92 of one account four are open at once, and so many are made an hour; both are said in words", async () => {
    const { account, browser } = await admin("admin");
    for (let n = 0; n < 4; n++) await order(browser, account);
    const fifth = await browser.post("/admin/reports", wish).expect(409);
    expect(fifth.text).toContain("4 reports of this account are not ready yet");
    await db.update(reports).set({ status: "cancelled" }).where(eq(reports.accountId, account.id));
    for (let n = 4; n < config.REPORTS_PER_HOUR; n++) {
      await order(browser, account);
      await db.update(reports).set({ status: "cancelled" }).where(eq(reports.accountId, account.id));
    }
    const over = await browser.post("/admin/reports", wish).expect(429);
    expect(over.text).toContain(`This account may generate ${config.REPORTS_PER_HOUR} reports an hour.`);
    expect(Number(over.headers["retry-after"])).toBeGreaterThan(0);
    const other = await admin("admin");
    await order(other.browser, other.account);
  });

  test("T92 two hundred orders of one account keep nobody else's mail waiting", async () => {
    const greedy = await admin("admin");
    await Promise.all([...Array(200)].map(() => greedy.browser.post("/admin/reports", wish)));
    expect(await db.$count(reports, eq(reports.accountId, greedy.account.id))).toBe(4);
    const other = await create.user();
    await new Browser().post("/forgot", { email: other.email });
    const began = Date.now();
    await runJobs();
    expect(mailsTo(other.email)).toHaveLength(1);
    expect(Date.now() - began).toBeLessThan(10_000);
  });

  test("T92 one of an account runs at a time: another one waits for it", async () => {
    const { account, browser } = await admin("admin");
    const first = await order(browser, account);
    const second = await order(browser, account);
    await db.update(reports).set({ status: "running" }).where(eq(reports.id, first.id));
    await buildReport(second.id);
    expect(await reload(second.id)).toMatchObject({ status: "queued", generation: 0 });
  });
});

describe("as rights stand when it is made", () => {
  for (const gone of ["reports.create", "users.view"]) {
    test(`T90 without ${gone} by then there is no report and no mail`, async () => {
      const { account, browser, user, member } = await admin("reports.create", "users.view");
      const report = await order(browser, account);
      await db
        .update(grants)
        .set({ endedAt: new Date() })
        .where(sql`${grants.memberId} = ${member.id} and ${grants.permission} = ${gone}`);
      await runJobs();
      expect(await reload(report.id)).toMatchObject({ status: "refused" });
      expect(await filesOfReport(report.id)).toEqual([]);
      expect(mailsTo(user.email)).toEqual([]);
    });
  }

  test("T90 whoever left the account gets nothing, and neither does a deleted account", async () => {
    for (const leave of [
      (member: { id: string }) => db.update(members).set({ status: "removed" }).where(eq(members.id, member.id)),
      (member: { accountId: string }) =>
        db.update(accounts).set({ deletedAt: new Date() }).where(eq(accounts.id, member.accountId)),
    ]) {
      const { account, browser, member } = await admin("admin");
      const report = await order(browser, account);
      await leave(member);
      await runJobs();
      expect(await reload(report.id)).toMatchObject({ status: "refused" });
      expect(await filesOfReport(report.id)).toEqual([]);
    }
    expect(inbox.mails).toEqual([]);
  });
});

describe("downloading", () => {
  async function ready(fields = {}) {
    const visitor = await admin("admin");
    const report = await order(visitor.browser, visitor.account, fields);
    await runJobs();
    return { ...visitor, report, path: `/admin/reports/${report.id}/files/1` };
  }

  test("T88 D18 asks for sign-in and right at every download: outsiders 404, demoted people 403, another administrator may", async () => {
    const { account, browser, member, path, user } = await ready();
    expect((await browser.get(path).expect(200)).text).toContain(user.email);

    const outsider = await admin("owner");
    await outsider.browser.get(path).expect(404);
    await outsider.browser.get(path.replace("/files/1", "")).expect(404);

    const signedOut = new Browser();
    const asked = await signedOut.get(path).expect(303);
    expect(asked.headers.location).toBe(`/sign-in?next=${encodeURIComponent(path)}`);
    const next = new URLSearchParams(asked.headers.location!.split("?")[1]).get("next")!;
    const back = await signedOut.post("/sign-in", { email: user.email, password, next }).expect(303);
    expect(back.headers.location).toBe(path);
    await signedOut.get(path).expect(200);

    const colleague = await create.colleague(account, ["admin"]);
    await (await browserOf(colleague.user, account)).get(path).expect(200);
    await db.update(grants).set({ endedAt: new Date() }).where(eq(grants.memberId, member.id));
    await create.grant(member, { systemRole: "viewer" });
    await browser.get(path).expect(403);
    const logged = (await db.select().from(events).where(eq(events.accountId, account.id))).filter(
      ({ name }) => name === "report.downloaded",
    );
    expect(logged.map(({ actorLabel }) => actorLabel)).toEqual([user.email, user.email, colleague.user.email]);
  });

  test("T88 D2 one that holds drafts is for those only who may send them, also when somebody else ordered it", async () => {
    const { account, browser } = await admin("admin");
    const draft = await create.member(account, null, { status: "draft" });
    const report = await order(browser, account);
    await runJobs();
    const path = `/admin/reports/${report.id}/files/1`;
    expect((await browser.get(path).expect(200)).text).toContain(draft.email);
    const colleague = await create.colleague(account, ["reports.create", "users.view"]);
    const theirs = await browserOf(colleague.user, account);
    await theirs.get(path).expect(403);
    await db.delete(members).where(eq(members.id, draft.id));
    const without = await order(browser, account);
    await runJobs();
    await theirs.get(`/admin/reports/${without.id}/files/1`).expect(200);
  });

  test("T89 is an attachment with a safe name that no browser takes for a page", async () => {
    const { browser, path, account } = await ready();
    await db.update(accounts).set({ name: 'A "b"\r\nX: y \u202e' }).where(eq(accounts.id, account.id));
    const answer = await browser.get(path).expect(200);
    expect(answer.headers["content-disposition"]).toMatch(/^attachment; filename="users-\d{4}-\d\d-\d\d\.csv"/);
    expect(answer.headers["content-type"]).toBe("text/csv; charset=utf-8");
    expect(answer.headers["x-content-type-options"]).toBe("nosniff");
    expect(answer.headers["content-security-policy"]).toContain("sandbox");
    expect(answer.headers["cache-control"]).toContain("no-store");
  });

  test("D17 after seven days it is gone: 410 says what to do, and so does its page", async () => {
    const { browser, path, report } = await ready();
    const kept = (await reload(report.id)).expiresAt!.getTime() - Date.now();
    expect(Math.round(kept / 86_400_000)).toBe(7);
    const [file] = await filesOfReport(report.id);
    expect(file!.expiresAt.getTime()).toBeLessThanOrEqual(Date.now() + kept + 1000);
    await db
      .update(reports)
      .set({ expiresAt: new Date(Date.now() - 1000) })
      .where(eq(reports.id, report.id));
    const over = await browser.get(path).expect(410);
    expect(over.text).toContain("Generate a new report");
    const page = await browser.get(`/admin/reports/${report.id}`).expect(200);
    expect(page.text).toContain("are gone");
    expect(page.text).not.toContain(path);
  });

  test("of a part that there is not is 404, of a report that is not ready 409", async () => {
    const { account, browser, path, report } = await ready();
    for (const part of ["0", "2", "01", "1e0", "-1", "x"]) {
      await browser.get(`/admin/reports/${report.id}/files/${part}`).expect(404);
    }
    const waiting = await order(browser, account);
    await browser.get(path.replace(report.id, waiting.id)).expect(409);
  });
});

describe("cancelling", () => {
  test("R27 stops what is made, keeps nothing, and sends no mail; the log has it; once", async () => {
    const { account, browser, user } = await admin("admin");
    const report = await order(browser, account);
    await browser.post(`/admin/reports/${report.id}/cancel`, {}).expect(303);
    await runJobs();
    expect(await reload(report.id)).toMatchObject({ status: "cancelled" });
    expect(await filesOfReport(report.id)).toEqual([]);
    expect(mailsTo(user.email)).toEqual([]);
    expect((await browser.get(`/admin/reports/${report.id}`)).text).toContain("Nothing of it was kept.");
    await browser.post(`/admin/reports/${report.id}/cancel`, {}).expect(409);
    expect(await changesOf(account.id)).toEqual(["report.ordered", "report.cancelled"]);
  });

  test("is refused without the right, and of a neighbour's report not found", async () => {
    const { account, browser } = await admin("admin");
    const report = await order(browser, account);
    const { user } = await create.colleague(account, ["viewer"]);
    await (await browserOf(user, account)).post(`/admin/reports/${report.id}/cancel`, {}).expect(403);
    const stranger = await admin("owner");
    await stranger.browser.post(`/admin/reports/${report.id}/cancel`, {}).expect(404);
    expect(await reload(report.id)).toMatchObject({ status: "queued" });
  });
});

test("the history names what, by whom and how it stands; a neighbour's is not in it", async () => {
  const { account, browser, user } = await admin("admin");
  await order(browser, account, { what: "filter", filter: "status=blocked" });
  const stranger = await admin("admin");
  await order(stranger.browser, stranger.account);
  const page = (await browser.get("/admin/reports")).text;
  expect(page).toContain("Status: Blocked");
  expect(page).toContain(`${user.firstName} ${user.lastName}`);
  expect(page.match(/href="\/admin\/reports\/[0-9a-f-]{36}"/g)).toHaveLength(1);
});
