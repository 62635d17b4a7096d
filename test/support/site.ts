import { createServer } from "node:http";
import { type Browser, chromium, type Page } from "playwright-core";
import { expect, inject, test } from "vitest";
import { axe } from "./axe.ts";
import { inbox } from "./outbox.ts";
import { Visitor } from "./visitor.ts";

let opened: Promise<Browser> | undefined;

/** The real application on the port that BASE_URL names, and one browser, for all files that this process runs. */
async function open(): Promise<Browser> {
  const { createApp } = await import("../../src/app.ts");
  const app = createApp();
  const server = createServer((req, res) => {
    if (req.url !== axe.path) return void app(req, res);
    res
      .writeHead(200, { "Content-Type": "text/javascript", "Cache-Control": "max-age=86400, immutable" })
      .end(axe.script);
  });
  await new Promise<void>((resolve) => server.listen(Number(process.env.PORT), resolve));
  server.unref();
  return chromium.launch({
    executablePath: inject("chromiumPath"),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--in-process-gpu",
      // On two cores threads of its own that compile and collect cost each page a seventh; and what an optimising compiler
      // makes of a script for one page is thrown away with the page, which was a sixth of a look.
      "--js-flags=--single-threaded,--no-turbofan,--no-maglev",
      "--font-render-hinting=none",
      "--disable-dev-shm-usage",
    ],
  });
}

/** The browser of this process, for what wants a window of another kind. */
export const theBrowser = (): Promise<Browser> => (opened ??= open());

export interface VisitorOptions {
  scripting?: boolean;
  width?: number;
  locale?: string;
}

/** Windows that a story has left, by the options they were opened with. */
const left = new Map<string, Page[]>();

/**
 * Somebody with a browser of their own: own cookies, own window. A window that an earlier story has left is taken first: a
 * new one costs a process, which has to read every script and style sheet anew.
 */
export async function newVisitor({
  scripting = true,
  width = 1280,
  locale = "en-GB",
}: VisitorOptions = {}): Promise<Visitor> {
  const page = left.get(`${scripting} ${width} ${locale}`)?.pop();
  if (page) return new Visitor(page, scripting);
  const context = await (await theBrowser()).newContext({
    javaScriptEnabled: scripting,
    viewport: { width, height: width < 500 ? 844 : 860 },
    locale,
    reducedMotion: "reduce",
    permissions: ["clipboard-read", "clipboard-write"],
  });
  context.setDefaultTimeout(10_000);
  return new Visitor(await context.newPage(), scripting);
}

/** Leaves the window to the next one who comes, as empty as a new one: our pages keep nothing but cookies. */
async function leave({ page, scripting }: Visitor, { width = 1280, locale = "en-GB" }: VisitorOptions): Promise<void> {
  const context = page.context();
  if (context.pages().length > 1 || page.isClosed()) return context.close();
  page.removeAllListeners();
  await context.clearCookies();
  // A page of the same site: for any other one, an empty one too, the window would get a new process.
  await page.goto(`${process.env.BASE_URL}/healthz`);
  const key = `${scripting} ${width} ${locale}`;
  left.set(key, [...(left.get(key) ?? []), page]);
}

export interface Stage {
  scripting: boolean;
  /** Opens another browser, with JavaScript as this run of the story has it. */
  visitor: (options?: Omit<VisitorOptions, "scripting">) => Promise<Visitor>;
  /** For what this machine cannot show: says so aloud. */
  skip: (why: string) => void;
}

/** X13: everything in a browser happens twice, with JavaScript on and off. */
export const bothModes = [
  { scripting: true, mode: "JavaScript on" },
  { scripting: false, mode: "JavaScript off" },
] as const;

/** Tells a story twice, with JavaScript on and off. It must not care which. */
export function story(name: string, tell: (stage: Stage) => Promise<void>, timeout = 60_000) {
  for (const { scripting, mode } of bothModes) {
    test(
      `${name} (${mode})`,
      async ({ skip }) => {
        const opened: [Visitor, VisitorOptions][] = [];
        const visitor: Stage["visitor"] = async (options = {}) => {
          const one = await newVisitor({ ...options, scripting });
          opened.push([one, options]);
          return one;
        };
        let ended = false;
        try {
          await tell({ scripting, visitor, skip });
          for (const [one] of opened) expect(one.problems).toEqual([]);
          ended = true;
        } finally {
          // What went wrong may stand in the middle of anything.
          for (const [one, options] of opened) await (ended ? leave(one, options) : one.page.context().close());
        }
      },
      timeout,
    );
  }
}

export { inbox };
