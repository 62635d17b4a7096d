import "./support/outbox.ts";
import { eq, sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { registerUser } from "../src/auth/register.ts";
import { db } from "../src/db/client.ts";
import { events, mailboxAliases, mailboxForwards, mailGroups, users } from "../src/db/schema.ts";
import { admin, browserOf, owner } from "./support/browser.ts";
import { changesOf, create, password } from "./support/world.ts";

let counter = 0;

/** An owner with an active domain and a native mailbox in it. */
async function company(...held: Parameters<typeof admin>) {
  const visitor = held.length > 0 ? await admin(...held) : await owner();
  const name = `deliver${++counter}.example`;
  const since = new Date();
  await create.domain(visitor.account, { name, status: "active", verifiedAt: since, activatedAt: since });
  const at = (local: string) => `${local}@${name}`;
  const box = await create.mailbox(visitor.account, { address: at("desk"), name: "Desk" });
  return { ...visitor, name, at, box, to: (rest: string) => `/admin/mailboxes/${box.id}/${rest}` };
}

/** What the mail server is told about an address (docs/mail-server.md). */
const destinations = async (address: string): Promise<string[]> =>
  (
    await db.execute<{ destination: string }>(
      sql`select destination from mail_server.aliases where address = ${address} order by 1`,
    )
  ).map(({ destination }) => destination);

describe("M10 aliases of a mailbox", () => {
  test("M10 are added in a domain of the account, reach the mail server, and are removed; one event each", async () => {
    const { account, browser, at, to, name } = await company();
    await browser.post(to("aliases"), { local: "Help", domain: name }).expect(303);
    await browser.post(to("aliases"), { local: `help${counter}`, domain: "muster.test" }).expect(303);
    expect(await destinations(at("help"))).toEqual([at("desk")]);
    const [alias] = await db
      .select()
      .from(mailboxAliases)
      .where(eq(mailboxAliases.address, at("help")));
    const page = await browser.get(to(`aliases/${alias!.id}/removal`)).expect(200);
    expect(page.text).toContain("is refused from now on");
    await browser.post(to(`aliases/${alias!.id}/removal`)).expect(303);
    await browser.post(to(`aliases/${alias!.id}/removal`)).expect(409);
    expect(await destinations(at("help"))).toEqual([]);
    await browser.post(to("aliases"), { local: "help", domain: name }).expect(303);
    expect(await changesOf(account.id)).toEqual([
      "mailbox.alias_added",
      "mailbox.alias_added",
      "mailbox.alias_removed",
      "mailbox.alias_added",
    ]);
  });

  test("T29 take nothing that is a mailbox, an alias, a group, somebody’s sign-in, or not theirs", async () => {
    const { account, browser, at, to, name } = await company();
    const neighbour = await company();
    await create.user({ email: at("person") });
    await browser.post(to("aliases"), { local: "once", domain: name }).expect(303);
    await browser.post("/admin/groups", { name: "All", local: "all", domain: name, members: at("desk") }).expect(303);
    for (const [local, domain] of [
      ["desk", name],
      ["once", name],
      ["all", name],
      ["person", name],
      ["postmaster", "muster.test"],
      ["mine", neighbour.name],
      ["mine", "gmail.com"],
      ["a b", name],
      ["", name],
    ]) {
      const page = await browser.post(to("aliases"), { local: local!, domain: domain! }).expect(422);
      expect(page.text).toContain('id="local-error"');
    }
    // And the other way round: neither a mailbox nor a person's own one takes an alias or a group.
    for (const local of ["once", "all"])
      await browser.post("/admin/mailboxes", { name: "Box", local, domain: name, quotaMegabytes: "" }).expect(422);
    await browser.post(to("aliases"), { local: `pia${counter}`, domain: "muster.test" }).expect(303);
    const pia = { email: `pia${counter}@free.example`, firstName: "Pia", lastName: "Poe", password };
    const { user } = await db.transaction((tx) => registerUser(tx, { ...pia, locale: "en", timeZone: "UTC" }));
    const [{ address } = { address: "" }] = await db.execute<{ address: string }>(
      sql`select address from mailboxes where id = ${user.defaultMailboxId}`,
    );
    expect(address).toBe(`pia${counter}-2@muster.test`);
    const create_ = { firstName: "Al", lastName: "Ias", local: "once", domain: name, personalMailbox: "on" };
    await browser.post("/admin/users/create", create_).expect(422, /There is a mailbox with this address already/);
    expect(account.id).not.toBe(neighbour.account.id);
  });

  test("T29 of an alias, a group and a mailbox at once one gets the address", async () => {
    const { browser, to, name } = await company();
    const address = { local: "race", domain: name };
    const answers = await Promise.all([
      browser.post(to("aliases"), address),
      browser.post("/admin/groups", { name: "Race", ...address, members: "ana@elsewhere.test" }),
      browser.post("/admin/mailboxes", { name: "Race", ...address, quotaMegabytes: "" }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 422, 422]);
  });
});

describe("M10 X12 forwarding", () => {
  test("X12 an address elsewhere is asked about, and stands in the mailbox’s history; days are the person’s, both included", async () => {
    const { account, user, browser, box, at, to } = await company();
    await db.update(users).set({ timeZone: "Pacific/Auckland" }).where(eq(users.id, user.id));
    const wish = { address: "Thief@evil.example", keepCopy: "on", from: "2090-03-01", until: "2090-03-02" };
    const asked = await browser.post(to("forwards"), wish).expect(422);
    expect(asked.text).toContain("is outside of this account");
    await browser.post(to("forwards"), { ...wish, outside: "on" }).expect(303);
    const [forward] = await db.select().from(mailboxForwards).where(eq(mailboxForwards.mailboxId, box.id));
    expect(forward).toMatchObject({ address: "thief@evil.example", keepCopy: true });
    expect(forward!.startsAt.toISOString()).toBe("2090-02-28T11:00:00.000Z");
    expect(forward!.endsAt!.toISOString()).toBe("2090-03-02T11:00:00.000Z");
    const [event] = await db.select().from(events).where(eq(events.name, "mailbox.forward_added"));
    expect(event).toMatchObject({ subjectType: "mailbox", subjectId: box.id, after: { outside: true } });
    expect(await destinations(at("desk"))).toEqual([]);

    await browser.get(to("delivery")).expect(200, /Planned/);
    const page = await browser.get(to(`forwards/${forward!.id}`)).expect(200);
    expect(page.text).toContain('value="2090-03-02"');
    await browser.post(to(`forwards/${forward!.id}`), { from: "2020-01-01", until: "", version: "1" }).expect(303);
    await browser.post(to(`forwards/${forward!.id}`), { from: "", until: "", version: "1" }).expect(409);
    expect(await destinations(at("desk"))).toEqual(["thief@evil.example"]);
    await browser.post(to(`forwards/${forward!.id}/ending`)).expect(303);
    await browser.post(to(`forwards/${forward!.id}/ending`)).expect(409);
    expect(await destinations(at("desk"))).toEqual([]);
    const names = ["mailbox.forward_added", "mailbox.forward_changed", "mailbox.forward_removed"];
    expect(await changesOf(account.id)).toEqual(names);
  });

  test("M10 inside the account nobody is asked; itself, loops over aliases and groups, and bad days are refused", async () => {
    const { account, browser, at, to, name } = await company();
    const second = await create.mailbox(account, { address: at("second") });
    const there = `/admin/mailboxes/${second.id}`;
    await browser.post(to("forwards"), { address: at("desk") }).expect(422, /the mailbox itself/);
    await browser.post(to("forwards"), { address: at("second"), keepCopy: "on" }).expect(303);
    await browser.post(to("forwards"), { address: at("second") }).expect(422, /is forwarded to/);
    expect(await destinations(at("desk"))).toEqual([at("desk"), at("second")]);
    await browser.post(to("aliases"), { local: "alias", domain: name }).expect(303);
    await browser.post("/admin/groups", { name: "G", local: "g", domain: name, members: at("alias") }).expect(303);
    for (const address of ["desk", "alias", "g"])
      await browser.post(`${there}/forwards`, { address: at(address) }).expect(422, /comes back/);
    await browser.post("/admin/groups", { name: "H", local: "h", domain: name, members: at("h") }).expect(422);
    for (const [from, until] of [
      ["", "2020-01-01"],
      ["2090-03-02", "2090-03-01"],
      ["31.12.", ""],
    ] as const)
      await browser.post(`${there}/forwards`, { address: at("third"), from, until }).expect(422);
  });

  test("who manages the mailbox may, who reads it or another may not, a neighbour’s is not there, an IMAP one has none", async () => {
    const { account, box, at, to } = await company();
    const manager = await create.colleague(account);
    await create.grant(manager.member, { systemRole: "mailbox_owner" }, box);
    const reader = await create.colleague(account);
    await create.grant(reader.member, { systemRole: "mailbox_reader" }, box);
    const viewer = await browserOf((await create.colleague(account, ["viewer"])).user, account);
    const manages = await browserOf(manager.user, account);
    await manages.post(to("forwards"), { address: at("own") }).expect(303);
    const reads = await browserOf(reader.user, account);
    await reads.get(to("delivery")).expect(403);
    await reads.post(to("forwards"), { address: at("own2") }).expect(403);
    const seen = await viewer.get(to("delivery")).expect(200);
    expect(seen.text).toContain(at("own"));
    expect(seen.text).not.toContain("Add alias");
    await viewer.post(to("aliases"), { local: "x", domain: "muster.test" }).expect(403);
    const neighbour = await company();
    await neighbour.browser.get(to("delivery")).expect(404);
    await neighbour.browser.post(to("aliases"), { local: "x", domain: "muster.test" }).expect(404);
    const imap = await create.mailbox(account, { kind: "imap", address: "x@elsewhere.test" });
    await viewer.get(`/admin/mailboxes/${imap.id}/delivery`).expect(404);
  });
});

describe("mail groups", () => {
  test("are listed, found, added, edited and deleted; one event each, and the mail server knows", async () => {
    const { account, browser, box, at, name } = await company("admin");
    const fields = { name: "Team", local: "team", domain: name, members: "ana@elsewhere.test\nAna@Elsewhere.test" };
    await browser.post("/admin/groups", { ...fields, boxes: box.address }).expect(303);
    expect(await destinations(at("team"))).toEqual(["ana@elsewhere.test", at("desk")]);
    const [group] = await db.select().from(mailGroups).where(eq(mailGroups.accountId, account.id));
    const one = `/admin/groups/${group!.id}`;
    expect((await browser.get("/admin/groups?q=tea").expect(200)).text).toContain("2 addresses");
    expect((await browser.get("/admin/groups?q=%25").expect(200)).text).toContain("No group is called like that");
    await browser.post(one, { ...fields, members: "not an address", version: "1" }).expect(422, /is not an e-mail/);
    await browser.post(one, { ...fields, members: "", version: "1" }).expect(422);
    await browser.post(one, { ...fields, local: "crew", members: "bo@elsewhere.test", version: "1" }).expect(303);
    await browser.post(one, { ...fields, version: "1" }).expect(409);
    expect(await destinations(at("team"))).toEqual([]);
    expect(await destinations(at("crew"))).toEqual(["bo@elsewhere.test"]);
    await browser.get(`${one}/deletion`).expect(200, /No mailbox and no message is deleted/);
    await browser.post(`${one}/deletion`, { version: "1" }).expect(409);
    await browser.post(`${one}/deletion`, { version: "2" }).expect(303);
    await browser.get(one).expect(404);
    expect(await destinations(at("crew"))).toEqual([]);
    expect(await changesOf(account.id)).toEqual(["group.created", "group.changed", "group.deleted"]);
  });

  test("a viewer reads, changes nothing and sees no control; a neighbour’s is not there", async () => {
    const { account, at } = await company();
    const values = { accountId: account.id, name: "Board", address: at("board") };
    const [group] = await db.insert(mailGroups).values(values).returning();
    const viewer = await browserOf((await create.colleague(account, ["viewer"])).user, account);
    const page = await viewer.get(`/admin/groups/${group!.id}`).expect(200);
    expect(page.text).not.toContain("deletion");
    expect((await viewer.get("/admin/groups").expect(200)).text).not.toContain("New group");
    await viewer.post(`/admin/groups/${group!.id}`, { version: "1" }).expect(403);
    const { browser } = await owner();
    await browser.get(`/admin/groups/${group!.id}`).expect(404);
    await browser.post(`/admin/groups/${group!.id}/deletion`, { version: "1" }).expect(404);
  });
});
