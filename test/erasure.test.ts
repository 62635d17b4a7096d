import "./support/outbox.ts";
import { eq, sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { system } from "../src/access/actor.ts";
import { recordEvent } from "../src/audit/record.ts";
import { db } from "../src/db/client.ts";
import { events, mailboxes, members, offboardings, signIns, users } from "../src/db/schema.ts";
import { lineOf } from "../src/seal-checks/finding.ts";
import { admin, Browser, browserOf } from "./support/browser.ts";
import { runJobs } from "./support/outbox.ts";
import { kinds, sealAll, verify } from "./support/seals.ts";
import { create, eventsOf } from "./support/world.ts";

let counter = 0;

/** Somebody with a name of their own, a place in somebody else's company and a personal account, who was active in both. */
async function world() {
  const n = ++counter;
  const home = await admin("owner");
  const person = await create.user({
    ...{
      email: `zelda${n}@spellwright.test`,
      firstName: `Zelda${n}`,
      lastName: "Spellwright",
      phone: `+4930123456${n}`,
    },
  });
  const place = await create.member(home.account, person, { message: `Hello Zelda${n} Spellwright` });
  await create.grant(place, { systemRole: "admin" });
  const own = await create.account({ name: `Zelda${n} Spellwright`, kind: "personal" });
  await create.grant(await create.member(own, person), { systemRole: "owner" });
  const box = await create.mailbox(own, {
    ...{ name: `Zelda${n} Spellwright`, address: `zelda${n}.spellwright@muster.test`, personalUserId: person.id },
  });
  return { ...home, person, place, own, box, theirs: await browserOf(person, home.account) };
}

/** Every table in which a text stands, whatever the case. */
async function tablesWith(text: string): Promise<string[]> {
  const tables = await db.execute<{ name: string }>(
    sql`select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const [row] = await db.execute<{ count: number }>(
      sql`select count(*)::int from ${sql.identifier(name)} r where r::text ilike ${`%${text}%`}`,
    );
    if (row!.count > 0) found.push(name);
  }
  return found;
}

const user = async (id: string) => (await db.select().from(users).where(eq(users.id, id)))[0]!;

describe("erasing oneself", () => {
  test("X12 T95 leaves no word of the person anywhere, and a log that still verifies, sealed before or not", async () => {
    const { account, user: owner, browser, person, place, own, box, theirs } = await world();
    // What they did, what was done to them, and what was tried in their name.
    await theirs.post("/profile", {
      firstName: person.firstName,
      lastName: "Spellwright",
      locale: "de",
      timeZone: "UTC",
      region: "",
    });
    await browser.post(`/admin/users/${place.id}/block`).expect(303);
    await browser.post(`/admin/users/${place.id}/unblock`).expect(303);
    const stranger = new Browser();
    await stranger.post("/sign-in", { email: person.email, password: "not her password" });
    const elsewhere = await admin("owner");
    await create.member(elsewhere.account, null, { email: person.email, firstName: person.firstName });
    const role = { type: "role" as const, id: crypto.randomUUID(), label: "Kept as it is" };
    await db.transaction((tx) => recordEvent(tx, system(account.id), "role.created", role));
    await runJobs();
    await sealAll();
    await browser.post(`/admin/users/${place.id}/block`).expect(303);
    await browser.post(`/admin/users/${place.id}/unblock`).expect(303);

    // An earlier departure of theirs, and one of somebody else that left something to them.
    const someone = await create.member(account, null, {});
    const left = {
      accountId: account.id,
      createdBy: owner.id,
      status: "done" as const,
      dueAt: new Date(),
      doneAt: new Date(),
    };
    const plan = { mailboxes: [], ownerMemberId: null };
    const note = `${person.firstName} goes to a rival`;
    const receipt = { first: { owners: [`${person.firstName} Spellwright`], events: [{ subject: person.email }] } };
    await db.insert(offboardings).values([
      { ...left, plan, memberId: place.id, note, failure: `${person.email} is here no more` },
      { ...left, plan, memberId: someone.id, note: `For ${person.email}: all of it`, receipt },
    ]);

    // A message that was not shown yet lies in the session of whoever it is for.
    await browser.get("/admin/users").expect(200);
    const before = await eventsOf(account.id);
    const page = (await theirs.get("/profile/erasure").expect(200)).text;
    for (const words of [account.name, own.name, box.address]) expect(page).toContain(words);
    await theirs.post("/profile/erasure", { email: person.email }).expect(303);
    expect((await theirs.get("/sign-in").expect(200)).text).toContain("You are erased: your profile is deleted");

    for (const words of [person.email, "spellwright", person.phone!])
      expect([words, await tablesWith(words)]).toEqual([words, []]);
    expect(await user(person.id)).toMatchObject({
      email: `erased-${person.id}@erased.invalid`,
      passwordHash: null,
      phone: null,
    });
    expect((await user(person.id)).erasedAt).not.toBeNull();
    expect(await db.select().from(signIns).where(eq(signIns.userId, person.id))).toEqual([]);
    const places = await db.select().from(members).where(eq(members.userId, person.id));
    expect(places.map(({ status, firstName }) => [status, firstName])).toEqual([
      ["removed", ""],
      ["removed", ""],
    ]);
    const departures = await db.select().from(offboardings).where(eq(offboardings.accountId, account.id));
    expect(departures.map((each) => each.note).toSorted()).toEqual(["For [erased]: all of it", "[erased]"]);
    const [gone] = await db.select().from(mailboxes).where(eq(mailboxes.id, box.id));
    expect(gone).toMatchObject({ name: "[erased]" });
    expect(gone!.goneAt).not.toBeNull();
    // What was done and when stays; others see who of them did it, and that words are gone.
    expect((await eventsOf(account.id)).slice(0, before.length)).toEqual(before);
    const log = (await browser.get("/admin/audit").expect(200)).text;
    expect(log).toContain("Erased user");
    expect(log).toContain("Kept as it is");

    await sealAll();
    const { found, checked } = await verify();
    expect(found.map(lineOf)).toEqual([]);
    expect([...checked.redacted.values()]).toEqual([expect.any(Number)]);
    expect((await browser.get("/admin/audit").expect(200)).text).toContain("Personal words were erased on");
    await theirs.get("/profile").expect(303);
    // The address is free: whoever registers with it is somebody else.
    expect(await db.select().from(users).where(eq(users.email, person.email))).toEqual([]);
  });

  test("X12 a redacted event that is altered, and a redaction that is, are found", async () => {
    const [erasure] = await db.select().from(events).where(eq(events.name, "user.erased"));
    const [one] = await db.execute<{ id: string; position: string }>(sql`
      select r.event_id::text as id, s.position::text from redactions r join seals s on s.event_id = r.event_id
      where r.erasure_id = ${erasure!.id} and s.salt is null order by r.event_id limit 1`);
    const [salted] = await db.execute<{ count: number }>(sql`
      select count(*)::int from seals s join redactions r on r.event_id = s.event_id where s.salt is null`);
    expect(salted!.count).toBeGreaterThan(3);
    const look = async (statements: ReturnType<typeof sql>[]) => {
      const result: { kinds?: string[] } = {};
      const undo = new Error("undo");
      await db.execute(sql`alter table events disable trigger user`);
      await db
        .transaction(async (tx) => {
          for (const statement of statements) await tx.execute(statement);
          const { verifyLog } = await import("../src/seal-checks/verify-log.ts");
          const { config } = await import("../src/config.ts");
          result.kinds = [];
          for await (const { kind, eventId } of verifyLog(tx, { keys: config.ENCRYPTION_KEYS }))
            result.kinds.push(`${kind} ${eventId}`);
          throw undo;
        })
        .catch((error) => expect(error).toBe(undo));
      await db.execute(sql`alter table events enable trigger user`);
      return result.kinds;
    };
    const alter = sql`update events set ip = '192.0.2.99' where id = ${one!.id}::bigint`;
    const cover = sql`update redactions r set content = event_content(e) from events e where e.id = r.event_id and e.id = ${one!.id}::bigint`;
    expect(await look([alter])).toEqual([`altered ${one!.id}`]);
    expect(await look([alter, cover])).toEqual([`redaction ${erasure!.id}`]);
    expect(await look([sql`delete from redactions where event_id = ${one!.id}::bigint`])).toEqual([
      `altered ${one!.id}`,
      `redaction ${erasure!.id}`,
    ]);
    expect(await kinds()).toEqual([]);
  });

  test("T95 no other change gets past the database, not even with a redaction beside it", async () => {
    const [erasure] = await db.select().from(events).where(eq(events.name, "user.erased"));
    const [victim] = await db.execute<{ id: string }>(sql`
      select id::text from events where id not in (select event_id from redactions) and name <> 'user.erased' limit 1`);
    const attempt = db.transaction(async (tx) => {
      await tx.execute(sql`
        insert into redactions (event_id, content, erasure_id) values (${victim!.id}::bigint, repeat('0', 64), ${erasure!.id})`);
      await tx.execute(sql`update events set actor_label = 'Somebody else' where id = ${victim!.id}::bigint`);
    });
    await expect(attempt).rejects.toMatchObject({ cause: { code: "23001" } });
  });

  test("X12 two people who acted on each other are both erased, one after the other, and the log verifies", async () => {
    const { account, person, place, theirs } = await world();
    const other = await create.colleague(account, ["owner"], {
      email: "quirin@fernweh.test",
      firstName: "Quirin",
      lastName: "Fernweh",
    });
    const quirin = await browserOf(other.user, account);
    await quirin.post(`/admin/users/${place.id}/block`).expect(303);
    await quirin.post(`/admin/users/${place.id}/unblock`).expect(303);
    await theirs.post(`/admin/users/${other.member.id}/link`);
    await sealAll();
    const again = await browserOf(person, account);
    await again.post("/profile/erasure", { email: person.email }).expect(303);
    await quirin.post("/profile/erasure", { email: other.user.email }).expect(303);
    await sealAll();
    expect(await kinds()).toEqual([]);
    for (const words of ["fernweh", person.email]) expect([words, await tablesWith(words)]).toEqual([words, []]);
    const [twice] = await db.execute<{ count: number }>(sql`select count(*)::int from redactions where generation > 1`);
    expect(twice!.count).toBeGreaterThan(0);
  });

  test("A46 D9 T55 is refused to corporate users, to the last Owner among others, and without the address typed", async () => {
    const company = await admin("owner");
    const corporate = await create.user({ corporateAccountId: company.account.id });
    await create.member(company.account, corporate, { corporate: true });
    const theirs = await browserOf(corporate);
    expect((await theirs.get("/profile/erasure").expect(200)).text).toContain("Your organisation manages your profile");
    await theirs.post("/profile/erasure", { email: corporate.email }).expect(403);

    const page = await company.browser.post("/profile/erasure", { email: company.user.email }).expect(409);
    expect(page.text).toContain(company.account.name);
    const free = await create.user();
    const browser = await browserOf(free);
    await browser.post("/profile/erasure", { email: "other@people.test" }).expect(422);
    for (const id of [corporate.id, company.user.id, free.id]) expect((await user(id)).erasedAt).toBeNull();
    await browser.post("/profile/erasure", { email: free.email }).expect(303);
    expect((await user(free.id)).erasedAt).not.toBeNull();
    await new Browser().get("/profile/erasure").expect(303);
  });
});
