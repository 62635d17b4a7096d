import { eq, sql } from "drizzle-orm";
import { beforeAll, describe, expect, test } from "vitest";
import { config } from "../src/config.ts";
import { db } from "../src/db/client.ts";
import { users } from "../src/db/schema.ts";
import { inLanguage, localeNames } from "../src/i18n/t.ts";
import { regions } from "../src/instance/regions.ts";
import { Browser, browserOf } from "./support/browser.ts";
import { inbox, runJobs } from "./support/outbox.ts";
import { mirrorGerman, untranslated, wordsOf } from "./support/pseudo.ts";
import { fill, type Home, samplesFor } from "./support/samples.ts";
import {
  collectForms,
  everyRoute,
  fieldsFor,
  forgetFactors,
  household,
  nameOfRoute,
  pages,
  stayIn,
  writes,
} from "./support/sweep.ts";

/** No screen and no mail holds text that does not come from the catalogue. Swept over every route. */
let home: Home;
const zones = Intl.supportedValuesOf("timeZone").map((zone) => zone.replaceAll("_", " "));
/** The runtime knows the names of countries in every language. */
const countries = inLanguage({ locale: "de" }, () => regions().map(([, name]) => name));
const data = [
  ...zones.toSorted((a, b) => b.length - a.length),
  ...countries.toSorted((a, b) => b.length - a.length),
  ...Object.values(localeNames),
  "UTC",
  "Press desk",
  "Hello",
  config.MAIL_DOMAIN,
];

beforeAll(async () => {
  home = await household("Nordwind");
  await db.update(users).set({ locale: "de" });
  await db.execute(sql`alter table users alter column locale set default 'de'`);
  mirrorGerman();
});

/** What stands on the page untranslated, by where it stands. */
const strayWords = (html: string): string[] => [
  ...new Set(
    wordsOf(html)
      .map((text) => untranslated(text, known))
      .filter(Boolean),
  ),
];

/** Names that the builders make up (`Person No 3`, `Account 2`), and what the sweep types into fields. */
const known = [...data, "Nordwind"];
const made =
  /\b(domain\d+\.test|Person|No \d+|Account \d+|Mailbox \d+|Desk [0-9a-f]{8}|Some \S+ \d+|Something|PN|AC|NO|MA|SO|DE)\b/g;
const strays = (html: string) => strayWords(html.replace(made, "").replace(/(class="avatar[^>]*>)[^<]*/g, "$1"));

describe("everything is translated", () => {
  test("on every page, for an owner and for a stranger", async () => {
    const found: string[] = [];
    const owner = await browserOf(home.user, home.account);
    const stranger = new Browser();
    stranger.agent.set("Accept-Language", "de");
    for (const visitor of [owner, stranger]) {
      for (const line of pages()) {
        const answer = await visitor.get(fill(line.path, await samplesFor(line.path, home)));
        if (!/html/.test(answer.headers["content-type"] ?? "") || answer.status === 303) continue;
        found.push(...strays(answer.text).map((text) => `${line.path}: ${text}`));
      }
    }
    expect([...new Set(found)]).toEqual([]);
  }, 60_000);

  test("in every answer to a form, filled in or empty, and on the page after it", async () => {
    const found: string[] = [];
    let owner = await browserOf(home.user, home.account);
    owner.agent.set("Accept-Language", "de");
    const forms = await collectForms(home);
    for (const line of writes()) {
      for (const fields of [fieldsFor(line, forms, home), { _account: home.account.id }, { _account: "" }]) {
        const path = fill(line.path, await samplesFor(line.path, home));
        const answer = await owner.post(path, fields);
        if (answer.headers["content-type"]?.includes("html") && answer.status !== 303)
          found.push(...strays(answer.text).map((text) => `${nameOfRoute(line)} ${answer.status}: ${text}`));
        const next = answer.headers.location;
        const after = next?.startsWith("/") ? await owner.get(next) : undefined;
        if (after?.status === 200)
          found.push(...strays(after.text).map((text) => `${nameOfRoute(line)} → ${next}: ${text}`));
        await db.update(users).set({ locale: "de" }).where(eq(users.id, home.user.id));
        owner = await stayIn(owner, home);
        owner.agent.set("Accept-Language", "de");
      }
    }
    expect([...new Set(found)]).toEqual([]);
  }, 120_000);

  test("in errors", async () => {
    await forgetFactors(home);
    const visitor = await browserOf(home.user, home.account);
    for (const path of ["/nothing/here", "/sign-in?a[b]=c", "/%"]) {
      expect(strays((await visitor.get(path)).text), path).toEqual([]);
    }
    const other = await visitor.agent.post("/sign-out").set("Origin", "https://evil.test").set("Accept-Language", "de");
    expect(strays(other.text)).toEqual([]);
  });

  test("in every mail that all this has caused", async () => {
    await runJobs();
    const found = inbox.mails
      .filter((mail) => mail.subject.includes("⟦"))
      .flatMap((mail) => [
        ...strays(mail.html).map((text) => `${mail.subject}: ${text}`),
        ...mail.text
          .split("\n")
          .map((text) => untranslated(text.replace(made, ""), known))
          .filter(Boolean)
          .map((text) => `${mail.subject}: ${text}`),
        ...(untranslated(mail.subject.replace(made, ""), known) ? [`subject: ${mail.subject}`] : []),
      ]);
    console.log(
      `${inbox.mails.length} mails read: ${[...new Set(inbox.mails.map(({ subject }) => subject))].join(" · ")}`,
    );
    expect([...new Set(found)]).toEqual([]);
  }, 60_000);

  test("is asked of every route", () => expect(everyRoute().length).toBeGreaterThan(10));
});
