import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { iconNames } from "../../src/http/icons.ts";
import { hostile, nameEverything } from "./hostile.ts";
import { fill, type Home, samplesFor } from "./samples.ts";
import { bothModes, newVisitor } from "./site.ts";
import { household, shownPages } from "./sweep.ts";
import { overflow, type Visitor } from "./visitor.ts";
import { create } from "./world.ts";

/**
 * Every page that the routers hold, as an owner, as a viewer and as a stranger: wide and narrow, light and dark. All that
 * people can name there has a hostile name, which stays text whoever looks.
 */
let home: Home;
type Who = "owner" | "viewer" | "stranger";
let people: Record<Who, Visitor>;
let without: Record<Who, Visitor>;
/** On how many pages such a name stood, with JavaScript and without. */
let named: { on: number; off: number };
/** What the pages asked our server for. */
let asked: string[];

/** What registers this is loaded once for all files of a process; each file has people of its own. */
async function enter(): Promise<void> {
  home = await household(hostile);
  [named, asked] = [{ on: 0, off: 0 }, []];
  const viewer = await create.colleague(home.account, ["viewer"]);
  const all = async (scripting: boolean) => ({
    owner: await (await newVisitor({ scripting })).signIn(home.user.email),
    viewer: await (await newVisitor({ scripting })).signIn(viewer.user.email),
    stranger: await newVisitor({ scripting }),
  });
  people = await all(true);
  without = await all(false);
  for (const { page } of [people, without].flatMap((group) => Object.values(group)))
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
}

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

interface Look {
  width: number;
  height: number;
  colorScheme: "light" | "dark";
  only?: "colours";
}

/** By every rule once wide and once narrow; the other colours at the other width, by the rules that know colours. */
const looks: [Look, Look, Look] = [
  { width: 1280, height: 860, colorScheme: "light" },
  { width: 1280, height: 860, colorScheme: "dark", only: "colours" },
  { width: 390, height: 844, colorScheme: "dark" },
];

/** How each window stands: a change lays the page in it out and draws it anew, so each page begins as the last one ended. */
const standing = new WeakMap<Page, Look>();

async function stand(page: Page, look: Look): Promise<void> {
  const now = standing.get(page);
  const { width, height, colorScheme } = look;
  if (now?.width !== width) await page.setViewportSize({ width, height });
  if (now?.colorScheme !== colorScheme) await page.emulateMedia({ colorScheme });
  standing.set(page, look);
}

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
  const behind = () => {
    note("behind the page", visitor.problems.splice(0));
    note(
      "a name asks for",
      asked.splice(0).filter((each) => each.startsWith("/evil") || each === "/x"),
    );
    return found;
  };

  const [wide, , narrow] = looks;
  const order = !often ? [narrow] : standing.get(page)?.width === narrow.width ? looks.toReversed() : looks;
  await stand(page, order[0]!);
  const response = await page.goto(process.env.BASE_URL + path);
  const headers = response?.headers() ?? {};
  const elsewhere = response?.request().redirectedFrom() !== null;
  if (elsewhere || !/html/.test(headers["content-type"] ?? "")) {
    // The browser puts a picture into a page of its own, and complains that our headers forbid the styles of that.
    if (/^image/.test(headers["content-type"] ?? "")) visitor.problems.length = 0;
    return behind();
  }
  // What somebody else wrote runs no script, so axe cannot look at it: only its frame is ours.
  if (/^sandbox/.test(headers["content-security-policy"] ?? "")) return behind();

  note("icons", await brokenIcons(page));
  note("ids", await doubledIds(page));
  for (const look of order) {
    const { width, colorScheme, only } = look;
    await stand(page, look);
    if (look === (often ? wide : narrow)) note("focus", await hiddenFocus(visitor));
    note(`${width} px`, await overflow(page));
    note(`${width} px, ${colorScheme}`, await visitor.findings(only));
  }
  if (await page.evaluate(openMenus)) named[visitor.scripting ? "on" : "off"]++;
  return behind();
}

/** In the page. Opens every menu, so that what lies in them is drawn too; whether a hostile name stands there as text. */
function openMenus(): boolean {
  for (const menu of document.querySelectorAll("details")) menu.open = true;
  return document.documentElement.outerHTML.includes("&lt;img src=x onerror");
}

/** Tests each of these pages, in both modes. Two files share them, so that they run side by side. */
export function crawl(wanted: (path: string) => boolean): void {
  beforeAll(enter);
  const lines = shownPages().filter(({ path }) => wanted(path));
  for (const { scripting, mode } of bothModes) {
    for (const [at, line] of lines.entries()) {
      test(`GET ${line.path} (${mode})`, async () => {
        const found: string[] = [];
        for (const [who, visitor] of Object.entries(scripting ? people : without)) {
          if (who === "stranger" && line.guard?.kind !== "open") continue;
          // Who sees less of a page sees the same less without JavaScript.
          if (who === "viewer" && !scripting) continue;
          const path = fill(line.path, await samplesFor(line.path, home));
          // Without script there is little that a name could do; what is drawn is the same.
          if (who === "owner" && (scripting || at % 4 === 0)) await nameEverything();
          found.push(
            ...(await inspect(visitor, path, scripting && who !== "viewer")).map((problem) => `${who}, ${problem}`),
          );
        }
        expect(found.join("\n")).toBe("");
      }, 90_000);
    }
  }

  test("T63 T65 on these pages hostile names stood as text", () => {
    expect(named.on).toBeGreaterThan(15);
    expect(named.off).toBeGreaterThan(4);
  });
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
