import { sql } from "drizzle-orm";
import { db } from "../../src/db/client.ts";
import { rateLimits } from "../../src/db/schema.ts";
import type { Browser } from "./browser.ts";
import { linkIn, mailTo, runJobs } from "./outbox.ts";
import { eventsOf, type Member, password, reloadMember } from "./world.ts";

let counter = 0;

/** An address that nobody has used yet. */
export const someone = () => `guest${++counter}@invited.test`;

/** Makes the pause between two mails to an address over. */
export const pauseOver = () => db.delete(rateLimits).where(sql`key like 'invite-pause:%'`);

/** A draft, made as the page makes it. */
export async function draft(browser: Browser, email = someone(), more: Record<string, string> = {}): Promise<Member> {
  const answer = await browser.post("/admin/users/new", { email, ...more }).expect(303);
  return reloadMember(answer.headers.location!.split("/")[3]!);
}

/** An invitation that was sent; its mail waits for `runJobs`. */
export async function invite(browser: Browser, email = someone(), more: Record<string, string> = {}): Promise<Member> {
  const { id } = await draft(browser, email, more);
  await browser.post(`/admin/users/${id}/invitation`).expect(303);
  return reloadMember(id);
}

/** The link in the newest mail to somebody, after the jobs ran. */
export async function mailedLink(email: string): Promise<string> {
  await runJobs();
  return linkIn(mailTo(email));
}

/** What the log of an account says, without its people coming and going. */
export const stepsOf = async (accountId: string) =>
  (await eventsOf(accountId)).filter((name) => !name.startsWith("user."));

/** What somebody new fills in. */
export const profile = { firstName: "Ana", lastName: "Lind", password, locale: "en", timeZone: "Europe/Berlin" };

/** Opens a page behind a link and posts a form on it as a browser does: with the token that the page carries, no Origin. */
export async function postFrom(browser: Browser, page: string, path: string, fields: Record<string, string> = {}) {
  const { text } = await browser.get(page).expect(200);
  const csrf = text.match(/name="_csrf" value="([^"]+)"/)?.[1] ?? "";
  return browser.agent
    .post(path)
    .redirects(0)
    .set("Origin", "null")
    .type("form")
    .send({ _csrf: csrf, ...fields });
}
