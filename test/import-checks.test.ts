import "./support/outbox.ts";
import { eq, sql } from "drizzle-orm";
import { beforeEach, describe, expect, test } from "vitest";
import { actorOf, loadVisitor } from "../src/access/load-actor.ts";
import { db } from "../src/db/client.ts";
import { fileChunks, grants, imports, members, users } from "../src/db/schema.ts";
import { checkImport } from "../src/import-checks/check.ts";
import { takeUp } from "../src/import-checks/take-up.ts";
import { refusedRights } from "../src/import-rights/refused.ts";
import { admin, browserOf } from "./support/browser.ts";
import { checked, foundBy, uploaded } from "./support/imports.ts";
import { inbox, runJobs, skipWaiting } from "./support/outbox.ts";
import { type Account, create, grantsOf, type User } from "./support/world.ts";

let counter = 0;

/** An account with an active domain, and somebody signed in who may import. */
async function company(...held: Parameters<typeof admin>) {
  const visitor = await admin(...(held.length ? held : (["owner"] as typeof held)));
  const name = `firm${++counter}.example`;
  const domain = await create.domain(visitor.account, {
    name,
    status: "active",
    verifiedAt: new Date(),
    activatedAt: new Date(),
  });
  return { ...visitor, domain, name, at: (local: string) => `${local}@${name}` };
}

/** A member who is here to stay, whose profile the account manages. */
async function corporate({ account, at }: Pick<Awaited<ReturnType<typeof company>>, "account" | "at">, local: string) {
  const user = await create.user({
    email: at(local),
    firstName: "Cora",
    lastName: "Corp",
    corporateAccountId: account.id,
  });
  const member = await create.member(account, user, { corporate: true });
  return { user, member };
}

const countUsers = async () => (await db.execute<{ n: number }>(sql`select count(*)::int as n from users`))[0]!.n;

beforeEach(async () => {
  inbox.mails.length = 0;
  await db.execute(sql`delete from graphile_worker._private_jobs`);
});

describe("the check of a workbook", () => {
  test("A63 A65 A67 finds who is to be created with which rights, and writes nothing else", async () => {
    const { account, user, at } = await company();
    const box = await create.mailbox(account);
    const role = await create.role(account, "account", "Front desk", ["users.view"]);
    const before = await countUsers();
    const { run, people, rights, said } = await checked(account, user, {
      users: [
        ["Ana", "Lopez", ` ${at("Ana").toUpperCase()} `, "Y"],
        ["Bo", "Berg", at("bo"), "N"],
        ["Cy", "Cole", at("cy"), null],
      ],
      account: {
        id: account.id,
        rows: [
          [at("ana"), "front DESK, Viewer", "users.add"],
          [at("bo"), role.id, null],
        ],
      },
      mailboxes: [{ id: box.id, rows: [[at("ana"), "Mailbox reader, mailbox_editor", "members.grant"]] }],
    });
    expect(said).toEqual(["warning without_rights Users!C4"]);
    expect(run).toMatchObject({ status: "checked", done: 6, total: 6 });
    expect(run.counts).toEqual({ create: 3, update: 0, same: 0, skip: 0, warnings: 1, problems: 0 });
    expect(people.map(({ email, row, action, personalMailbox }) => [email, row, action, personalMailbox])).toEqual([
      [at("ana"), 2, "create", true],
      [at("bo"), 3, "create", false],
      [at("cy"), 4, "create", false],
    ]);
    expect(
      rights.map(({ position, mailboxId, items, before, changed }) => [position, mailboxId, items, before, changed]),
    ).toEqual([
      [1, null, [role.id, "users.add", "viewer"].sort(), null, true],
      [1, box.id, ["mailbox_editor", "mailbox_reader", "members.grant"], null, true],
      [2, null, [role.id], null, true],
    ]);
    expect(await countUsers()).toBe(before);
    expect(inbox.mails).toEqual([]);
  });

  test("A64 T83 one address outside the active domains among many fails the whole file, with its own reason", async () => {
    const { account, user, at } = await company();
    const states = {
      verified: { status: "verified" as const, verifiedAt: new Date() },
      off: { status: "verified" as const, verifiedAt: new Date(), activatedAt: new Date(), deactivatedAt: new Date() },
      gone: { status: "suspended" as const, statusBefore: "active" as const, activatedAt: new Date() },
      open: { status: "unverified" as const },
    };
    const made = await Promise.all(Object.values(states).map((values) => create.domain(account, values)));
    const neighbour = await company();
    const many = Array.from({ length: 200 }, (_, n) => ["P", `N${n}`, at(`many${n}`), ""]);
    const rows = [
      ...many,
      ...made.map(({ name }) => ["P", "Q", `x@${name}`, ""]),
      ["P", "Q", neighbour.at("x"), ""],
      ["P", "Q", `x@sub.${account.id.slice(-8)}.example`, ""],
    ];
    const { run, said, problems } = await checked(account, user, { users: rows });
    const codes = ["domain_not_active", "domain_deactivated", "domain_suspended", "domain_not_verified"];
    expect(said.filter((line) => line.startsWith("file"))).toEqual(
      [...codes, "domain_foreign", "domain_foreign"].map((code, n) => `file ${code} Users!C${202 + n}`),
    );
    expect(run).toMatchObject({ status: "refused", counts: { problems: 6 } });
    expect(problems.find(({ code }) => code === "domain_suspended")).toMatchObject({
      value: `x@${made[2]!.name}`,
      values: { domain: made[2]!.name },
    });
    expect(
      await db
        .select()
        .from(users)
        .where(eq(users.email, at("many1"))),
    ).toEqual([]);
  });

  test("A66 A68 an address that is malformed or not on Users is left out and named; the others are created", async () => {
    const { account, user, at } = await company();
    const box = await create.mailbox(account);
    const { run, said, people, rights, problems } = await checked(account, user, {
      users: [["Ana", "Lopez", at("ana"), ""]],
      account: {
        id: account.id,
        rows: [
          [at("ana"), "Viewer", ""],
          ["not an address", "Viewer", ""],
          [at("stranger"), "", ""],
        ],
      },
      mailboxes: [
        {
          id: box.id,
          rows: [
            [at("stranger"), "Mailbox reader", ""],
            ["", "Mailbox reader", ""],
          ],
        },
      ],
    });
    expect(said).toEqual([
      "address address_malformed Account!A4",
      "address not_on_users Account!A5",
      "address not_on_users Mailbox!A3",
      "address address_missing Mailbox!A4",
    ]);
    expect(problems[0]).toMatchObject({ value: "not an address" });
    expect(run).toMatchObject({ status: "checked", counts: { create: 1, skip: 1, problems: 4 } });
    expect(people.map(({ email, action, reason }) => [email, action, reason])).toEqual([
      [at("ana"), "create", null],
      [at("stranger"), "skip", "not_on_users"],
    ]);
    expect(rights).toHaveLength(1);
  });

  test("D1 names and addresses: missing, malformed, twice, in use", async () => {
    const { account, user, at } = await company();
    await create.user({ email: at("profile") });
    await create.mailbox(await create.account(), { address: at("box") });
    await create.mailbox(account, { address: at("mine") });
    const { run, said } = await checked(account, user, {
      users: [
        ["", "Lopez", at("first"), ""],
        ["Ana", " ", at("last"), ""],
        ["Ana", "Lopez", "", ""],
        ["Ana", "Lopez", "ana@@x", ""],
        ["Ana", "Lopez", at("twice"), ""],
        ["Ana", "Lopez", at("TWICE"), ""],
        ["Ana", "Lopez", at("profile"), ""],
        ["Ana", "Lopez", at("box"), "Y"],
        ["Ana", "Lopez", at("mine"), "y"],
        ["Ana\u202e", "Lopez", at("arrow"), "maybe"],
        ["x".repeat(101), "Lopez", at("long"), ""],
      ],
      account: {
        id: account.id,
        rows: [
          [at("first"), "", ""],
          [at("first"), "Viewer", ""],
        ],
      },
    });
    expect(said.filter((line) => !line.startsWith("warning"))).toEqual([
      "file first_name_missing Users!A2",
      "file last_name_missing Users!B3",
      "file address_missing Users!C4",
      "file address_malformed Users!C5",
      "file address_twice Users!C7",
      "file address_in_use Users!C8",
      "file mailbox_address_taken Users!D9",
      "file mailbox_address_taken Users!D10",
      "file name_unreadable Users!A11",
      "file personal_mailbox_value Users!D11",
      "file name_too_long Users!A12",
      "file address_twice Account!A4",
    ]);
    expect(run.status).toBe("refused");
  });

  test("T15 look-alikes are no addresses, whichever sheet they stand on", async () => {
    const { account, user, name } = await company();
    const odd = [`admiN\u212a@${name}`, `\u0131@${name}`, `\uff41dmin@${name}`, `o\ufb03ce@${name}`, `"a b"@${name}`];
    const { said } = await checked(account, user, {
      users: odd.map((address) => ["A", "B", address, ""]),
      account: { id: account.id, rows: odd.map((address) => [address, "Viewer", ""]) },
    });
    expect(said).toEqual([
      ...odd.map((_, n) => `file address_malformed Users!C${n + 2}`),
      ...odd.map((_, n) => `address address_malformed Account!A${n + 3}`),
    ]);
  });

  test("T86 says the same of an address in use here or elsewhere, and nothing of one outside the own domains", async () => {
    const { account, user, at } = await company();
    const neighbour = await company();
    await create.user({ email: at("elsewhere"), corporateAccountId: neighbour.account.id });
    const removed = await corporate({ account, at }, "removed");
    await db.update(members).set({ status: "removed" }).where(eq(members.id, removed.member.id));
    await create.user({ email: neighbour.at("there") });
    const { problems } = await checked(account, user, {
      users: [at("elsewhere"), at("removed"), neighbour.at("there"), neighbour.at("nobody")].map((email) => [
        "A",
        "B",
        email,
        "",
      ]),
      account: { id: account.id, rows: [] },
    });
    const words = problems.filter(({ tier }) => tier === "file").map(({ code, values }) => [code, values]);
    expect(words).toEqual([
      ["address_in_use", {}],
      ["address_in_use", {}],
      ["domain_foreign", { domain: neighbour.name }],
      ["domain_foreign", { domain: neighbour.name }],
    ]);
  });
});

const actorFor = async (account: Account, user: User) => actorOf((await loadVisitor(user.id, account.id))!, {})!;

describe("rights in a workbook", () => {
  test("D1 T50 T85 unknown, foreign and misplaced roles, permissions and mailboxes fail the file in the same words", async () => {
    const { account, user, at } = await company();
    const neighbour = await company();
    const theirs = await create.role(neighbour.account, "account", "Theirs", ["users.view"]);
    const ended = await create.role(account, "account", "Ended", ["users.view"]);
    await db.execute(sql`update roles set ended_at = now() where id = ${ended.id}`);
    const [box, foreign, archived] = [
      await create.mailbox(account),
      await create.mailbox(neighbour.account),
      await create.mailbox(account, { archivedAt: new Date() }),
    ];
    const nothing = crypto.randomUUID();
    const { said, problems, run } = await checked(account, user, {
      users: [["Ana", "Lopez", at("ana"), ""]],
      account: {
        id: account.id,
        rows: [
          [at("ana"), "Viewer, Nonsense", "users.fly"],
          [at("bo"), `${theirs.id}, Theirs`, ""],
          [at("cy"), "Ended", "messages.read"],
          [at("di"), "Mailbox reader", ""],
        ],
      },
      mailboxes: [
        { id: box.id, name: "Own", rows: [[at("ana"), "Viewer", "users.add"]] },
        { id: foreign.id, name: "Foreign", rows: [] },
        { id: nothing, name: "Nothing", rows: [[at("ana"), "Mailbox reader", ""]] },
        { id: archived.id, name: "Archived", rows: [[at("ana"), "Mailbox reader", ""]] },
      ],
    });
    expect(said.filter((line) => line.startsWith("file"))).toEqual([
      "file role_unknown Account!B3",
      "file permission_unknown Account!C3",
      "file role_unknown Account!B4",
      "file role_unknown Account!B4",
      "file role_unknown Account!B5",
      "file role_wrong_level Account!B6",
      "file role_wrong_level Own!B3",
      "file permission_wrong_level Own!C3",
      "file mailbox_unknown Foreign!A1",
      "file mailbox_unknown Nothing!A1",
      "file mailbox_archived Archived!A1",
    ]);
    expect(problems[0]).toMatchObject({ value: "Viewer, Nonsense", values: { item: "Nonsense" } });
    expect(run.status).toBe("refused");
  });

  test("T51 T85 what the uploader does not hold can neither be given nor taken", async () => {
    const { account, user, at } = await company("admin");
    const { member } = await corporate({ account, at }, "boss");
    await create.grant(member, { systemRole: "owner" });
    const second = await create.colleague(account, ["owner"]);
    expect(second).toBeDefined();
    const { said, problems } = await checked(account, user, {
      users: [["Ana", "Lopez", at("ana"), ""]],
      account: {
        id: account.id,
        rows: [
          [at("ana"), "Owner, Viewer", ""],
          [at("boss"), "Viewer", ""],
        ],
      },
    });
    expect(said).toEqual([
      "file right_not_held Account!B3",
      "file stronger Account!A4",
      "file right_not_held_taken Account!B4",
    ]);
    expect(problems[0]).toMatchObject({
      values: { item: "Owner", permission: "account.delete" },
      value: "Owner, Viewer",
    });
  });

  test("T54 names of somebody who holds more are not changed; an unchanged row of theirs is fine", async () => {
    const { account, user, at } = await company("admin");
    const { member } = await corporate({ account, at }, "boss");
    await create.grant(member, { systemRole: "owner" });
    const book = (name: string) => ({
      users: [[name, "Corp", at("boss"), ""]],
      account: { id: account.id, rows: [[at("boss"), "Owner", ""]] },
    });
    expect((await checked(account, user, book("Cora"))).run).toMatchObject({
      status: "checked",
      counts: { same: 1, update: 0 },
    });
    expect((await checked(account, user, book("Cindy"))).said).toEqual(["file stronger Users!C2"]);
  });

  test("T55 T85 own row: taken as on the pages, and the last owner stays one", async () => {
    const { account, user, at } = await company();
    const own = (roles: string) => ({ users: [], account: { id: account.id, rows: [[user.email, roles, ""]] } });
    expect((await checked(account, user, own("Admin"))).said).toEqual(["file last_owner Account!B3"]);
    const second = await corporate({ account, at }, "second");
    const both = {
      users: [],
      account: {
        id: account.id,
        rows: [
          [user.email, "Admin", ""],
          [at("second"), "Owner", ""],
        ],
      },
    };
    expect((await checked(account, user, both)).run).toMatchObject({ status: "checked", counts: { update: 2 } });
    await create.grant(second.member, { systemRole: "owner" });
    expect((await checked(account, user, own("Admin"))).run.status).toBe("checked");
    await db.update(users).set({ disabledAt: new Date() }).where(eq(users.id, second.user.id));
    expect((await checked(account, user, own(""))).said).toEqual(["file last_owner Account!B3"]);
  });

  test("T85 who may import, but neither create nor edit users, is told so", async () => {
    const { account, user, at } = await company("imports.run", "users.view");
    const { member } = await corporate({ account, at }, "cora");
    const box = await create.mailbox(account);
    const { said } = await checked(account, user, {
      users: [
        ["Ana", "Lopez", at("ana"), ""],
        ["Renamed", "Corp", at("cora"), ""],
      ],
      account: { id: account.id, rows: [[at("cora"), "", "users.view"]] },
      mailboxes: [{ id: box.id, rows: [[at("cora"), "", ""]] }],
    });
    expect(said).toEqual([
      "file may_not_create Users!",
      "warning without_rights Users!C2",
      "file may_not_edit Users!C3",
      "file may_not_edit Account!A3",
    ]);
    expect(await grantsOf(member.id)).toEqual([]);
  });

  test("T85 is asked again as the uploader's rights stand at the start", async () => {
    const { account, user, member, at } = await company("admin");
    const book = {
      users: [["Ana", "Lopez", at("ana"), ""]],
      account: { id: account.id, rows: [[at("ana"), "Admin", "users.add"]] },
    };
    const { id, run } = await checked(account, user, book);
    expect(run.status).toBe("checked");
    const ask = async () => {
      const actor = await actorFor(account, user);
      return (await db.transaction((tx) => refusedRights(tx, actor, id))).map(({ code, row }) => [code, row]);
    };
    expect(await ask()).toEqual([]);
    await db.update(grants).set({ endedAt: new Date() }).where(eq(grants.memberId, member.id));
    await create.grant(member, { permission: "imports.run" });
    expect(await ask()).toEqual([
      ["may_not_create", null],
      ["right_not_held", 3],
      ["right_not_held", 3],
      ["may_not_edit", 3],
    ]);
  });
});

describe("members in a workbook", () => {
  test("D1 X5 an update is compared with what is held, an absent row or sheet changes nothing", async () => {
    const { account, user, at } = await company();
    const box = await create.mailbox(account);
    const cora = await corporate({ account, at }, "cora");
    const draft = await create.member(account, null, {
      email: "guest@elsewhere.example",
      status: "draft",
      firstName: "Gil",
    });
    await create.grant(cora.member, { systemRole: "viewer" });
    await create.grant(cora.member, { permission: "users.add" });
    await create.grant(cora.member, { systemRole: "mailbox_reader" }, box);
    await create.grant(draft, { systemRole: "viewer" });
    const book = {
      users: [
        ["Cora", "Corp", at("cora"), "Y"],
        ["Gilda", "", draft.email, ""],
      ],
      account: {
        id: account.id,
        rows: [
          [at("cora"), "viewer", "users.add"],
          [draft.email, "", ""],
        ],
      },
      mailboxes: [{ id: box.id, rows: [[at("cora"), "", "messages.read"]] }],
    };
    const { run, people, rights, said } = await checked(account, user, book);
    expect(said).toEqual(["warning mailbox_of_member Users!D2", "warning name_not_managed Users!A3"]);
    expect(run.counts).toMatchObject({ create: 0, update: 2, same: 0 });
    expect(
      people.map(({ action, memberId, namesBefore, firstName }) => [action, memberId, namesBefore, firstName]),
    ).toEqual([
      ["update", cora.member.id, null, "Cora"],
      ["update", draft.id, null, "Gil"],
    ]);
    expect(rights.map(({ items, before, changed }) => [items, before, changed])).toEqual([
      [["users.add", "viewer"], ["users.add", "viewer"], false],
      [["messages.read"], ["mailbox_reader"], true],
      [[], ["viewer"], true],
    ]);
    const renamed = await checked(account, user, { users: [["", "Corps", at("cora"), ""]] });
    expect(renamed.people[0]).toMatchObject({
      action: "update",
      firstName: "Cora",
      lastName: "Corps",
      namesBefore: { firstName: "Cora", lastName: "Corp" },
    });
    const none = await checked(account, user, { users: [["", "", at("cora"), ""]] });
    expect(none.run).toMatchObject({ status: "checked", counts: { create: 0, update: 0, same: 1 } });
  });
});

describe("a check that does not go well", () => {
  test("T82 R21 what cannot be read is refused at once, with its reason, and not tried again", async () => {
    const { account, user } = await company();
    const { run } = await checked(account, user, Buffer.from("PK\u0003\u0004 and then nothing of a workbook"));
    expect(run.status).toBe("refused");
    expect(run.error).toBeTruthy();
    const [jobs] = await db.execute<{ n: number }>(sql`select count(*)::int as n from graphile_worker._private_jobs`);
    expect(jobs!.n).toBe(0);
  });

  test("R21 a check that fails again and again is shown as failed, and others run on", async () => {
    const { account, user, at } = await company();
    const bad = await uploaded(account, user, { users: [["A", "B", at("bad"), ""]] });
    const [{ fileId } = { fileId: "" }] = await db.select().from(imports).where(eq(imports.id, bad));
    await db.delete(fileChunks).where(eq(fileChunks.fileId, fileId!));
    const good = await uploaded(account, user, { users: [["A", "B", at("good"), ""]] });
    for (let tries = 0; tries < 6; tries++) {
      await runJobs();
      await skipWaiting();
    }
    expect((await foundBy(bad)).run).toMatchObject({ status: "failed", error: "failed" });
    expect((await foundBy(good)).run.status).toBe("checked");
  });

  test("R1 R3 begins anew when it is run twice, and an older worker changes nothing", async () => {
    const { account, user, at } = await company();
    const book = { users: [["A", "B", at("a"), ""]], account: { id: account.id, rows: [["odd", "Viewer", ""]] } };
    const { id, said, people } = await checked(account, user, book);
    expect(said).toHaveLength(2);
    await db.update(imports).set({ status: "checking" }).where(eq(imports.id, id));
    const stale = (await takeUp(id))!;
    await Promise.all([checkImport(id), checkImport(id)]);
    const again = await foundBy(id);
    expect(again.run).toMatchObject({ status: "checked", counts: { create: 1 } });
    expect(again.run.generation).toBeGreaterThan(stale.generation);
    expect([again.said, again.people.length]).toEqual([said, people.length]);
  });

  test("T85 nothing is checked in the name of somebody who may not import any more", async () => {
    const { account, user, member, at } = await company("admin");
    const id = await uploaded(account, user, { users: [["A", "B", at("a"), ""]] });
    await db.update(members).set({ status: "blocked" }).where(eq(members.id, member.id));
    await runJobs();
    expect(await foundBy(id)).toMatchObject({ run: { status: "refused" }, said: ["file uploader_gone"], people: [] });
  });
});

describe("the difference page", () => {
  /** Somebody to be created, a member who changes, one who does not, and one who is left out. */
  async function four() {
    const here = await company();
    const { account, user, at } = here;
    const box = await create.mailbox(account, { name: "Press desk" });
    const role = await create.role(account, "account", "Front & back", ["users.view"]);
    const cora = await corporate(here, "cora");
    await create.grant(cora.member, { systemRole: "viewer" });
    await create.grant(cora.member, { systemRole: "mailbox_reader" }, box);
    const dora = await corporate(here, "dora");
    await create.grant(dora.member, { role });
    const found = await checked(account, user, {
      users: [
        ["<b>Ana</b>", "Lopez", at("ana"), "Y"],
        ["Carla", "Corp", at("cora"), ""],
      ],
      account: {
        id: account.id,
        rows: [
          [at("ana"), "front & BACK", "users.add"],
          [at("cora"), "Viewer, Admin", ""],
          [at("dora"), role.id, ""],
          [at("nobody"), "Viewer", ""],
        ],
      },
      mailboxes: [{ id: box.id, rows: [[at("cora"), "", ""]] }],
    });
    expect(found.run).toMatchObject({ status: "checked", counts: { create: 1, update: 1, same: 1, skip: 1 } });
    return { ...here, ...found };
  }

  const lines = (html: string) => [...html.matchAll(/<li class="block">[\s\S]*?<\/li>/g)].map(([line]) => line);

  test("X5 says for every person which cells change, before and after", async () => {
    const { browser, id, at } = await four();
    const { text } = await browser.get(`/admin/imports/${id}/difference`).expect(200);
    const [ana, cora, dora, nobody] = lines(text) as [string, string, string, string];
    expect(ana).toContain("&lt;b&gt;Ana&lt;/b&gt; Lopez");
    expect(ana).toMatch(/chip plus"><[^>]+>New:<\/span> Front &amp; back/);
    expect(ana).toMatch(/chip plus"><[^>]+>New:<\/span> Add users/);
    expect(ana).toContain("Personal mailbox");
    expect(cora).toContain("<del>Cora Corp</del> <ins>Carla Corp</ins>");
    expect(cora).toMatch(/New:<\/span> Admin[\s\S]*chip">Viewer/);
    expect(cora).toMatch(/Press desk[\s\S]*chip minus"><[^>]+>Ends:<\/span> Mailbox reader/);
    expect(dora).toContain("No change");
    expect(dora).not.toContain("chip");
    expect(nobody).toContain(at("nobody"));
    expect(nobody).toContain("not on the sheet");
    const changes = await browser.get(`/admin/imports/${id}/difference?kind=update`).expect(200);
    expect(lines(changes.text)).toHaveLength(1);
    // What an edited report changes, without everybody whom it does not.
    const both = lines((await browser.get(`/admin/imports/${id}/difference?kind=changes`).expect(200)).text);
    expect(both.map((line) => /New:|Ends:/.test(line))).toEqual([true, true]);
    expect(text).not.toContain("0 changes");
  });

  test("X5 an unchanged workbook says 0 changes", async () => {
    const { account, user, browser, at } = await four();
    const { id, run } = await checked(account, user, {
      users: [["Cora", "Corp", at("cora"), "N"]],
      account: { id: account.id, rows: [[at("cora"), "viewer", ""]] },
    });
    expect(run.counts).toEqual({ create: 0, update: 0, same: 1, skip: 0, warnings: 0, problems: 0 });
    expect((await browser.get(`/admin/imports/${id}/difference`).expect(200)).text).toContain("0 changes");
  });

  test("shows fifty people at a time, forwards and back", async () => {
    const { account, user, browser, at } = await company();
    const users = Array.from({ length: 120 }, (_, n) => ["P", `N${n}`, at(`p${n}`), ""]);
    const { id } = await checked(account, user, { users });
    const follow = async (href: string, rel: string) => {
      const { text } = await browser.get(href).expect(200);
      const next = text.match(new RegExp(`rel="${rel}" href="([^"]+)"`))?.[1]?.replaceAll("&amp;", "&");
      return { count: lines(text).length, first: lines(text)[0]?.match(/>P (N\d+)</)?.[1], next };
    };
    const one = await follow(`/admin/imports/${id}/difference?kind=create`, "next");
    const two = await follow(one.next!, "next");
    const three = await follow(two.next!, "prev");
    expect([one, two, three].map(({ count, first }) => [count, first])).toEqual([
      [50, "N0"],
      [50, "N50"],
      [20, "N100"],
    ]);
    expect(await follow(three.next!, "next")).toMatchObject({ count: 50, first: "N50" });
    expect((await browser.get(`/admin/imports/${id}/difference?kind=x&after=-1`).expect(200)).text).toContain("N0");
  });

  test("asks for imports.run, and knows no neighbour's; before the check it is 409", async () => {
    const { account, id, user, at } = await four();
    const { browser: stranger } = await company();
    await stranger.get(`/admin/imports/${id}/difference`).expect(404);
    const viewer = await create.colleague(account, ["viewer"]);
    await (await browserOf(viewer.user, account)).get(`/admin/imports/${id}/difference`).expect(403);
    const waiting = await uploaded(account, user, { users: [["A", "B", at("b"), ""]] });
    await (await browserOf(user, account)).get(`/admin/imports/${waiting}/difference`).expect(409);
  });
});
