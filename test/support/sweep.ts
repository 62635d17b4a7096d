import { eq, sql } from "drizzle-orm";
import { db } from "../../src/db/client.ts";
import { passkeys, totpSecrets } from "../../src/db/factors.ts";
import { accounts, plans, users } from "../../src/db/schema.ts";
import type { RouteLine } from "../../src/http/route-lines.ts";
import { rooms, routeLines } from "../../src/rooms.ts";
import { type Browser, browserOf } from "./browser.ts";
import { formsIn, type PageForm } from "./forms.ts";
import { fill, type Home, samplesFor } from "./samples.ts";
import { create } from "./world.ts";

/** Every route of every room, and the one of the start page: read off the routers, so a new one is swept at once. */
export const everyRoute = (): RouteLine[] => lines;

const lines: RouteLine[] = [
  { method: "GET", path: "/", guard: { kind: "open" } },
  ...(await routeLines()).filter(({ method }) => method !== "_ALL"),
];

export const pages = () => everyRoute().filter(({ method }) => method === "GET");
export const writes = () => everyRoute().filter(({ method }) => method !== "GET");
export const nameOfRoute = ({ method, path }: RouteLine) => `${method} ${path}`;

/** Whether a browser saves what it gets there. A stored file that goes out is written to the log each time (T88). */
export const isStoredFile = ({ path }: RouteLine) => /\/files\//.test(path);

/** Of these, what a browser shows: a file is saved instead. */
export const shownPages = () => pages().filter((line) => !/\.(csv|xlsx|pdf)$/.test(line.path) && !isStoredFile(line));

export { rooms };

/** An account with an owner, somebody in every state, roles, mailboxes and grants on them. */
export async function household(name: string): Promise<Home> {
  const account = await create.account({ name });
  const { user, member } = await create.colleague(account, ["owner"]);
  // Somebody else who owns it too: otherwise every sweep would end at "the last owner stays".
  await create.colleague(account, ["owner"]);
  await db.insert(plans).values({ name: "Press desk", mailboxes: 500 }).onConflictDoNothing();
  const role = await create.role(account, "mailbox", "Press desk", ["messages.read"]);
  const mailbox = await create.mailbox(account);
  const { member: reader } = await create.colleague(account, ["viewer"]);
  await create.grant(reader, { role }, mailbox);
  for (const status of ["draft", "invited", "revoked"] as const) await create.member(account, null, { status });
  return { account, user, member };
}

/** A page's answer with everything that differs from request to request taken out. */
export const settled = (html: string, ...ids: string[]): string =>
  ids
    .filter(Boolean)
    .reduce((text, id) => text.replaceAll(encodeURIComponent(id), "…").replaceAll(id, "…"), html)
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, "…");

/** One hash over every row that carries the account's id, in every table there is, and over its people. */
export async function rowsOf(accountId: string): Promise<string> {
  const tables = await db.execute<{ name: string }>(sql`
    select table_name as name from information_schema.columns
    where table_schema = 'public' and column_name = 'account_id' order by 1`);
  const parts = tables.map(
    ({ name }) => sql`select ${name}::text as at, md5(coalesce(string_agg(r::text, '|' order by r::text), '')) as hash
      from ${sql.identifier(name)} r where account_id = ${accountId}`,
  );
  parts.push(sql`select 'accounts', md5(a::text) from accounts a where id = ${accountId}`);
  parts.push(sql`select 'users', md5(coalesce(string_agg(u::text, '|' order by u.id), '')) from users u
    where id in (select user_id from members where account_id = ${accountId})`);
  const hashes = await db.execute<{ at: string; hash: string }>(sql.join(parts, sql` union all `));
  return hashes
    .map(({ at, hash }) => `${at} ${hash}`)
    .sort()
    .join("\n");
}

/** One hash over all that requests could change: every table but those that note the visit itself. */
export async function everyRow(): Promise<string> {
  const tables = await db.execute<{ name: string }>(sql`
    select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'
      and table_name not in ('sessions', 'rate_limits', 'workers') order by 1`);
  const parts = tables.map(
    ({ name }) => sql`select ${name}::text as at, md5(coalesce(string_agg(r::text, '|' order by r::text), '')) as hash
      from ${sql.identifier(name)} r`,
  );
  const hashes = await db.execute<{ at: string; hash: string }>(sql.join(parts, sql` union all `));
  const jobs = await db.execute<{ jobs: number }>(sql`select count(*)::int as jobs from graphile_worker._private_jobs`);
  return [...hashes.map(({ at, hash }) => `${at} ${hash}`).sort(), `jobs ${jobs[0]?.jobs}`].join("\n");
}

const segments = (path: string) => path.replace(/\?.*/, "").split("/").map(decodeURIComponent);
const patterns = new Map<string, string[]>();
const fits = (pattern: string, given: string[]) => {
  const wanted = patterns.get(pattern) ?? segments(pattern);
  patterns.set(pattern, wanted);
  return wanted.length === given.length && wanted.every((part, at) => part.startsWith(":") || part === given[at]);
};

/** The route that a path leads to: one without parameters goes before one with. */
export function routeTo(method: string, path: string): RouteLine | undefined {
  const given = segments(path);
  return everyRoute()
    .filter((line) => line.method === method && fits(line.path, given))
    .toSorted((a, b) => a.path.split(":").length - b.path.split(":").length)[0];
}

/** What a sweep needs: a home, its neighbour, somebody signed in at home, and the forms that the home's pages hold. */
export async function homeAndNeighbour() {
  const home = await household("Northwind");
  const neighbour = await household("Southwind");
  return { home, neighbour, browser: await browserOf(home.user, home.account), forms: await collectForms(home) };
}

/**
 * Opens every page as its rightful visitor and collects the forms that it holds, by the route that each goes to. So the
 * sweeps over writes post what a person would have posted, and not a guess.
 */
export async function collectForms(home: Home): Promise<Map<string, PageForm>> {
  const found = new Map<string, PageForm>();
  const visitors: Browser[] = [await browserOf(home.user, home.account)];
  const { Browser } = await import("./browser.ts");
  visitors.push(new Browser());
  for (const line of pages()) {
    const path = fill(line.path, await samplesFor(line.path, home));
    // Whoever has no session is sent away from what is not open.
    for (const visitor of line.guard?.kind === "open" ? visitors : visitors.slice(0, 1)) {
      const page = await visitor.get(path);
      if (page.status !== 200 || !/html/.test(page.headers["content-type"] ?? "")) continue;
      for (const form of formsIn(page.text, path)) {
        for (const action of [form.action, ...form.others]) {
          const target = form.method === "POST" && routeTo("POST", action);
          if (target && !found.has(nameOfRoute(target))) found.set(nameOfRoute(target), { ...form, action });
        }
      }
    }
  }
  return found;
}

/** What to post to a route: its form as the page holds it, with the empty fields filled in; else a bit of everything. */
export function fieldsFor(
  line: RouteLine,
  forms: Map<string, PageForm>,
  home: Home,
): Record<string, string | string[]> {
  const form = forms.get(nameOfRoute(line));
  const fields: Record<string, string | string[]> = {};
  for (const { name, value, type } of form?.fields ?? []) {
    const filled = value || likely(name, type);
    fields[name] = fields[name] === undefined ? filled : [fields[name], filled].flat();
  }
  if (!form)
    Object.assign(fields, { name: "Something", email: likely("email", "email"), role: "viewer", version: "1" });
  return { ...fields, _account: home.account.id };
}

/** The address of a route for its rightful visitor: where a page's own form leads, else with fresh samples. */
export async function ownPath(line: RouteLine, forms: Map<string, PageForm>, home: Home): Promise<string> {
  return forms.get(nameOfRoute(line))?.action ?? fill(line.path, await samplesFor(line.path, home));
}

/** How often somebody may do what they do is no matter of most sweeps. */
export const forgetLimits = () => db.execute(sql`delete from rate_limits`);

/** Whoever has a passkey is asked for it after the password: a sample of one would keep everybody out who signs in anew. */
export async function forgetFactors({ user }: Home): Promise<void> {
  for (const table of [passkeys, totpSecrets]) await db.delete(table).where(eq(table.userId, user.id));
}

/** Signs the visitor in again where a form has ended the session or led into another account, and forgets all limits. */
export async function stayIn(browser: Browser, home: Home): Promise<Browser> {
  await forgetLimits();
  const { id, email, passwordHash } = home.user;
  await db.update(users).set({ email, passwordHash, disabledAt: null }).where(eq(users.id, id));
  // A smuggled name may have renamed the account, and then been the right one to delete it.
  await db.update(accounts).set({ deletedAt: null, deletedBy: null }).where(eq(accounts.id, home.account.id));
  const seen = await browser.get("/admin/users/new");
  if (seen.status === 200 && seen.text.includes(`name="_account" value="${home.account.id}"`)) return browser;
  await db.execute(sql`update users set last_account_id = ${home.account.id} where id = ${home.user.id}`);
  await forgetFactors(home);
  return browserOf(home.user, home.account);
}

let counter = 0;
const likely = (name: string, type: string): string => {
  if (type === "email" || /email/i.test(name)) return `sweep${++counter}@elsewhere.test`;
  if (type === "password") return "correct horse battery staple";
  if (type === "checkbox" || type === "hidden" || type === "submit") return "";
  return `Some ${name} ${++counter}`;
};
