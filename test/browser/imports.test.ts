import { writeFileSync } from "node:fs";
import { eq } from "drizzle-orm";
import { expect } from "vitest";
import { db } from "../../src/db/client.ts";
import { imports } from "../../src/db/schema.ts";
import { runJobs } from "../support/outbox.ts";
import { story } from "../support/site.ts";
import { overflow, type Visitor } from "../support/visitor.ts";
import { workbookOf } from "../support/workbooks.ts";
import { create } from "../support/world.ts";

async function northwind(domainStatus: "active" | "none") {
  const account = await create.account({ name: "Northwind" });
  const ada = await create.colleague(account, ["owner"], { firstName: "Ada", lastName: "Okafor" });
  const name = `north-${crypto.randomUUID().slice(0, 8)}.test`;
  if (domainStatus === "active")
    await create.domain(account, { name, status: "active", verifiedAt: new Date(), activatedAt: new Date() });
  await create.mailbox(account, { name: "Support" });
  await create.mailbox(account, { name: "Press" });
  return { account, ada: ada.user, name };
}

const importsOf = (accountId: string) => db.select().from(imports).where(eq(imports.accountId, accountId));

async function choose(visitor: Visitor, bytes: Buffer, name = "people.xlsx") {
  const mimeType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
  await visitor.page.locator("input[type=file]").setInputFiles({ name, mimeType, buffer: bytes });
}

async function picture(visitor: Visitor, name: string) {
  expect(await overflow(visitor.page), name).toBe("");
  if (!process.env.SHOTS || !visitor.scripting) return;
  for (const scheme of ["light", "dark"] as const) {
    await visitor.page.emulateMedia({ colorScheme: scheme });
    for (const width of [1280, 390]) {
      await visitor.page.setViewportSize({ width, height: 860 });
      writeFileSync(
        `${process.env.SHOTS}/${name}-${width}-${scheme}.png`,
        await visitor.page.screenshot({ fullPage: true }),
      );
    }
  }
  await visitor.page.emulateMedia({ colorScheme: "light" });
  await visitor.page.setViewportSize({ width: 1280, height: 860 });
}

story("A47 A56 a workbook is chosen, refused, corrected, uploaded and checked", async ({ visitor, scripting }) => {
  const { account, ada, name } = await northwind("active");
  const one = await (await visitor()).signIn(ada.email);
  await one.open("/admin/imports");
  await one.sees("No workbook has been uploaded yet");
  await one.open("/admin/users");
  await one.press(/^Create user/);
  await picture(one, "menu");
  await one.press("Create users");
  expect(one.path).toBe("/admin/imports/new");
  await one.sees("Fill in the workbook", "Each of the 2 shared mailboxes gets a sheet", "Only .xlsx, up to 25 MB");
  await picture(one, "new");

  await choose(one, Buffer.from("First Name,Last Name"));
  await one.press("Upload and check");
  await one.sees("This is not a workbook");
  await picture(one, "refused-form");
  expect(await importsOf(account.id)).toEqual([]);

  const users = [
    ["Lin", "Osei", `lin@${name}`, "Y"],
    ["Ana", "Ortiz", `ana@${name}`, null],
  ];
  const rights = [[`lin@${name}`, "Viewer", null]];
  await choose(one, await workbookOf({ users, account: { id: account.id, rows: rights } }));
  await one.press("Upload and check");
  const [made] = await importsOf(account.id);
  expect(one.path).toBe(`/admin/imports/${made!.id}`);
  await one.sees("people.xlsx", /Waiting to be checked|Being checked/);
  await picture(one, "queued");
  const focused = () => one.page.evaluate(() => document.activeElement?.textContent);
  if (scripting) {
    // The page follows by itself, and takes the focus from nobody.
    const asked = () => one.page.waitForResponse((response) => response.url().endsWith(one.path));
    await one.page.getByRole("button", { name: "Cancel the import" }).focus();
    await asked();
    await asked();
    expect(await focused()).toBe("Cancel the import");
  }
  await runJobs();
  if (scripting) {
    await one.page.getByRole("button", { name: "Start", exact: true }).waitFor({ timeout: 9000 });
    expect(await focused()).not.toBe("Start");
  } else await one.open(one.path);
  await one.sees("Ready to start", "To create");
  await picture(one, "checked");
  await one.press("Start");
  await runJobs();
  await one.open(`/admin/imports/${made!.id}`);
  await one.sees("Done");
  await picture(one, "done");

  // A second time: the same import.
  await one.open("/admin/imports/new");
  await choose(one, await workbookOf({ users: [...users, ["Bo", "Berg", "bo@elsewhere.test", "maybe"]] }), "more.xlsx");
  await one.press("Upload and check");
  await runJobs();
  await one.open(one.path);
  await one.sees("Refused", "What was found", "Users");
  await picture(one, "refused");
  await one.open("/admin/imports");
  await one.sees("people.xlsx", "more.xlsx", ada.email, "2 created");
  await picture(one, "history");
});

story("D8 without an active domain nobody is created, and users can be changed all the same", async ({ visitor }) => {
  const { ada } = await northwind("none");
  const one = await (await visitor()).signIn(ada.email);
  await one.open("/admin/users");
  await one.press(/^Create user/);
  await one.sees("Needs an active domain of this account", "can be changed with a workbook");
  expect(await one.page.locator("[aria-disabled=true]", { hasText: /^Create users?$/ }).allInnerTexts()).toEqual([
    "Create user",
    "Create users",
  ]);
  await picture(one, "menu-off");
  await one.press("Upload a workbook");
  await one.sees("so nobody can be created", "can still change users who are here");
  await picture(one, "new-off");
});

story(
  "R13 an upload is shown on its way, and the same bytes lead to the same import",
  async ({ visitor, scripting }) => {
    const { account, ada, name } = await northwind("active");
    const one = await (await visitor()).signIn(ada.email);
    const bytes = await workbookOf({ users: [["Lin", "Osei", `lin@${name}`, "Y"]] });
    for (const round of [1, 2]) {
      await one.open("/admin/imports/new");
      const said = scripting
        ? one.page.evaluate(
            () =>
              new Promise<string[]>((resolve) => {
                const words: string[] = [];
                const node = document.querySelector("[data-going] [role=status]")!;
                new MutationObserver(() => {
                  words.push(node.textContent ?? "");
                  resolve(words);
                }).observe(node, { childList: true });
              }),
          )
        : Promise.resolve(["0 %"]);
      await choose(one, bytes);
      await one.press("Upload and check");
      expect((await said)[0]).toBe("0 %");
      if (round === 2) await one.sees("has been uploaded already");
    }
    expect(await importsOf(account.id)).toHaveLength(1);
  },
);
