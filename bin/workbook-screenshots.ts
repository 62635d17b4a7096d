import { execFileSync } from "node:child_process";
import type { Page } from "playwright-core";
import type { Wanted } from "../test/support/workbooks.ts";

interface Tools {
  open: (page: Page, path: string) => Promise<void>;
  picture: (page: Page, name: string) => Promise<void>;
  work: () => Promise<void>;
  /** For what is needed while the pictures are taken. */
  folder: string;
  target: string;
}

/** The pictures of an import that is checked, of what it would change, and of a report (for bin/screenshots.ts). */
export async function takeWorkbookPictures(page: Page, tools: Tools): Promise<void> {
  await imported(page, tools);
  await reported(page, tools);
}

/** A workbook with mistakes, and one that creates and changes: what the check says of them. */
async function imported(page: Page, { open, picture, work }: Tools) {
  // Only now: it reads the settings, which are made before the first picture.
  const { workbookOf } = await import("../test/support/workbooks.ts");
  await open(page, "/admin/users/new");
  const account = (await page.locator("main [name=_account]").first().getAttribute("value"))!;
  const upload = async (name: string, wanted: Wanted) => {
    await open(page, "/admin/imports/new");
    const mimeType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    await page.locator("#file").setInputFiles({ name, mimeType, buffer: await workbookOf(wanted) });
    await page.getByRole("button", { name: "Upload and check" }).click();
    await page.waitForURL(/imports\/[0-9a-f-]{36}/);
    await work();
    await open(page, new URL(page.url()).pathname);
  };
  const ines = ["Inês", "Duarte", "ines.duarte@northwind.test", "Y"];
  await upload("spring-starters.xlsx", {
    users: [ines, ["Tomas", "", "tomas.berg@northwind.test", "Y"], ["Mira", "Sand", "mira@sand-design.test", "maybe"]],
    account: { id: account, name: "Northwind", rows: [["ines.duarte@northwind.test", "Auditor, Boss", null]] },
  });
  await picture(page, "import-check");
  await upload("autumn-starters.xlsx", {
    users: [
      ines,
      ["Dorothea", "von Hohenstein", "dorothea@northwind.test"],
      ["Bruno", "Costa", "bruno.costa@northwind.test"],
    ],
    account: {
      id: account,
      name: "Northwind",
      rows: [
        ["ines.duarte@northwind.test", "Auditor, Viewer", null],
        ["dorothea@northwind.test", "Admin", null],
        ["bruno.costa@northwind.test", null, "users.view"],
      ],
    },
  });
  await page.getByRole("link", { name: "See every change" }).click();
  await page.waitForLoadState("networkidle");
  await picture(page, "import-difference");
}

/** The first page of a report as PDF, where the machine can draw one (pdftoppm). */
async function reported(page: Page, { open, work, folder, target }: Tools) {
  await open(page, "/admin/reports/new");
  await page.locator("[name=format][value=pdf]").check();
  await page.getByRole("button", { name: "Generate report" }).click();
  await page.waitForURL(/reports\/[0-9a-f-]{36}/);
  await work();
  await open(page, new URL(page.url()).pathname);
  const arriving = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download" }).click();
  const file = `${folder}/report.pdf`;
  await (await arriving).saveAs(file);
  execFileSync("pdftoppm", ["-png", "-r", "90", "-f", "1", "-l", "1", "-singlefile", file, `${target}report`]);
  console.log("docs/screenshots/report.png");
}
