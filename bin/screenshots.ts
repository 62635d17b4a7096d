import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { runOnce } from "graphile-worker";
import { type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { ensureDatabase, freePort, startEmbedded } from "../src/db/embedded.ts";
import { findChromium } from "../test/support/chromium.ts";
import { takeConsolePictures } from "./console-screenshots.ts";
import { takeWorkbookPictures } from "./workbook-screenshots.ts";

/**
 * `npm run screenshots`: takes the pictures in docs/screenshots from the demo data, in the real application with a
 * database, inbox and queue of its own, so that they can be taken again whenever a page changes.
 */
const target = new URL("../docs/screenshots/", import.meta.url).pathname;
const folder = mkdtempSync("/tmp/muster-screenshots-");
chmodSync(folder, 0o755); // The database runs as a user of its own where we are root.

const database = await startEmbedded(`${folder}/postgres`, ["fsync=off"]);
await ensureDatabase(database, "muster");
const port = await freePort();
const { Inbox } = await import("../src/dev/inbox.ts");
const inbox = await new Inbox().listen();
const namesPort = await freePort();
Object.assign(process.env, {
  NODE_ENV: "test",
  PORT: String(port),
  BASE_URL: `http://localhost:${port}`,
  DATABASE_URL: database.url("muster"),
  SMTP_URL: `smtp://127.0.0.1:${inbox.port}`,
  DNS_SERVERS: `127.0.0.1:${namesPort}`,
  DNS_PORT: String(namesPort),
});
await (await import("../src/db/migrate.ts")).migrateDatabase();
const { demoPassword, seedDemo } = await import("../src/db/seed.ts");
await seedDemo();
(await import("../src/dev/current.ts")).useInbox(inbox);
const names = await (await import("../src/dev-dns/current.ts")).startNameServer(namesPort, "");
const server = createServer((await import("../src/app.ts")).createApp());
await new Promise<void>((resolve) => server.listen(port, resolve));
const browser = await chromium.launch({
  executablePath: await findChromium(),
  args: ["--no-sandbox", "--disable-gpu"],
});

async function visit(options: BrowserContextOptions, email?: string): Promise<Page> {
  const context = await browser.newContext({ reducedMotion: "reduce", locale: "en-GB", ...options });
  const page = await context.newPage();
  if (!email) return page;
  await page.goto(`${process.env.BASE_URL}/sign-in`);
  await page.locator("[name=email]").fill(email);
  await page.locator("[name=password]").fill(demoPassword);
  await page.locator("main form button").first().click();
  await page.waitForURL(/admin|profile/);
  return page;
}

const open = async (page: Page, path: string) => {
  await page.goto(process.env.BASE_URL + path, { waitUntil: "networkidle" });
};
const picture = async (page: Page, name: string) => {
  await page.screenshot({ path: `${target}${name}.png` });
  console.log(`docs/screenshots/${name}.png`);
};

async function takePictures() {
  mkdirSync(target, { recursive: true });
  const wide = { viewport: { width: 1360, height: 860 } };
  const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 };
  const owner = "olivia@northwind.test";

  const stranger = await visit(wide);
  await open(stranger, "/sign-in");
  await picture(stranger, "sign-in");

  for (const colorScheme of ["light", "dark"] as const) {
    const page = await visit({ ...wide, colorScheme }, owner);
    await open(page, "/admin/users");
    for (const box of (await page.locator("[data-select]").all()).slice(2, 4)) await box.check();
    await picture(page, `users-1360-${colorScheme}`);
  }

  const page = await visit(wide, owner);
  await open(page, "/admin/users?status=active");
  const link = page.locator("tbody a[href*='/account']");
  const edit = (await link.nth(3).getAttribute("href"))!;
  await open(page, edit);
  await picture(page, "edit-1360-light");

  const small = await visit(phone, owner);
  await open(small, "/admin/users");
  await picture(small, "users-390-light");
  await open(small, edit);
  await picture(small, "edit-390-light");

  await takeConsolePictures({ visit, open, picture }, owner);
  await invite(page);
  await blastRadius(page);
  await domain(page);
  await takeWorkbookPictures(page, { open, picture, work, folder, target });
}

/** Does what is queued. */
async function work() {
  const { tasks } = await import("../jobs/index.ts");
  await runOnce({ connectionString: process.env.DATABASE_URL, taskList: tasks, noHandleSignals: true });
}

/** Invites somebody for real, so that the picture of the mail is a picture of the mail. */
async function invite(page: Page) {
  await open(page, "/admin/users/new");
  await page.locator("[name=email]").fill("jonas.weiss@agentur-weiss.test");
  await page.locator("[name=firstName]").fill("Jonas");
  await page.locator("[name=lastName]").fill("Weiß");
  await page.locator("textarea[name=message]").fill("Welcome aboard! The press box is yours from Monday.\nOlivia");
  await page.locator("main form button").last().click();
  await page.waitForURL(/account/);
  await picture(page, "draft");
  await page.getByRole("button", { name: "Invite user" }).first().click();
  await page.waitForLoadState("networkidle");
  await work();
  const mail = inbox.mails.find(({ to }) => to.startsWith("jonas"));
  if (!mail) throw new Error("the invitation's mail did not arrive");
  const reader = await visit({ viewport: { width: 640, height: 900 } });
  await reader.setContent(mail.html);
  await picture(reader, "invitation-mail");
}

/** A domain that waits for its record, with what the checks have found by real questions to the demo's name server. */
async function domain(page: Page) {
  await open(page, "/admin/domains");
  await page.getByRole("link", { name: "northwind-shop.test", exact: true }).click();
  const here = new URL(page.url()).pathname;
  await page.getByRole("button", { name: "Check now" }).click();
  await page.waitForLoadState("networkidle");
  await work();
  await open(page, here);
  await picture(page, "domain-1360-light");
}

/** Takes a permission out of a custom role that people hold, and stops at the preview. */
async function blastRadius(page: Page) {
  await open(page, "/admin/roles");
  const role = page.locator(
    "tbody a[href^='/admin/roles/']:not([href*='viewer']):not([href*='owner']):not([href*='admin/roles/admin'])",
  );
  const custom = (await role.evaluateAll((links) => links.map((link) => link.getAttribute("href")!))).find((href) =>
    /[0-9a-f]{8}-/.test(href),
  );
  if (!custom) throw new Error("the demo data holds no custom role");
  await open(page, custom);
  await page.locator("input[name=permissions]:checked").first().uncheck();
  await page
    .getByRole("button", { name: /preview|review|see|change/i })
    .first()
    .click();
  await page.waitForLoadState("networkidle");
  await picture(page, "blast-radius");
}

try {
  await takePictures();
} finally {
  await browser.close();
  server.closeAllConnections();
  server.close();
  await (await import("../src/db/client.ts")).closeDatabase();
  await inbox.close();
  await names.close();
  await database.stop();
  rmSync(folder, { recursive: true, force: true });
}
