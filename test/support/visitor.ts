import type { BrowserContext, Locator, Page, Request } from "playwright-core";
import { expect } from "vitest";
import { axeFindings, findingsInTwin } from "./axe.ts";
import { kindsOn, noteLooked, unknown } from "./looked.ts";
import { inbox, mailTo, runJobs } from "./outbox.ts";
import { password } from "./world.ts";

/** How far the page is wider than its window, and what sticks out; empty is good. */
export const overflow = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const wide = document.scrollingElement!.scrollWidth - window.innerWidth;
    if (wide <= 0) return "";
    const out = [...document.querySelectorAll("body *")].filter(
      (node) =>
        node.getBoundingClientRect().right > window.innerWidth + 1 && !node.closest(".scroll, pre, dialog:not([open])"),
    );
    return `${wide} px too wide: ${out
      .slice(0, 3)
      .map((node) => `${node.tagName.toLowerCase()}.${node.className}`)
      .join(", ")}`;
  });

/** A person at a browser. Every page they come to is looked at: axe, console, policy, requests. */
export class Visitor {
  readonly page: Page;
  readonly scripting: boolean;
  readonly problems: string[] = [];
  /** Other sites that a story leads to, by the beginning of their addresses: a provider's sign-in. */
  readonly elsewhere: string[] = [];
  private open_ = new Set<Request>();

  constructor(page: Page, scripting: boolean) {
    this.page = page;
    this.scripting = scripting;
    page.on("console", (message) => {
      const text = message.text();
      // A form that is refused (422) or a page that is gone answers with its status: that is no fault of the page.
      if (message.type() === "error" && !/status of 4(03|04|09|10|22|29)/.test(text))
        this.problems.push(`console: ${text}`);
    });
    page.on("pageerror", (error) => this.problems.push(`script: ${error.message}`));
    page.on("dialog", (dialog) => {
      this.problems.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("request", (request) => {
      this.open_.add(request);
      const expected = [process.env.BASE_URL!, "data:", ...this.elsewhere];
      if (!expected.some((start) => request.url().startsWith(start)))
        this.problems.push(`a request to ${request.url()}`);
    });
    page.on("requestfinished", (request) => this.open_.delete(request));
    page.on("requestfailed", (request) => {
      this.open_.delete(request);
      const reason = request.failure()?.errorText ?? "";
      if (!/ERR_ABORTED/.test(reason)) this.problems.push(`failed: ${request.url()} ${reason}`);
    });
    page.on("response", (response) => {
      if (response.status() >= 500) this.problems.push(`${response.status()} ${response.url()}`);
    });
  }

  get path(): string {
    const { pathname, search } = new URL(this.page.url());
    return pathname + search;
  }

  /** Waits until what the last act set off has come to rest, and looks at the page. */
  async settle(): Promise<this> {
    let quiet = 0;
    for (let waited = 0; quiet < 4 && waited < 400; waited++) {
      await this.page.waitForTimeout(15);
      quiet = this.open_.size === 0 ? quiet + 1 : 0;
    }
    await this.page.waitForLoadState("load");
    try {
      await this.look();
    } catch (error) {
      // A script that waited for something else than a request, for a passkey say, has opened another page meanwhile.
      if (!/context was destroyed/.test(String(error))) throw error;
      return this.settle();
    }
    return this;
  }

  /** axe wherever a file comes to what nobody has looked at. */
  private async look() {
    expect(this.problems, `on ${this.path}`).toEqual([]);
    expect(await this.findings(), `axe on ${this.path}`).toEqual([]);
  }

  /**
   * What axe finds, by the rules asked for, at this width and in these colours, in what nobody has looked at so far. It is
   * not asked where every kind of element was looked at before in this run.
   */
  async findings(only?: "colours"): Promise<string[]> {
    const dark = await this.page.evaluate(() => matchMedia("(prefers-color-scheme: dark)").matches);
    const how = `${this.page.viewportSize()!.width} ${dark ? "dark" : "light"}`;
    const noted = (kind: string, by: string) => `${how}${by} ${kind}`;
    const all = await kindsOn(this.page);
    const kinds = unknown(all, (kind) => noted(kind, only ?? ""));
    if (kinds.length === 0) return [];
    const found = await (this.scripting ? axeFindings(this.page, only, kinds) : findingsInTwin(this.page, dark, only));
    // By every rule is by those of colours too.
    const by = only ? [only] : ["", "colours"];
    if (found.length === 0) noteLooked(by.flatMap((each) => kinds.map((kind) => noted(kind, each))));
    return found;
  }

  async open(path: string) {
    await this.page.goto(process.env.BASE_URL + path);
    return this.settle();
  }

  private async first(...candidates: Locator[]): Promise<Locator> {
    const deadline = Date.now() + 5000;
    do {
      for (const candidate of candidates) {
        for (const each of await candidate.all()) if (await each.isVisible()) return each;
      }
      await this.page.waitForTimeout(50);
    } while (Date.now() < deadline);
    throw new Error(`nothing visible of ${candidates.join(" or ")} on ${this.path}:\n${await this.text()}`);
  }

  /** Presses a button or follows a link, by the words on it. Inside `where` when the words occur more than once. */
  async press(words: string | RegExp, where: Locator | Page = this.page) {
    const name = typeof words === "string" ? { name: words, exact: true } : { name: words };
    const target = await this.first(
      where.getByRole("button", name),
      where.getByRole("link", name),
      where.locator("summary").filter({ hasText: words }),
    );
    // A menu that opens asks for nothing: so the wait for a request is short.
    const asked = this.page.waitForRequest(() => true, { timeout: 250 }).catch(() => undefined);
    await target.click();
    await asked;
    return this.settle();
  }

  /** The row (or card, or list item) that holds the words. */
  row(words: string): Locator {
    return this.page.locator("tr, li, article, .line").filter({ hasText: words }).last();
  }

  /** Where a confirmation stands: in a dialog where scripts run, else on a page of its own. */
  get sheet(): Locator {
    return this.page.locator("dialog[open], main form.sheet, main .sheet").last();
  }

  /** Opens the menu of the row that holds the words; without scripts that is a page of its own. Returns where it stands. */
  async menu(row: string): Promise<Locator> {
    await this.press(/^Actions for/, this.row(row));
    return this.page.locator(this.scripting ? "details[open] .menu-list" : "main .menu-list");
  }

  /** Opens the menu of the row that holds the words and takes one of its lines. */
  async choose(words: string | RegExp, row: string) {
    return this.press(words, await this.menu(row));
  }

  async fill(fields: Record<string, string>) {
    for (const [label, value] of Object.entries(fields)) {
      const field = await this.first(this.page.getByLabel(label, { exact: true }), this.page.getByLabel(label));
      if ((await field.evaluate((node) => node.tagName)) === "SELECT") await field.selectOption({ label: value });
      else await field.fill(value);
    }
    return this;
  }

  async tick(...labels: string[]) {
    for (const label of labels)
      await (await this.first(this.page.getByLabel(label, { exact: true }), this.page.getByLabel(label))).check();
    return this;
  }

  /** What can be read on the page, as a person sees it: hidden text does not count. */
  text = () => this.page.locator("body").innerText();

  async sees(...words: (string | RegExp)[]) {
    const text = await this.text();
    for (const each of words)
      expect(text, `on ${this.path}`).toMatch(
        each instanceof RegExp ? each : new RegExp(each.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "i"),
      );
    return this;
  }

  async seesNot(...words: string[]) {
    const text = await this.text();
    for (const each of words) expect(text, `on ${this.path}`).not.toContain(each);
    return this;
  }

  async signIn(email: string, secret = password) {
    await this.open("/sign-in");
    await this.page.locator("input[name=email]").fill(email);
    await this.page.locator("input[name=password]").fill(secret);
    await this.page.locator("main form button").first().click();
    await this.settle();
    expect(this.path, "signed in").not.toMatch(/^\/sign-in/);
    return this;
  }
}

/** Runs the queue and returns the newest mail to the address, with the path of its link. */
export async function letterTo(address: string) {
  await runJobs();
  const mail = mailTo(address);
  const link = mail.text.match(/http:\/\/localhost:\d+(\/\S+)/)?.[1] ?? "";
  return { ...mail, link };
}

export type { BrowserContext };
export { inbox };
