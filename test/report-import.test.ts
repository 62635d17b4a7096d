import "./support/outbox.ts";
import { eq, sql } from "drizzle-orm";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isPermission, systemRoles } from "../src/access/permissions.ts";
import { db } from "../src/db/client.ts";
import { imports, reports } from "../src/db/schema.ts";
import { releaseMails } from "../src/mail/held.ts";
import { type Browser, origin } from "./support/browser.ts";
import { foundBy } from "./support/imports.ts";
import { inbox, mailsTo, runJobs, skipWaiting } from "./support/outbox.ts";
import { readPdf } from "./support/pdf.ts";
import { build, type Standing, standingIn, type World, world } from "./support/report-worlds.ts";
import { rowsOf } from "./support/sweep.ts";
import { type Edits, edited, edits } from "./support/workbook-edits.ts";

/** By hand: REPORT_RUNS=500 (and REPORT_SEED=…) npx vitest run test/report-import.test.ts */
const runs = <Each>(few: number, examples: Each[] = []) => ({
  examples,
  numRuns: Number(process.env.REPORT_RUNS ?? few) + examples.length,
  ...(process.env.REPORT_SEED ? { seed: Number(process.env.REPORT_SEED) } : {}),
  endOnFailure: process.env.REPORT_RUNS === undefined,
});
const patience = 180_000 + Number(process.env.REPORT_RUNS ?? 0) * 10_000;
const someone = { first: "Ana", last: "Lind", local: "p", status: "active", corporate: false, known: false } as const;
const role = (nth: number) => ({ place: -1, thing: { kind: "role", nth } as const, ended: false });
/** What a report or an import has mistaken before: each stays here. */
const onceWrong: World = {
  ...{ name: "Once wrong", mailboxes: [{ name: "Sales", kind: "shared" }], personal: false },
  roles: [
    // Called like the other but for how its signs are composed; called like the id of another one, which has a comma.
    { level: "account", name: "Zoë", ended: false },
    { level: "account", name: "Zoe\u0308", ended: false },
    { level: "account", name: "Smith, Jr.", ended: false },
    { level: "account", name: 2, ended: false },
    // Deleted, while an invitation names it.
    { level: "account", name: "Gone", ended: true },
  ],
  people: [
    { ...someone, grants: [role(0), role(2)] },
    { ...someone, grants: [role(1), role(3)] },
    { ...someone, status: "invited", grants: [role(4)] },
    // Registered under other names than the invitation has.
    { ...someone, status: "invited", known: true, grants: [] },
    { ...someone, corporate: true, first: "Zoe\u0308", last: "Bo ", grants: [] },
  ],
};
const way = { byId: false, loud: false, twice: false };
const viewer = [{ kind: "system", nth: 2 } as const];
/** In the order of the report, the newest first. */
const onceUndone: Edits = {
  ...{ shuffle: 0, blanks: false },
  steps: [0, 2, 3, 4].map((who) => ({ does: "set", who, at: 0, items: viewer, way })),
};
type Home = Awaited<ReturnType<typeof build>>;

const fetched = async (browser: Browser, path: string): Promise<Buffer> => {
  const answer = await browser
    .get(path)
    .buffer(true)
    .parse((res, done) => {
      const parts: Buffer[] = [];
      res.on("data", (part) => parts.push(part));
      res.on("end", () => done(null, Buffer.concat(parts)));
    })
    .expect(200);
  return answer.body;
};

/** Orders a report as the form does, lets it be made, and fetches it. */
async function reported({ browser }: Home, fields: Record<string, string>): Promise<Buffer> {
  await db.execute(sql`delete from rate_limits`);
  const wish = { what: "all", filter: "", sheets: "all", format: "xlsx", ...fields };
  const ordered = await browser.post("/admin/reports", wish).expect(303);
  await runJobs();
  const [report] = await db
    .select()
    .from(reports)
    .where(eq(reports.id, ordered.headers.location!.split("/").at(-1)!));
  expect(report).toMatchObject({ status: "done" });
  return fetched(browser, `${ordered.headers.location}/files/1`);
}

async function uploaded({ browser, account }: Home, bytes: Buffer) {
  await db.execute(sql`delete from rate_limits`);
  const answer = await browser.agent
    .post(`/admin/imports?_account=${account.id}`)
    .redirects(0)
    .set("Origin", origin)
    .attach("file", bytes, "people.xlsx")
    .expect(303);
  await runJobs();
  const at = answer.headers.location!;
  const found = await foundBy(at.split("/").at(-1)!);
  expect({ error: found.run.error, said: found.said.filter((line) => !line.startsWith("warning")) }).toEqual({
    error: null,
    said: [],
  });
  expect(found.run.status).toBe("checked");
  return { ...found, at };
}

/** Everything of the account but what reports and imports write about themselves. */
const rest = async (accountId: string) =>
  (await rowsOf(accountId))
    .split("\n")
    .filter((line) => !/^(imports|import_\w+|reports|files|events|notifications|mails) /.test(line));

async function unchanged(wanted: World) {
  const home = await build(wanted);
  const report = await reported(home, wanted.personal ? { personal: "on" } : {});
  const before = await rest(home.account.id);
  const { run, at, said } = await uploaded(home, report);
  expect(run.counts).toMatchObject({ create: 0, update: 0, skip: 0, problems: 0 });
  expect(said).toEqual([]);
  expect((await home.browser.get(at).expect(200)).text).toContain("0 changes");
  expect(await rest(home.account.id)).toEqual(before);
}

test(
  "X5 D16 a report of any account, uploaded as it is, says 0 changes and changes nothing",
  async () => {
    await fc.assert(fc.asyncProperty(world, unchanged), runs<[World]>(5, [[onceWrong]]));
  },
  patience,
);

const norm = (text: string) => text.trim().normalize("NFC");
const heldAt = ({ held }: Standing, at: string) =>
  held
    .filter((grant) => grant.at === at && !grant.gone)
    .map(({ key }) => key)
    .sort();
const keysOf = (all: Standing["held"]) => all.map(({ at, key }) => `${at} ${key}`).sort();

/** What is expected to be different afterwards, by address: what is held at which place, and the names. */
function differences(before: Map<string, Standing>, { wanted, named }: Awaited<ReturnType<typeof edited>>["expected"]) {
  const rights: string[] = [];
  const renamed = new Map<string, { first: string; last: string }>();
  for (const [email, places] of wanted) {
    for (const [at, keys] of places) {
      const [now, then] = [[...keys].sort(), heldAt(before.get(email)!, at)];
      if (now.join() !== then.join()) rights.push(`${email} ${at}: ${then} > ${now}`);
    }
  }
  for (const [email, names] of named) {
    const { first, last, managed } = before.get(email)!;
    const next = { first: names.first || first, last: names.last || last };
    if (managed && (norm(next.first) !== norm(first) || norm(next.last) !== norm(last))) renamed.set(email, next);
  }
  const changed = new Set([...rights.map((line) => line.split(" ")[0]!), ...renamed.keys()]);
  return { rights: rights.sort(), renamed, changed };
}

async function changedAs(wanted: World, work: Edits) {
  const home = await build(wanted);
  const { account, browser, user } = home;
  const report = await reported(home, wanted.personal ? { personal: "on" } : {});
  const before = await standingIn(account.id);
  const { file, expected } = await edited(report, work, { ...home, standing: before, self: user.email });
  const { rights, renamed, changed } = differences(before, expected);
  const { run, at, people, rights: found } = await uploaded(home, file);

  // The check says exactly what was edited.
  const acts = (action: string) =>
    people
      .filter((person) => person.action === action)
      .map(({ email }) => email)
      .sort();
  expect(acts("update")).toEqual([...changed].sort());
  expect(acts("create")).toEqual([...expected.created.keys()].sort());
  expect(run.counts).toMatchObject({ create: expected.created.size, update: changed.size, skip: 0, problems: 0 });
  const byPosition = new Map(people.map((person) => [person.position, person]));
  const listed = found
    .filter((each) => each.changed && byPosition.get(each.position)!.action !== "create")
    .map(
      (each) =>
        `${byPosition.get(each.position)!.email} ${each.mailboxId ?? ""}: ${each.before!.toSorted()} > ${each.items.toSorted()}`,
    );
  expect(listed.sort()).toEqual(rights);
  if (changed.size + expected.created.size === 0) return;

  inbox.mails.length = 0;
  await start(browser, at);
  const after = await standingIn(account.id);
  const [made] = await db.select().from(imports).where(eq(imports.id, run.id));
  expect(made).toMatchObject({
    status: "done",
    results: { create: expected.created.size, update: changed.size, skip: 0 },
  });

  for (const [email, then] of before) {
    const now = after.get(email)!;
    if (!changed.has(email)) {
      expect(now).toEqual(then);
      continue;
    }
    const next = renamed.get(email) ?? then;
    expect([email, now.first, now.last]).toEqual([email, next.first, next.last]);
    const places = expected.wanted.get(email) ?? new Map<string, Set<string>>();
    const kept = then.held.filter(
      (grant) => grant.gone || !places.has(grant.at) || places.get(grant.at)!.has(grant.key),
    );
    expect(now.held, "what stays is not written again").toEqual(expect.arrayContaining(kept));
    const want = new Set(kept.map((grant) => `${grant.at} ${grant.key}`));
    for (const [place, keys] of places) for (const key of keys) want.add(`${place} ${key}`);
    expect([email, keysOf(now.held)]).toEqual([email, [...want].sort()]);
  }
  expect(after.size).toBe(before.size + expected.created.size);
  for (const [email, { first, last, personal, held }] of expected.created) {
    const now = after.get(email)!;
    expect(now).toMatchObject({ status: "waiting", managed: true, first, last });
    const own = await db.execute<{ id: string }>(sql`select id from mailboxes where address = ${email}`);
    expect(own).toHaveLength(personal ? 1 : 0);
    const asked = [...held].flatMap(([place, keys]) => [...keys].map((key) => `${place} ${key}`));
    expect(keysOf(now.held)).toEqual([...asked, ...own.map(({ id }) => `${id} mailbox_owner`)].sort());
  }
  await releaseMails();
  await skipWaiting();
  await runJobs();
  for (const email of expected.created.keys()) expect(mailsTo(email), email).toHaveLength(1);

  // What was before, uploaded, gives it back.
  if (changed.size === 0) return;
  const back = await uploaded(home, await fetched(browser, `${at}/files/before`));
  const undone = [...changed].filter((email) => rights.some((line) => line.startsWith(`${email} `)) || hadNames(email));
  function hadNames(email: string) {
    const [then, next] = [before.get(email)!, renamed.get(email)!];
    return (
      [norm(then.first), norm(then.last)].join() !== [norm(next.first), norm(next.last)].join() &&
      (then.last || next.first !== then.first)
    );
  }
  expect(
    back.people
      .filter(({ action }) => action === "update")
      .map(({ email }) => email)
      .sort(),
  ).toEqual(undone.sort());
  await start(browser, back.at);
  const again = await standingIn(account.id);
  for (const [email, then] of before) {
    const now = again.get(email)!;
    expect([email, keysOf(now.held)]).toEqual([email, keysOf(then.held)]);
    if (renamed.has(email))
      expect([norm(now.first), norm(now.last)]).toEqual([norm(then.first), norm(then.last || now.last)]);
  }
  for (const email of expected.created.keys()) expect(again.get(email)).toEqual(after.get(email));
}

async function start(browser: Browser, at: string) {
  const page = (await browser.get(at).expect(200)).text;
  const field = (name: string) => page.match(new RegExp(`name="${name}" value="(\\d+)"`))?.[1] ?? "";
  await browser.post(`${at}/start`, { create: field("create"), update: field("update") }).expect(303);
  await runJobs();
}

test(
  "X5 D1 random edits of a report are listed, applied and undone, exactly they",
  async () => {
    await fc.assert(fc.asyncProperty(world, edits, changedAs), runs<[World, Edits]>(4, [[onceWrong, onceUndone]]));
  },
  patience,
);

/** RFC 4180, every cell quoted; what would begin as a formula has a quote before it (T71). */
const linesOf = (csv: string) =>
  csv
    .split("\r\n")
    .slice(1, -1)
    .map((line) => [...line.matchAll(/"((?:[^"]|"")*)"/g)].map(([, cell]) => cell!.replaceAll('""', '"')));
const unquoted = (cell: string) => cell.replace(/^'(?=\s*[=+\-@\t\r\n＝＋－＠])/, "");
const bare = (text: string) => text.normalize("NFC").replace(/\s/g, "");

async function sameInAll(wanted: World) {
  const home = await build(wanted);
  const csv = linesOf((await reported(home, { format: "csv" })).toString());
  const pdf = await readPdf(await reported(home, { format: "pdf" }));
  const listed = [...(await standingIn(home.account.id)).values()].filter(({ status }) => status !== "removed");
  const rolesOf = ({ held }: Standing) =>
    held
      .filter(({ at, key }) => at === "" && !isPermission(key))
      .map(({ key, role }) => role ?? systemRoles[key as "owner"].title)
      .sort();
  expect(
    csv.map((cells) => [unquoted(cells[2]!), unquoted(cells[5]!).split("; ").filter(Boolean).sort()]).sort(),
  ).toEqual(listed.map((one) => [one.email, rolesOf(one)]).sort());

  // In the order of the file: whatever follows an address up to the next one is about that person.
  const text = bare(pdf.pages.slice(1).join(""));
  const places = csv.map((cells) => text.indexOf(unquoted(cells[2]!)));
  expect(places).toEqual(places.filter((at) => at >= 0).toSorted((a, b) => a - b));
  for (const [n, cells] of csv.entries()) {
    const about = text.slice(places[n], places[n + 1]);
    const roles = rolesOf(listed.find(({ email }) => email === unquoted(cells[2]!))!);
    // A row has room for two short names; the fonts of another library put some signs elsewhere.
    const plain = roles.filter(
      (role) => /^[\p{Script=Latin}\p{Script=Han}\d ]{1,12}$/u.test(role) && role === role.normalize("NFKC"),
    );
    if (roles.length < 3 && plain.length === roles.length)
      for (const role of roles) expect([cells[2], about]).toEqual([cells[2], expect.stringContaining(bare(role))]);
  }
}

test(
  "A69 the CSV and the PDF of any account hold the same people with the same roles",
  async () => {
    await fc.assert(fc.asyncProperty(world, sameInAll), runs<[World]>(2, [[onceWrong]]));
  },
  patience,
);
