import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { db } from "../../src/db/client.ts";
import { apiCalls } from "../../src/db/schema.ts";
import { noteDay } from "../../src/figures/daily.ts";
import { story } from "../support/site.ts";
import { overflow } from "../support/visitor.ts";
import { create } from "../support/world.ts";

story(
  "M1 M15 an account is looked over: from its first steps to a chart, its lists and its logs",
  async ({ visitor }) => {
    const account = await create.account({ name: "Northwind" });
    const ada = await create.colleague(account, ["owner"], { firstName: "Ada", lastName: "Okafor" });
    const one = await (await visitor()).signIn(ada.user.email);
    expect(one.path).toBe("/admin/dashboard");
    await one.sees("First steps", "0 of 3 done", "Prove a domain", "from tomorrow on");

    await create.member(account, null, { email: "mona@away.test", delivery: "bounced", deliveryReply: "550 unknown" });
    await create.colleague(account, ["viewer"], { firstName: "Nina", lastName: "Kraus" });
    await create.mailbox(account, { name: "Press" });
    await create.domain(account, { status: "active", verifiedAt: new Date(), activatedAt: new Date() });
    await db.execute(sql`update members set created_at = now() - interval '9 days', joined_at = now() - interval '4 days'
    where account_id = ${account.id} and status = 'active'`);
    await noteDay(null, 1000);
    await one.open("/admin/dashboard");
    await one.seesNot("First steps");
    await one.sees("Needs attention", "1 invitation did not arrive");
    expect(await one.page.getByRole("img", { name: /^Users by status over 30 days/ }).isVisible()).toBe(true);
    await one.press("Show as a table");
    await one.sees("Since");
    await one.press("90 days");
    expect(one.path).toBe("/admin/dashboard?days=90");
    await one.press("1 invitation did not arrive");
    await one.sees("mona@away.test", "The mail did not arrive");
    await one.seesNot("Nina");

    const called = {
      accountId: account.id,
      clientName: "Payroll",
      method: "GET",
      path: "/api/v1/members",
      milliseconds: 7,
    };
    await db.insert(apiCalls).values([
      { ...called, status: 200 },
      { ...called, method: "POST", status: 422, problem: { detail: "This address is taken." } },
    ]);
    await one.press("Logs");
    await one.sees("Payroll", "200", "422", "Kept for 30 days");
    await one.fill({ Answer: "Refused (4xx)" });
    await one.press("Filter");
    await one.seesNot("200 ·");
    await one.press(/POST/);
    await one.sees("This address is taken.");
    const [file] = await Promise.all([one.page.waitForEvent("download"), one.page.getByText("Export as CSV").click()]);
    expect(file.suggestedFilename()).toMatch(/^api-calls-\d{4}-\d\d-\d\d\.csv$/);
    await one.press("Mails");
    await one.sees("Nothing has been written yet", "Kept for 90 days");

    const small = await (await visitor({ width: 390 })).signIn(ada.user.email);
    expect(await overflow(small.page)).toBe("");
    await small.open("/admin/logs?status=4xx");
    expect(await overflow(small.page)).toBe("");
  },
);
