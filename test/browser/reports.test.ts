import { eq } from "drizzle-orm";
import { expect } from "vitest";
import { db } from "../../src/db/client.ts";
import { reports } from "../../src/db/schema.ts";
import { linkIn, mailTo, runJobs } from "../support/outbox.ts";
import { story } from "../support/site.ts";
import { create } from "../support/world.ts";

story("a report is ordered for a filter, mailed, downloaded behind sign-in, and cancelled", async ({ visitor }) => {
  const account = await create.account({ name: "Northwind" });
  const ada = await create.colleague(account, ["owner"], { firstName: "Ada", lastName: "Okafor" });
  await create.colleague(account, ["viewer"], { firstName: "Nina", lastName: "Kraus" });
  await create.mailbox(account, { name: "Press" });

  const one = await (await visitor()).signIn(ada.user.email);
  await one.open("/admin/users?status=active");
  await one.press("Generate report");
  expect(one.path).toBe("/admin/reports/new?status=active");
  await one.sees("Status: Active", "Workbook (.xlsx)", "All shared mailboxes");
  await one.press("Generate report", one.page.locator("main form"));
  await one.sees("You will get a mail when it is ready", "Waiting");
  await runJobs();

  const link = linkIn(mailTo(ada.user.email));
  const other = await visitor();
  await other.open(link);
  expect(other.path).toMatch(/^\/sign-in/);
  await one.open(link);
  await one.sees("Ready", "Kept until", "Status: Active");
  const [file] = await Promise.all([
    one.page.waitForEvent("download"),
    one.page.getByRole("link", { name: "Download" }).click(),
  ]);
  expect(file.suggestedFilename()).toMatch(/^users-\d{4}-\d\d-\d\d\.xlsx$/);

  await one.open("/admin/reports");
  await one.sees("Status: Active", "Ada Okafor", "Ready");
  await one.press("Generate report");
  await one.press("Generate report", one.page.locator("main form"));
  await one.press("Cancel the report");
  await one.sees("Cancelled", "Nothing of it was kept");
  const rows = await db.select().from(reports).where(eq(reports.accountId, account.id));
  expect(rows.map(({ status }) => status).sort()).toEqual(["cancelled", "done"]);
  // What is cancelled stands in the one line of all reports still: the next story's would wait behind it.
  await runJobs();
});

story("a report of a selection, on a phone", async ({ visitor }) => {
  const account = await create.account({ name: "Southwind" });
  const ada = await create.colleague(account, ["owner"]);
  await create.colleague(account, ["viewer"], { firstName: "Nina", lastName: "Kraus" });
  const one = await (await visitor({ width: 390 })).signIn(ada.user.email);
  await one.open("/admin/users");
  await one.page.getByRole("checkbox", { name: "Select Nina Kraus" }).check();
  await one.press("Generate report", one.page.locator("#bulk"));
  await one.sees("1 selected user");
  await one.page.getByRole("radio", { name: /^CSV/ }).check();
  await one.sees("With a byte order mark");
  await one.press("Generate report", one.page.locator("main form"));
  await runJobs();
  await one.open(one.path);
  await one.sees("1 selected user", "Ready");
});
