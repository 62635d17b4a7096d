import { eq, sql } from "drizzle-orm";
import { beforeAll, describe, expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { apiClients, events, grants, imports, mailboxes, members } from "../src/db/schema.ts";
import { admin, type Browser, browserOf, owner } from "./support/browser.ts";
import { invite, someone } from "./support/invites.ts";
import { inbox, runJobs } from "./support/outbox.ts";
import {
  type Account,
  changesOf,
  create,
  grantsOf,
  type Mailbox,
  type Member,
  reloadMember,
  type User,
} from "./support/world.ts";

let account: Account;
let boss: User;
let browser: Browser;
let viewer: Browser;
let press: Mailbox;
let ana: Member;
let anaUser: User;

const why = (memberId: string, asked: Record<string, string>) =>
  `/admin/users/${memberId}/why?${new URLSearchParams(asked)}`;
const text = (html: string) =>
  html
    .slice(html.indexOf("<main"))
    .replaceAll(/<[^>]+>/g, " ")
    .replaceAll(/\s+/g, " ");
const read = async (who: Browser, path: string, status = 200) => text((await who.get(path).expect(status)).text);
const shift = (id: string, values: Partial<typeof grants.$inferInsert>) =>
  db.update(grants).set(values).where(eq(grants.id, id));
const ago = (days: number) => new Date(Date.now() - days * 86_400_000);
const day = (days: number) => ago(days).toISOString();

beforeAll(async () => {
  const world = await owner();
  ({ account, browser } = world);
  boss = world.user;
  const looking = await create.colleague(account, ["viewer"]);
  viewer = await browserOf(looking.user, account);
  press = await create.mailbox(account, { name: "Press" });
  const colleague = await create.colleague(account, [], { firstName: "Ana", lastName: "Lopez" });
  ana = colleague.member;
  anaUser = colleague.user;
  await db
    .update(members)
    .set({ createdAt: ago(100), joinedAt: ago(90) })
    .where(eq(members.id, ana.id));
});

describe("X3 why a user can do something", () => {
  test("yes, with every way: a role with who put the right into it, an import, a program, single on the mailbox", async () => {
    const desk = await create.role(account, "account", "Newsroom", ["messages.read"]);
    await db.execute(sql`update role_permissions set started_by = ${boss.id} where role_id = ${desk.id}`);
    await create.grant(ana, { role: desk });
    const reader = await create.grant(ana, { systemRole: "mailbox_reader" }, press);
    const [file] = await db
      .insert(imports)
      .values({ accountId: account.id, fileName: "people.xlsx", sha256: "0", uploadedBy: boss.id })
      .returning();
    await shift(reader.id, { source: "import", sourceId: file!.id, grantedBy: boss.id });
    const [client] = await db
      .insert(apiClients)
      .values({
        accountId: account.id,
        name: "Night sync",
        clientId: "night",
        secretHash: "x",
        secretHint: "x",
        scopes: [],
        createdBy: boss.id,
      })
      .returning();
    const single = await create.grant(ana, { permission: "messages.read" }, press);
    await shift(single.id, { source: "api", sourceId: client!.id, grantedBy: boss.id });

    const { text: html } = await browser
      .get(why(ana.id, { permission: "messages.read", mailbox: press.id }))
      .expect(200);
    const page = text(html);
    expect(page).toContain("Yes “Read messages” on Press Now");
    expect(page).toMatch(/Newsroom on the account Custom role .* In the role since .*, by Person No/);
    expect(page).toMatch(/Mailbox reader on Press System role Imported by Person No/);
    expect(page).toMatch(/Read messages on Press Single permission Given by the program Night sync for Person No/);
    expect(html).toContain(`href="/admin/imports/${file!.id}"`);
    expect(html).toContain(`href="/admin/api-clients/${client!.id}"`);
    expect(html.match(/End it here/g)).toHaveLength(3);
  });

  test("no, and since when not: never, ended by whom, taken out of the role, archived, blocked", async () => {
    const { member } = await create.colleague(account);
    expect(await read(browser, why(member.id, { permission: "users.view" }))).toContain(
      "No role and no single permission ever gave it.",
    );

    const grant = await create.grant(member, { permission: "users.view" });
    await shift(grant.id, { endedAt: new Date(), endedBy: boss.id, endReason: "removed" });
    const role = await create.role(account, "account", "Desk of old", ["users.view"]);
    await create.grant(member, { role });
    await db.execute(
      sql`update role_permissions set ended_at = now(), ended_by = ${boss.id} where role_id = ${role.id}`,
    );
    const box = await create.mailbox(account, { archivedAt: new Date() });
    await create.grant(member, { systemRole: "mailbox_reader" }, box);
    const [ended, archived] = [
      await read(browser, why(member.id, { permission: "users.view" })),
      await read(browser, why(member.id, { permission: "messages.read", mailbox: box.id })),
    ];
    expect(ended).toMatch(/No “View users” on the account/);
    expect(ended).toMatch(/It ended on .*, by Person No \d+: taken away\./);
    expect(ended).toMatch(/It was taken out of the role on .*, by Person No/);
    expect(archived).toMatch(/The mailbox was archived on [^.]*\d:\d\d\./);

    await create.grant(member, { permission: "users.view" });
    await db.update(members).set({ status: "blocked" }).where(eq(members.id, member.id));
    const blocked = await read(browser, why(member.id, { permission: "users.view" }));
    expect(blocked).toMatch(/No .*Blocked since .*counts again once that is over/);
  });

  test("what stops a right says who did that: blocked, archived, a guest, removed", async () => {
    const boss = "by Person No \\d+\\.";
    const { member } = await create.colleague(account, ["users.view"]);
    const box = await create.mailbox(account);
    await create.grant(member, { systemRole: "mailbox_reader" }, box);
    const asked = { permission: "messages.read", mailbox: box.id };
    await browser.post(`/admin/mailboxes/${box.id}/archive`, { version: "1" }).expect(303);
    expect(await read(browser, why(member.id, asked))).toMatch(new RegExp(`The mailbox was archived on .*, ${boss}`));
    await browser.post(`/admin/users/${member.id}/block`).expect(303);
    expect(await read(browser, why(member.id, asked))).toMatch(new RegExp(`Blocked since .*, ${boss}`));
    await browser.post(`/admin/users/${member.id}/unblock`).expect(303);

    await browser.post(`/admin/users/${member.id}/guest`, { until: "2099-01-01" }).expect(303);
    await db.execute(sql`update members set guest_until = now() where id = ${member.id}`);
    const guest = await read(browser, why(member.id, { permission: "users.view" }));
    expect(guest).toMatch(/Was a guest until .*, a limit that Person No \d+ set\./);
    await db.execute(sql`update members set guest_until = null where id = ${member.id}`);
    await browser.post(`/admin/users/${member.id}/removal`).expect(303);
    const removed = await read(browser, why(member.id, { permission: "users.view" }));
    expect(removed).toMatch(/Not in the account since .*; Person No \d+ ended that\./);
  });

  test("on a past date: what counted then, what came later, who was not there yet", async () => {
    const { member } = await create.colleague(account);
    await db
      .update(members)
      .set({ createdAt: ago(60), joinedAt: ago(50) })
      .where(eq(members.id, member.id));
    const grant = await create.grant(member, { permission: "domains.view" });
    await shift(grant.id, { grantedAt: ago(40), endedAt: ago(20), endedBy: boss.id, endReason: "removed" });
    const at = (days: number) => read(browser, why(member.id, { permission: "domains.view", at: day(days) }));
    expect(await at(55)).toContain("Was not in the account yet.");
    expect(await at(45)).toContain("It was given later, on");
    expect(await at(30)).toMatch(/Yes .*Ended later, on/);
    expect(await at(10)).toContain("It ended on");
  });

  test("an end date that has come stops a right, whether a job was there or not, and one to come is told", async () => {
    const { member } = await create.colleague(account);
    await db
      .update(members)
      .set({ createdAt: ago(60), joinedAt: ago(50) })
      .where(eq(members.id, member.id));
    const grant = await create.grant(member, { permission: "domains.view" });
    await shift(grant.id, { grantedAt: ago(9), endsAt: ago(-9) });
    expect(await read(browser, why(member.id, { permission: "domains.view" }))).toMatch(/Yes .*Ends on/);
    await shift(grant.id, { endsAt: ago(1) });
    expect(await read(browser, why(member.id, { permission: "domains.view" }))).toMatch(/No .*It was given until/);
    expect(await read(browser, why(member.id, { permission: "domains.view", at: day(2) }))).toMatch(/Yes “/);
  });

  test("asked without a mailbox, names the mailboxes on which it is held", async () => {
    const { member } = await create.colleague(account);
    await create.grant(member, { systemRole: "mailbox_reader" }, press);
    const page = await read(browser, why(member.id, { permission: "messages.read" }));
    expect(page).toMatch(/No .*Not on the account, but on single mailboxes: Press/);
  });

  test("any mailbox of a large account is asked about by typing its address, its name or a part: several fit, and are offered", async () => {
    const { account, browser } = await owner();
    await db.execute(sql`insert into mailboxes (account_id, kind, name, address)
      select ${account.id}, 'native', 'Desk ' || lpad(n::text, 3, '0'), 'desk' || n || '@large.test' from generate_series(1, 150) n`);
    const { member } = await create.colleague(account);
    const ask = (mailbox: string, status = 200) =>
      browser.get(why(member.id, { permission: "messages.read", mailbox })).expect(status);
    const { text: html } = await ask("DESK140@large.test");
    expect(text(html)).toContain("“Read messages” on Desk 140");
    expect(html).toMatch(/name="mailbox"[^>]*value="desk140@large.test"/);
    expect(text((await ask("Desk 150")).text)).toContain("on Desk 150");
    expect(text((await ask("sk149@")).text)).toContain("on Desk 149");
    const several = (await ask("desk 14", 422)).text;
    expect(text(several)).toContain("Several mailboxes fit. Choose one.");
    const href = /<a href="([^"]+)">Desk 141 /.exec(several)![1]!.replaceAll("&amp;", "&");
    expect(await read(browser, href)).toContain("“Read messages” on Desk 141");
    expect(several).toContain(`value="desk 14"`);
    expect(text((await ask("%", 422)).text)).toContain("No mailbox is called like that.");
    const others = await read(browser, "/admin/access?permission=messages.read&mailbox=desk139@large.test");
    expect(others).toContain("“Read messages” on Desk 139");
  });

  test("T61 what cannot be answered is said beside its field, and not answered", async () => {
    expect(await read(browser, why(ana.id, { permission: "users.fly" }), 422)).toContain(
      "There is no such permission.",
    );
    expect(await read(browser, why(ana.id, { permission: "users.view", at: "yesterday" }), 422)).toContain(
      "This is no date.",
    );
    const tomorrow = await read(browser, why(ana.id, { permission: "users.view", at: day(-2) }), 422);
    expect(tomorrow).toContain("This date has not come yet.");
    expect(tomorrow).not.toContain("holds this right");
    expect(
      await read(browser, why(ana.id, { permission: "users.view", at: new Date().toISOString().slice(0, 10) })),
    ).toContain("Now");
  });

  test("T49 a neighbour's user or mailbox is not found; without a right on users it is forbidden; a Viewer sees, and ends nothing", async () => {
    const other = await owner();
    await other.browser.get(why(ana.id, { permission: "users.view" })).expect(404);
    const foreign = await create.mailbox(other.account);
    await browser.get(why(ana.id, { permission: "messages.read", mailbox: foreign.id })).expect(404);
    const nobody = await create.colleague(account, ["domains.view"]);
    await (await browserOf(nobody.user, account)).get(why(ana.id, { permission: "users.view" })).expect(403);
    const { text: html } = await viewer
      .get(why(ana.id, { permission: "messages.read", mailbox: press.id }))
      .expect(200);
    expect(text(html)).toContain("Yes “Read messages” on Press");
    expect(html).not.toContain("End it here");
  });
});

describe("X3 end it here", () => {
  const ending = (memberId: string, grantId: string) => `/admin/users/${memberId}/grants/${grantId}/ending`;

  test("says what else goes and what stays, ends exactly that grant, tells the user, and leads back", async () => {
    const { member, user } = await create.colleague(account, ["users.view"]);
    const viewing = await create.grant(member, { systemRole: "viewer" });
    const page = await read(browser, `${ending(member.id, viewing.id)}?next=/admin/access`);
    expect(page).toMatch(/What goes .*View domains.*What stays by another way View users/);

    const { version } = await reloadMember(member.id);
    const form = { version: String(version), next: "/admin/access?permission=users.view" };
    await browser.post(ending(member.id, viewing.id), form).expect(303).expect("Location", form.next);
    expect(await grantsOf(member.id)).toEqual(["users.view"]);
    const [event] = await db.select().from(events).where(eq(events.subjectId, member.id));
    expect(event).toMatchObject({ name: "member.rights_changed", actorLabel: boss.email });
    await runJobs();
    expect(inbox.mails.some(({ to, subject }) => to === user.email && subject.includes("has changed"))).toBe(true);
    await browser.post(ending(member.id, viewing.id), form).expect(409);
    await browser.post(ending(member.id, (await create.grant(ana, { permission: "roles.view" })).id), form).expect(404);
  });

  test("T56 somebody changed the user in between: 409 with the page again, and nothing ends; back leads nowhere else (T44)", async () => {
    const { member } = await create.colleague(account, ["users.view"]);
    const [held] = await db.select().from(grants).where(eq(grants.memberId, member.id));
    await db.update(members).set({ version: 7 }).where(eq(members.id, member.id));
    const { text: html } = await browser
      .post(ending(member.id, held!.id), { version: "6", next: "https://evil.test/" })
      .expect(409);
    expect(text(html)).toContain("The rights of this user changed after you opened this page.");
    expect(html).not.toContain("evil.test");
    expect(await grantsOf(member.id)).toEqual(["users.view"]);
    await browser
      .post(ending(member.id, held!.id), { version: "7", next: "//evil.test/" })
      .expect("Location", `/admin/users/${member.id}/account`);
  });

  test("D9 nobody ends what they do not hold, and T55 the last owner stays; who shares a mailbox ends there only", async () => {
    const lone = await owner();
    const [owning] = await db.select().from(grants).where(eq(grants.memberId, lone.member.id));
    await lone.browser.post(ending(lone.member.id, owning!.id), { version: "1", next: "" }).expect(409);
    await browser.get(ending(lone.member.id, owning!.id)).expect(404);

    const sharer = await create.colleague(account);
    await create.grant(sharer.member, { systemRole: "mailbox_owner" }, press);
    const sharing = await browserOf(sharer.user, account);
    const guest = await create.colleague(account, ["users.view"]);
    const there = await create.grant(guest.member, { systemRole: "mailbox_reader" }, press);
    const [elsewhere] = await db.select().from(grants).where(eq(grants.memberId, guest.member.id));
    const version = String((await reloadMember(guest.member.id)).version);
    await sharing.post(ending(guest.member.id, elsewhere!.id), { version, next: "" }).expect(403);
    await viewer.get(ending(guest.member.id, there.id)).expect(403);
    await sharing.post(ending(guest.member.id, there.id), { version, next: "/profile" }).expect(303);
    expect(await grantsOf(guest.member.id)).toEqual(["users.view"]);
  });
});

describe("X3 who can", () => {
  test("lists everybody with every way, by name, page by page; a mailbox's own tab is one click from it", async () => {
    const { account, browser } = await owner();
    const box = await create.mailbox(account);
    const names = Array.from({ length: 51 }, (_, n) => `Zed${String(n).padStart(2, "0")}`);
    for (const firstName of names) {
      const member = await create.member(account, null, { status: "active", firstName, lastName: "Reader" });
      await create.grant(member, { systemRole: "mailbox_reader" }, box);
    }
    const blocked = await create.member(account, null, { status: "blocked", firstName: "Bo" });
    await create.grant(blocked, { systemRole: "mailbox_reader" }, box);

    const { text: home } = await browser.get(`/admin/mailboxes/${box.id}`).expect(200);
    expect(home).toContain(`href="/admin/mailboxes/${box.id}/why"`);
    const { text: html } = await browser.get(`/admin/mailboxes/${box.id}/why`).expect(200);
    expect(text(html)).toMatch(/“Read messages” on Mailbox \d+ Now · 52 users/);
    expect(text(html)).toContain("Owner on the account");
    const next = /rel="next" href="([^"]+)"/.exec(html)![1]!.replaceAll("&amp;", "&");
    const second = await read(browser, next);
    expect(second).toContain("Zed50 Reader");
    expect(second).not.toContain("Zed48 Reader");
    const found = await read(browser, `/admin/access?permission=messages.read&mailbox=${box.id}&q=zed07`);
    expect(found).toMatch(/1 user .*Zed07 Reader/);
    expect(found).not.toContain("Zed08");
    const onAccount = await read(browser, "/admin/access?permission=messages.read");
    expect(onAccount).toContain("1 user");
  });

  test("on a past date, those who could then", async () => {
    const { account, browser } = await owner();
    const { member } = await create.colleague(account, [], { firstName: "Former", lastName: "Reader" });
    await db
      .update(members)
      .set({ createdAt: ago(60), joinedAt: ago(50) })
      .where(eq(members.id, member.id));
    const grant = await create.grant(member, { permission: "domains.view" });
    await shift(grant.id, { grantedAt: ago(40), endedAt: ago(20) });
    expect(await read(browser, "/admin/access?permission=domains.view")).not.toContain("Former Reader");
    expect(await read(browser, `/admin/access?permission=domains.view&at=${day(30)}`)).toContain("Former Reader");
  });

  test("goes by ids where too many hold it to put them in order, and loses nobody", async () => {
    const { account, browser } = await owner();
    await db.execute(sql`
      with m as (insert into members (account_id, email, status, joined_at)
        select ${account.id}, 'many' || n || '@people.test', 'active', now() from generate_series(1, 1100) n returning id)
      insert into grants (account_id, member_id, system_role, source) select ${account.id}, id, 'viewer', 'direct' from m`);
    const seen = new Set<string>();
    let path: string | undefined = "/admin/access?permission=users.view";
    let pages = 0;
    while (path && pages < 3) {
      const { text: html }: { text: string } = await browser.get(path).expect(200);
      if (pages === 0) expect(text(html)).toContain("more than 1,000 to look at");
      for (const [, id] of html.matchAll(/users\/([0-9a-f-]{36})\/why/g)) seen.add(id!);
      path = /rel="next" href="([^"]+)"/.exec(html)?.[1]?.replaceAll("&amp;", "&");
      pages++;
    }
    expect(seen.size).toBe(150);
    const file = await browser.get("/admin/access/files/csv?permission=users.view").expect(200);
    expect(file.text.split("\r\n").filter(Boolean)).toHaveLength(1102);
    expect(file.text).toMatch(/^\uFEFF"/);
  });

  test("is taken out as CSV, which the log says; T71 nothing in it is a formula; a look at its headers takes nothing out", async () => {
    const { account, browser } = await owner();
    await create.colleague(account, ["domains.view"], { firstName: "=1+1", lastName: "Reader" });
    await browser.head("/admin/access/files/csv?permission=domains.view").expect(200);
    expect(await changesOf(account.id)).not.toContain("access.exported");
    const file = await browser.get("/admin/access/files/csv?permission=domains.view").expect(200);
    expect(file.headers["content-disposition"]).toContain("View domains");
    expect(file.text).toContain(`"'=1+1 Reader"`);
    expect(file.text.split("\r\n").filter(Boolean)).toHaveLength(3);
    expect(await changesOf(account.id)).toContain("access.exported");
  });

  test("T49 is of one's own account; without the right to see users it is forbidden, but who shares a mailbox sees its own", async () => {
    const other = await admin("domains.view");
    await other.browser.get("/admin/access").expect(403);
    await browser.get(`/admin/mailboxes/${(await create.mailbox(other.account)).id}/why`).expect(404);
    const sharer = await create.colleague(account);
    await create.grant(sharer.member, { systemRole: "mailbox_owner" }, press);
    const sharing = await browserOf(sharer.user, account);
    const { text: html } = await sharing.get(`/admin/mailboxes/${press.id}/why`).expect(200);
    expect(text(html)).toContain("Ana Lopez");
    expect(html).not.toContain(`/admin/users/${ana.id}/why`);
    await sharing.get(`/admin/mailboxes/${(await create.mailbox(account)).id}/why`).expect(403);
    expect(anaUser.id).not.toBe(boss.id);
  });
});

test("X3 every state that is over is written down: a profile that was off, an archive, an end date that was moved", async () => {
  const { user, member } = await create.colleague(account, ["domains.view"]);
  const [grant] = await db.select().from(grants).where(eq(grants.memberId, member.id));
  await db.execute(sql`update users set disabled_at = now() where id = ${user.id}`);
  await db.execute(sql`update users set disabled_at = null where id = ${user.id}`);
  const box = await create.mailbox(account, { archivedAt: ago(3) });
  await db.update(mailboxes).set({ archivedAt: null }).where(eq(mailboxes.id, box.id));
  await shift(grant!.id, { endsAt: ago(2) });
  await shift(grant!.id, { endsAt: null });
  await db
    .update(members)
    .set({ guestUntil: ago(1) })
    .where(eq(members.id, member.id));
  await db.update(members).set({ guestUntil: null }).where(eq(members.id, member.id));
  const rows = await db.execute<{ kind: string; state: string }>(sql`
    select kind, state from past_states where subject_id in (${user.id}, ${box.id}, ${grant!.id}, ${member.id}) order by id`);
  expect(rows.map(({ kind, state }) => `${kind} ${state}`)).toEqual([
    "user disabled",
    "mailbox archived",
    "grant over",
    "guest over",
  ]);
});

describe("X3 what stopped all that somebody held is said in words", () => {
  const sinceNineDays = async (memberId: string) => {
    await db
      .update(members)
      .set({ createdAt: ago(9), joinedAt: ago(9) })
      .where(eq(members.id, memberId));
    await db
      .update(grants)
      .set({ grantedAt: ago(9) })
      .where(eq(grants.memberId, memberId));
  };
  const asked = { permission: "users.view" };
  const then = async (subjectId: string) => {
    const [row] = await db.execute<{ at: string }>(sql`
      select to_char((started_at + (ended_at - started_at) / 2) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at
      from past_states where subject_id = ${subjectId} order by id desc limit 1`);
    return row!.at;
  };

  test("a profile that the account manages and switched off by removing the user: by whom, since when; not a day before", async () => {
    const name = `why-${account.id.slice(-8)}.test`;
    await create.domain(account, {
      ...{ name, status: "active", verifiedAt: new Date(), activatedAt: new Date() },
    });
    const { member } = await create.colleague(account, ["users.view"], {
      email: `cora@${name}`,
      corporateAccountId: account.id,
    });
    await sinceNineDays(member.id);
    expect(await read(browser, why(member.id, asked))).toContain("Yes “View users”");
    await browser.post(`/admin/users/${member.id}/removal`).expect(303);
    const off = await read(browser, why(member.id, asked));
    expect(off).toMatch(/The profile was switched off on [^.]*, by Person No \d+\./);
    expect(off).toMatch(/No “View users”/);
    const before = await read(browser, why(member.id, { ...asked, at: day(1) }));
    expect(before).toContain("Yes “View users”");
    expect(before).not.toContain("switched off");

    // Nobody in particular: an operator's own hand in the database.
    const other = await create.colleague(account, ["users.view"]);
    await db.execute(sql`update users set disabled_at = now() where id = ${other.user.id}`);
    expect(await read(browser, why(other.member.id, asked))).toMatch(
      /The profile was switched off on [^.,]*, [^.,]*\. /,
    );
  });

  test("an account that was deleted, or suspended, and is back: on a date in between", async () => {
    const host = await owner();
    const { member } = await create.colleague(host.account, ["users.view"]);
    await sinceNineDays(member.id);
    await host.browser.post("/admin/settings/deletion", { name: host.account.name }).expect(303);
    await host.browser.post(`/accounts/${host.account.id}/restore`).expect(303);
    const deleted = await read(host.browser, why(member.id, { ...asked, at: await then(host.account.id) }));
    expect(deleted).toMatch(/No “View users”.*The account was deleted on [^.]*, by Person No \d+\./);
    expect(await read(host.browser, why(member.id, asked))).toContain("Yes “View users”");

    const operator = await browserOf(await create.user({ instanceAdmin: true, firstName: "Olga", lastName: "Berg" }));
    const here = `/instance/accounts/${host.account.id}`;
    await operator.post(`${here}/suspension`, { reason: "The invoice", name: host.account.name }).expect(303);
    await operator.post(`${here}/restoration`).expect(303);
    const suspended = await read(host.browser, why(member.id, { ...asked, at: await then(host.account.id) }));
    expect(suspended).toMatch(/No “View users”.*The account was suspended on [^.]*, by Olga Berg\./);
    expect(suspended).not.toContain("deleted");
  });

  test("an invitation that was sent, and was revoked: by whom, with what it offered", async () => {
    const member = await invite(browser, someone());
    await create.grant(member, { permission: "users.view" });
    const sent = await read(browser, why(member.id, asked));
    expect(sent).toMatch(
      /No “View users”.*Invited since [^.]*, by Person No \d+, and the invitation is not accepted\./,
    );
    await browser.post(`/admin/users/${member.id}/revocation`).expect(303);
    const revoked = await read(browser, why(member.id, asked));
    expect(revoked).toMatch(/No “View users”.*The invitation was revoked on [^.]*, by Person No \d+\./);
    expect(revoked).toMatch(/It ended on [^.]*, by Person No \d+: the invitation was revoked\./);
  });
});

describe("X3 why, asked about a role", () => {
  const about = (member: Member, role: string, box?: Mailbox) =>
    `/admin/users/${member.id}/why/roles/${role}${box ? `?mailbox=${box.id}` : ""}`;

  test("answers for all that it gives, with the ways beside it, and each right leads to its own Why", async () => {
    const { member } = await create.colleague(account);
    const desk = await create.role(account, "account", "Front desk", ["users.view", "messages.read"]);
    await create.grant(member, { role: desk });
    await create.grant(member, { permission: "users.view" });
    await create.grant(member, { permission: "domains.view" });
    const { text: html } = await viewer.get(about(member, desk.id)).expect(200);
    const page = text(html);
    expect(page).toMatch(
      /Yes “Front desk” on the account Now Person No \d+ holds this role: Front desk on the account/,
    );
    expect(page).toMatch(/View users Front desk, Given singly Read messages Front desk(?! in the role)/i);
    expect(page.split("What this role is about")[1]).not.toContain("View domains");
    expect(page).not.toContain("In the role, and not held here");
    for (const permission of ["users.view", "messages.read"])
      expect(html).toContain(`href="/admin/users/${member.id}/why?permission=${permission}"`);
    expect(await read(viewer, why(member.id, { permission: "messages.read" }))).toContain("Yes “Read messages”");
    const tab = await viewer.get(`/admin/users/${member.id}/account`).expect(200);
    expect(tab.text).toContain(`href="${about(member, desk.id)}"`);
  });

  test("on a mailbox, from its page; archived, taken away or of somebody blocked it gives nothing, and says why", async () => {
    const { member } = await create.colleague(account);
    const box = await create.mailbox(account, { name: "Desk box" });
    const grant = await create.grant(member, { systemRole: "mailbox_reader" }, box);
    const page = (await browser.get(`/admin/mailboxes/${box.id}`).expect(200)).text;
    const [, href] = page.match(/href="([^"]+)">Mailbox reader</)!;
    expect(href).toBe(about(member, "mailbox_reader", box));
    expect(await read(browser, href!)).toMatch(/Yes “Mailbox reader” on Desk box .* Read messages Mailbox reader /);
    expect(await read(browser, about(member, "mailbox_reader"))).toMatch(
      /No .* does not hold this role here\. .* In the role, and not held here/,
    );

    await browser.post(`/admin/users/${member.id}/block`).expect(303);
    expect(await read(browser, href!)).toMatch(/No .*holds this role, and it gives nothing now\. Blocked since /);
    await browser.post(`/admin/users/${member.id}/unblock`).expect(303);
    await db.update(mailboxes).set({ archivedAt: new Date() }).where(eq(mailboxes.id, box.id));
    expect(await read(browser, href!)).toMatch(
      /No .*The mailbox is archived: nothing counts on it\..*In the role, and not held here.*Read messages/,
    );
    await db.update(mailboxes).set({ archivedAt: null }).where(eq(mailboxes.id, box.id));
    await shift(grant.id, { endedAt: new Date() });
    await create.grant(member, { permission: "messages.read" }, box);
    expect(await read(browser, href!)).toMatch(/does not hold this role here\..* Read messages Given singly /);
  });

  test("what is changed and not saved is no answer yet", async () => {
    const { member } = await create.colleague(account, ["viewer"]);
    const grantId = (await db.select().from(grants).where(eq(grants.memberId, member.id)))[0]!.id;
    await browser.post(`/admin/users/${member.id}/ending`, { line: grantId, mailbox: "" }).expect(303);
    await browser.post(`/admin/users/${member.id}/roles`, { role: "admin" }).expect(303);
    expect(await read(browser, about(member, "viewer"))).toContain("Yes “Viewer” on the account");
    expect(await read(browser, about(member, "admin"))).toContain("No “Admin");
  });

  test("T49 only for who may see the user; a neighbour’s role, mailbox or user, and an ended role, are not found", async () => {
    const { member } = await create.colleague(account, ["viewer"]);
    const other = await owner();
    const theirs = await create.role(other.account, "account", "Theirs", ["users.view"]);
    const box = await create.mailbox(other.account);
    const ended = await create.role(account, "account", "Over", ["users.view"]);
    await db.execute(sql`update roles set ended_at = now() where id = ${ended.id}`);
    for (const path of [
      ...[theirs.id, ended.id, crypto.randomUUID(), "nonsense"].map((id) => about(member, id)),
      about(member, "mailbox_reader", box),
      `${about(member, "viewer")}?mailbox=nonsense`,
    ])
      await browser.get(path).expect(404);
    await other.browser.get(about(member, "viewer")).expect(404);
    const { user } = await create.colleague(account, ["mailboxes.view"]);
    await (await browserOf(user, account)).get(about(member, "viewer")).expect(403);
  });

  test("in German", async () => {
    const { member } = await create.colleague(account, ["viewer"]);
    const { user } = await create.colleague(account, ["viewer"]);
    await db.execute(sql`update users set locale = 'de' where id = ${user.id}`);
    const page = await read(await browserOf(user, account), about(member, "viewer"));
    for (const words of ["hat diese Rolle:", "Worum es in dieser Rolle geht", "Benutzer ansehen"])
      expect(page).toContain(words);
  });
});
