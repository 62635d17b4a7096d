import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { iconNames } from "../../src/http/icons.ts";
import { fill, type Home, samplesFor } from "../support/samples.ts";
import { bothModes, newVisitor } from "../support/site.ts";
import { household, shownPages } from "../support/sweep.ts";
import { overflow, type Visitor } from "../support/visitor.ts";
import { create } from "../support/world.ts";

/** Every page that the routers hold, as an owner, as a viewer and as a stranger: wide and narrow, light and dark. */
let home: Home;
const people: Record<string, Visitor> = {};
const without: Record<string, Visitor> = {};

beforeAll(async () => {
  home = await household("Northwind");
  const viewer = await create.colleague(home.account, ["viewer"]);
  for (const { scripting } of bothModes) {
    const group = scripting ? people : without;
    group.owner = await (await newVisitor({ scripting })).signIn(home.user.email);
    group.viewer = await (await newVisitor({ scripting })).signIn(viewer.user.email);
    group.stranger = await newVisitor({ scripting });
  }
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

const looks = [
  { width: 1280, height: 860, colorScheme: "light" },
  { width: 1280, height: 860, colorScheme: "dark" },
  { width: 390, height: 844, colorScheme: "light" },
  { width: 390, height: 844, colorScheme: "dark" },
] as const;

/** Wide and narrow, light and dark, by every rule; without JavaScript the page is the same, so there one look is enough. */
async function inspect(visitor: Visitor, path: string): Promise<string[]> {
  const { page, scripting } = visitor;
  const found: string[] = [];
  const note = (where: string, problems: string[] | string) =>
    found.push(
      ...[problems]
        .flat()
        .filter(Boolean)
        .map((problem) => `${where}: ${problem}`),
    );

  await page.setViewportSize(looks[0]);
  await page.emulateMedia({ colorScheme: "light" });
  const response = await page.goto(process.env.BASE_URL + path);
  const headers = response?.headers() ?? {};
  const elsewhere = response?.request().redirectedFrom() !== null;
  if (elsewhere || !/html/.test(headers["content-type"] ?? "")) return [];
  // What somebody else wrote runs no script, so axe cannot look at it: only its frame is ours.
  if (/^sandbox/.test(headers["content-security-policy"] ?? "")) return [];

  note("icons", await brokenIcons(page));
  note("ids", await doubledIds(page));
  note("focus", await hiddenFocus(page));
  for (const { width, height, colorScheme } of looks) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    note(`${width} px`, await overflow(page));
    if (scripting || (width === 390 && colorScheme === "dark"))
      note(`${width} px, ${colorScheme}`, await visitor.findings());
  }
  note("behind the page", visitor.problems.splice(0));
  return found;
}

describe("every page is usable", () => {
  for (const { scripting, mode } of bothModes) {
    for (const line of shownPages()) {
      test(`GET ${line.path} (${mode})`, async () => {
        const found: string[] = [];
        for (const [who, visitor] of Object.entries(scripting ? people : without)) {
          if (who === "stranger" && line.guard?.kind !== "open") continue;
          // Who sees less of a page sees the same less without JavaScript.
          if (who === "viewer" && !scripting) continue;
          const path = fill(line.path, await samplesFor(line.path, home));
          found.push(...(await inspect(visitor, path)).map((problem) => `${who}, ${problem}`));
        }
        expect(found.join("\n")).toBe("");
      }, 90_000);
    }

    test(`a page that is not there (${mode})`, async () => {
      const visitors = Object.values(scripting ? people : without);
      for (const visitor of visitors) expect(await inspect(visitor, "/nothing/here")).toEqual([]);
    }, 60_000);
  }
});
