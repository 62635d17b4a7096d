import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { iconNames } from "../../src/http/icons.ts";
import { fill, type Home, samplesFor } from "./samples.ts";
import { bothModes, newVisitor } from "./site.ts";
import { household, shownPages } from "./sweep.ts";
import { overflow, type Visitor } from "./visitor.ts";
import { create } from "./world.ts";

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

/**
 * Takes the focus to everything that can have it, and names what does not show it. The first step is a key's: from then on
 * the browser shows the focus wherever it goes, as for somebody who walks on with Tab.
 */
async function hiddenFocus({ page }: Visitor): Promise<string[]> {
  await page.keyboard.press("Tab");
  return page.evaluate(unseenFocus);
}

/** In the page. What Tab leaves out (`tabindex` below 0, all radios of a group but one) is left out here. */
function unseenFocus(): string[] {
  const unseen = new Set<string>();
  const shows = (each: Element | null) => {
    if (!each) return false;
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(each);
    return (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none";
  };
  const stops = "a[href], button, input, select, textarea, summary, [tabindex], [contenteditable]";
  for (const node of document.querySelectorAll<HTMLElement>(stops)) {
    if (node.tabIndex < 0) continue;
    node.focus({ preventScroll: true });
    if (document.activeElement !== node) continue;
    const label = node.closest("label");
    if (!shows(node) && !shows(node.parentElement) && !shows(label)) unseen.add(node.outerHTML.slice(0, 80));
    else if (node.getBoundingClientRect().width === 0 && !label)
      unseen.add(`${node.outerHTML.slice(0, 80)} takes the focus unseen`);
  }
  (document.activeElement as HTMLElement | null)?.blur();
  return [...unseen];
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

/** By every rule once wide and once narrow; the other colours at the other width, by the rules that know colours. */
const looks: { width: number; height: number; colorScheme: "light" | "dark"; only?: "colours" }[] = [
  { width: 1280, height: 860, colorScheme: "light" },
  { width: 1280, height: 860, colorScheme: "dark", only: "colours" },
  { width: 390, height: 844, colorScheme: "dark" },
];

/**
 * Wide and narrow, light and dark. One look, narrow and dark, is enough where the page is the same: without JavaScript, and
 * for whoever sees less of it than its owner.
 */
async function inspect(visitor: Visitor, path: string, often = visitor.scripting): Promise<string[]> {
  const { page } = visitor;
  const found: string[] = [];
  const note = (where: string, problems: string[] | string) =>
    found.push(
      ...[problems]
        .flat()
        .filter(Boolean)
        .map((problem) => `${where}: ${problem}`),
    );

  await page.setViewportSize(looks[0]!);
  await page.emulateMedia({ colorScheme: "light" });
  const response = await page.goto(process.env.BASE_URL + path);
  const headers = response?.headers() ?? {};
  const elsewhere = response?.request().redirectedFrom() !== null;
  if (elsewhere || !/html/.test(headers["content-type"] ?? "")) {
    // The browser puts a picture into a page of its own, and complains that our headers forbid the styles of that.
    if (/^image/.test(headers["content-type"] ?? "")) visitor.problems.length = 0;
    return [];
  }
  // What somebody else wrote runs no script, so axe cannot look at it: only its frame is ours.
  if (/^sandbox/.test(headers["content-security-policy"] ?? "")) return [];

  note("icons", await brokenIcons(page));
  note("ids", await doubledIds(page));
  note("focus", await hiddenFocus(visitor));
  for (const { width, height, colorScheme, only } of often ? looks : looks.slice(2)) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    note(`${width} px`, await overflow(page));
    note(`${width} px, ${colorScheme}`, await visitor.findings(only));
  }
  note("behind the page", visitor.problems.splice(0));
  return found;
}

/** Tests each of these pages, in both modes. Two files share them, so that they run side by side. */
export function crawl(wanted: (path: string) => boolean): void {
  for (const { scripting, mode } of bothModes) {
    for (const line of shownPages().filter(({ path }) => wanted(path))) {
      test(`GET ${line.path} (${mode})`, async () => {
        const found: string[] = [];
        for (const [who, visitor] of Object.entries(scripting ? people : without)) {
          if (who === "stranger" && line.guard?.kind !== "open") continue;
          // Who sees less of a page sees the same less without JavaScript.
          if (who === "viewer" && !scripting) continue;
          const path = fill(line.path, await samplesFor(line.path, home));
          found.push(
            ...(await inspect(visitor, path, scripting && who !== "viewer")).map((problem) => `${who}, ${problem}`),
          );
        }
        expect(found.join("\n")).toBe("");
      }, 90_000);
    }
  }
}

/** The same for an address that leads nowhere. */
export function crawlNowhere(): void {
  for (const { scripting, mode } of bothModes) {
    test(`a page that is not there (${mode})`, async () => {
      const visitors = Object.values(scripting ? people : without);
      for (const visitor of visitors) expect(await inspect(visitor, "/nothing/here")).toEqual([]);
    }, 60_000);
  }
}
