import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { iconNames } from "../../src/http/icons.ts";
import { fill, type Home, samplesFor } from "../support/samples.ts";
import { newVisitor } from "../support/site.ts";
import { household, pages } from "../support/sweep.ts";
import { axeFindings, overflow, type Visitor } from "../support/visitor.ts";
import { create } from "../support/world.ts";

/** Every page that the routers hold, as an owner, as a viewer and as a stranger: wide and narrow, light and dark. */
let home: Home;
const people: Record<string, Visitor> = {};

beforeAll(async () => {
  home = await household("Northwind");
  const viewer = await create.colleague(home.account, ["viewer"]);
  people.owner = await (await newVisitor()).signIn(home.user.email);
  people.viewer = await (await newVisitor()).signIn(viewer.user.email);
  people.stranger = await newVisitor();
});

/** Walks the page with Tab; names what takes the focus without showing it. */
async function hiddenFocus(page: Page): Promise<string[]> {
  const found = new Set<string>();
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  for (let step = 0; step < 20; step++) {
    await page.keyboard.press("Tab");
    const problem = await page.evaluate(() => {
      const node = document.activeElement;
      if (!node || node === document.body) return "";
      const shows = (each: Element | null) => {
        if (!each) return false;
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(each);
        return (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none";
      };
      const box = node.getBoundingClientRect();
      if (shows(node) || shows(node.parentElement) || shows(node.closest("label"))) {
        return box.width > 0 || node.closest("label") ? "" : `${node.outerHTML.slice(0, 80)} takes the focus unseen`;
      }
      return node.outerHTML.slice(0, 80);
    });
    if (problem) found.add(problem);
  }
  return [...found];
}

const brokenIcons = (page: Page) =>
  page.evaluate(
    (known) =>
      [...document.querySelectorAll("use")]
        .map((use) => use.getAttribute("href") ?? "")
        .filter((href) => href.includes("icons.svg") && !known.includes(href.split("#")[1] ?? "")),
    [...iconNames] as string[],
  );

const doubledIds = (page: Page) =>
  page.evaluate(() => {
    const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
    return ids.filter((id, at) => ids.indexOf(id) !== at);
  });

/** The owner's look is the thorough one; others see the same pages with less on them. */
async function inspect(visitor: Visitor, path: string, thorough: boolean): Promise<string[]> {
  const { page } = visitor;
  const found: string[] = [];
  const note = (where: string, problems: string[] | string) =>
    found.push(
      ...[problems]
        .flat()
        .filter(Boolean)
        .map((problem) => `${where}: ${problem}`),
    );

  await page.setViewportSize({ width: 1280, height: 860 });
  await page.emulateMedia({ colorScheme: "light" });
  const response = await page.goto(process.env.BASE_URL + path);
  const headers = response?.headers() ?? {};
  const elsewhere = response?.request().redirectedFrom() !== null;
  if (elsewhere || !/html/.test(headers["content-type"] ?? "")) return [];
  // What somebody else wrote runs no script, so axe cannot look at it: only its frame is ours.
  if (/^sandbox/.test(headers["content-security-policy"] ?? "")) return [];

  note("wide", await axeFindings(page));
  note("wide", await overflow(page));
  note("icons", await brokenIcons(page));
  note("ids", await doubledIds(page));
  if (thorough) note("focus", await hiddenFocus(page));
  await page.emulateMedia({ colorScheme: "dark" });
  if (thorough) note("dark", await axeFindings(page, ["color-contrast"]));
  await page.setViewportSize({ width: 390, height: 844 });
  note("narrow", await overflow(page));
  if (thorough) note("narrow, dark", await axeFindings(page, narrowRules));
  note("behind the page", visitor.problems.splice(0));
  return found;
}

/** What may differ when the page is narrow: its colours, its targets, and what scrolls. */
const narrowRules = [
  "color-contrast",
  "target-size",
  "scrollable-region-focusable",
  "aria-hidden-focus",
  "button-name",
];

describe("every page is usable", () => {
  for (const line of pages()) {
    test(`GET ${line.path}`, async () => {
      const found: string[] = [];
      for (const [who, visitor] of Object.entries(people)) {
        if (who === "stranger" && line.guard?.kind !== "open") continue;
        const path = fill(line.path, await samplesFor(line.path, home));
        found.push(...(await inspect(visitor, path, who !== "viewer")).map((problem) => `${who}, ${problem}`));
      }
      expect(found.join("\n")).toBe("");
    }, 60_000);
  }

  test("a page that is not there", async () => {
    for (const visitor of Object.values(people)) expect(await inspect(visitor, "/nothing/here", true)).toEqual([]);
  });
});
