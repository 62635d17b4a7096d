import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { lookAtKinds } from "./looked.ts";

/** axe, and where the server of the tests has it (site.ts): what comes by an address is compiled once for many pages. */
export const axe = {
  path: "/axe-of-the-tests.js",
  script: readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js")),
};

interface Finding {
  id: string;
  nodes: { target: unknown[]; failureSummary?: string }[];
}

/** Every rule of WCAG 2.2 up to AA (those of 2.2 axe runs only when asked), and what axe holds to be good practice. */
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Those of them that a colour scheme can change. */
const colours = ["color-contrast", "link-in-text-block"];

/**
 * What axe finds on the page as it stands, in one line per finding; empty is good. `only` colours, or by every rule; of the
 * whole page, or of its elements of these kinds.
 */
export async function axeFindings(page: Page, only?: "colours", kinds?: string[]): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.addScriptTag({ url: axe.path });
  if (kinds) await page.evaluate(lookAtKinds, kinds);
  const violations = await page.evaluate(runAxe, { whole: !kinds, rules, colours: only && colours });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")} — ${failureSummary?.split("\n")[1]?.trim()}`),
  );
}

/**
 * In the page. What only a page as a whole can break (its outline, its landmarks, what there may be one of) has rules of its
 * own: those that compare what they have seen. Where an element stands decides on its region, and is part of its kind.
 */
async function runAxe(how: { whole: boolean; rules: string[]; colours?: string[] }): Promise<Finding[]> {
  type Check = string | { id: string };
  const { axe, toLookAt } = globalThis as unknown as {
    axe: {
      run(what: unknown, options: object): Promise<{ violations: Finding[] }>;
      _audit: {
        rules: { id: string; tags: string[]; pageLevel: boolean; any: Check[]; all: Check[]; none: Check[] }[];
        checks: Record<string, { after?: unknown }>;
      };
    };
    toLookAt: (Element | "page")[];
  };
  // No rule asked for reads the style sheets themselves; fetching and parsing them anew was a fifth of a look.
  const run = async (what: unknown, type: "rule" | "tag", values: string[]) =>
    (await axe.run(what, { runOnly: { type, values }, resultTypes: ["violations"], preload: false })).violations;
  const [type, values] = how.colours ? (["rule", how.colours] as const) : (["tag", how.rules] as const);
  if (how.whole) return run(document, type, values);

  const found: Finding[] = [];
  const elements = toLookAt.filter((each) => each !== "page");
  if (elements.length > 0) found.push(...(await run({ include: elements }, type, values)));
  if (toLookAt.includes("page") && !how.colours) {
    const compares = (check: Check) => axe._audit.checks[typeof check === "string" ? check : check.id]?.after;
    const ofPages = axe._audit.rules.filter(
      ({ id, tags, pageLevel, any, all, none }) =>
        id !== "region" &&
        tags.some((tag) => how.rules.includes(tag)) &&
        (pageLevel || [...any, ...all, ...none].some(compares)),
    );
    const ids = ofPages.map(({ id }) => id);
    found.push(...(await run(document, "rule", ids)));
  }
  return found;
}

let twin: Promise<Page> | undefined;

/** axe is a script: a page that is used without any is handed, as it stands, to a window that runs scripts. */
export async function findingsInTwin(page: Page, dark: boolean, only?: "colours"): Promise<string[]> {
  const html = (await page.content()).replace(/<script\b[^>]*><\/script>/g, "");
  twin ??= page
    .context()
    .browser()!
    .newContext()
    .then((context) => context.newPage());
  const other = await twin;
  await other.setViewportSize(page.viewportSize()!);
  await other.emulateMedia({ colorScheme: dark ? "dark" : "light" });
  const url = page.url();
  await other.route(url, (route) => route.fulfill({ body: html, contentType: "text/html; charset=utf-8" }));
  await other.goto(url);
  const found = await axeFindings(other, only);
  await other.unroute(url);
  return found;
}
