import { beforeAll, describe, expect, test } from "vitest";
import { type Browser, browserOf } from "./support/browser.ts";
import { hostile, nameEverything } from "./support/hostile.ts";
import { inbox, runJobs } from "./support/outbox.ts";
import { fill, type Home, samplesFor } from "./support/samples.ts";
import { collectForms, fieldsFor, household, nameOfRoute, pages, stayIn, writes } from "./support/sweep.ts";

let home: Home;
let browser: Browser;

beforeAll(async () => {
  home = await household(hostile);
  browser = await browserOf(home.user, home.account);
});

/** Where the name got through as more than text. */
function breaches(html: string): string[] {
  const found = [];
  if (/<img[^>]*onerror/i.test(html)) found.push("an image with a handler");
  if (/<script>alert/i.test(html)) found.push("a script");
  if (/<div hx-get="\/evil/i.test(html)) found.push("an htmx attribute");
  if (html.includes("<%")) found.push("a template tag");
  if (html.includes("41897569")) found.push("a template was run");
  if (/=[^"'>\s]*<img|"[^">]*"'>/.test(html)) found.push("a quote ends an attribute");
  return found;
}

describe("T63 T65 a name is only ever text", () => {
  test("T63 T65 on every page, whole and as a fragment", async () => {
    let shown = 0;
    for (const line of pages()) {
      const path = fill(line.path, await samplesFor(line.path, home));
      await nameEverything();
      for (const htmx of [{}, { "HX-Request": "true" }]) {
        const answer = await browser.get(path).set(htmx);
        // A file holds what it is called as it is: a browser saves it, and would run nothing of it.
        if (answer.headers["content-disposition"]) {
          expect(answer.headers["content-security-policy"], `GET ${path}`).toBe("sandbox; frame-ancestors 'none'");
          continue;
        }
        expect(breaches(answer.text ?? ""), `GET ${path}`).toEqual([]);
        if (answer.text?.includes("&lt;img src=x onerror")) shown++;
      }
    }
    expect(shown).toBeGreaterThan(10);
  }, 60_000);

  test("T63 T65 in what comes back from every form, and in the message after it", async () => {
    const forms = await collectForms(home);
    for (const line of writes()) {
      const path = fill(line.path, await samplesFor(line.path, home));
      await nameEverything();
      const fields = fieldsFor(line, forms, home);
      const asIs = await browser.post(path, fields);
      const typed = Object.entries(fields).map(([name, value]) => [name, name === "_account" ? value : hostile]);
      const answer = await browser.post(path, Object.fromEntries(typed));
      for (const { text, headers } of [asIs, answer]) {
        // What is packed may hold any bytes.
        if (headers["content-type"] !== "application/zip") expect(breaches(text ?? ""), nameOfRoute(line)).toEqual([]);
        expect(headers.location ?? "", nameOfRoute(line)).not.toMatch(/[<>"]/);
        if (headers.location?.startsWith("/"))
          expect(breaches((await browser.get(headers.location)).text ?? ""), nameOfRoute(line)).toEqual([]);
      }
      browser = await stayIn(browser, home);
    }
  }, 120_000);

  test("T13 T63 T68 in every mail that this has caused: no link, no markup, no second header", async () => {
    await nameEverything();
    await runJobs();
    for (const mail of inbox.mails.filter(({ raw }) => raw)) {
      expect(breaches(mail.html), mail.subject).toEqual([]);
      expect(
        mail.raw
          .match(/^(To|From|Subject|Bcc|Cc):/gim)
          ?.map((name) => name.toLowerCase())
          .sort(),
      ).toEqual(["from:", "subject:", "to:"]);
      const links = [...mail.html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href!);
      for (const href of links) expect(href.startsWith(process.env.BASE_URL!), href).toBe(true);
    }
    console.log(
      `${inbox.mails.length} mails with hostile names: ${[...new Set(inbox.mails.map(({ subject }) => subject.slice(0, 30)))].join(" · ")}`,
    );
  }, 60_000);
});
