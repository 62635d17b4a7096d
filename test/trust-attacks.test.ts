import { eq, sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { grants, offboardings, totpSecrets } from "../src/db/schema.ts";
import { admin, browserOf } from "./support/browser.ts";
import { giveApp } from "./support/factors.ts";
import { changesOf, create, eventsOf, reloadMember } from "./support/world.ts";

const tomorrow = () => new Date(Date.now() + 86_400_000);

describe("acting on somebody who is above the account", () => {
  test("T54 T108 no account takes the second factor off whoever administers the installation", async () => {
    const { account, browser } = await admin("owner");
    const { user, member } = await create.colleague(account, ["viewer"], {
      ...{ corporateAccountId: account.id, instanceAdmin: true },
    });
    await giveApp(user);
    const answer = await browser.post(`/admin/users/${member.id}/factor-reset`).expect(409);
    expect(answer.text).toContain("administers this installation");
    expect(await db.select().from(totpSecrets).where(eq(totpSecrets.userId, user.id))).toHaveLength(1);
    expect(await eventsOf(account.id)).not.toContain("user.second_factor_reset");
  });
});

describe("acting on oneself", () => {
  test("T54 whoever is to be offboarded does not cancel it; a colleague does", async () => {
    const { account, browser } = await admin("owner");
    const leaver = await create.colleague(account, ["admin"]);
    const at = tomorrow().toISOString().slice(0, 16);
    const wish = { when: "later", at, note: "", owner: "", version: "", confirmation: leaver.user.email };
    await browser.post(`/admin/users/${leaver.member.id}/offboarding`, wish).expect(303);
    const [row] = await db.select().from(offboardings).where(eq(offboardings.memberId, leaver.member.id));
    const theirs = await browserOf(leaver.user, account);
    const answer = await theirs.post(`/admin/offboardings/${row!.id}/cancellation`).expect(409);
    expect(answer.text).toContain("You cannot do this to yourself");
    expect(await eventsOf(account.id)).not.toContain("offboarding.cancelled");
    await browser.post(`/admin/offboardings/${row!.id}/cancellation`).expect(303);
  });

  test("D9 nobody keeps what they hold until a day by putting it into a role that they hold for good", async () => {
    const { account, member, browser } = await admin("roles.view", "roles.edit");
    const role = await create.role(account, "account", "Desk", ["roles.view"]);
    await create.grant(member, { role });
    const dated = await create.grant(member, { permission: "users.view" });
    await db.update(grants).set({ endsAt: tomorrow() }).where(eq(grants.id, dated.id));
    const fields = { name: "Desk", about: "", version: "1", permissions: ["roles.view", "users.view"] };
    const answer = await browser.post(`/admin/roles/${role.id}`, fields);
    expect([answer.status, await eventsOf(account.id)]).toEqual([403, expect.not.arrayContaining(["role.changed"])]);
    // Who holds it for good may, and so may they where they do not hold the role.
    await db.update(grants).set({ endsAt: null }).where(eq(grants.id, dated.id));
    await browser.post(`/admin/roles/${role.id}`, fields).expect(303);
  });
});

describe("erasing oneself takes nobody else's words", () => {
  const erase = async (person: Awaited<ReturnType<typeof create.user>>) => {
    await (await browserOf(person)).post("/profile/erasure", { email: person.email }).expect(303);
  };
  const addressChanged = async (person: { id: string }, accountId: string, from: string) =>
    void (await db.execute(sql`
      insert into events (account_id, actor_id, actor_label, name, subject_type, subject_id, subject_label, before, after)
      values (${accountId}, ${person.id}, 'x', 'user.address_changed', 'user', ${person.id}, 'x',
        ${JSON.stringify({ email: from })}::jsonb, '{"email":"y@people.test"}'::jsonb)`));

  test("X12 an address that is somebody else's by now is left to them, with what waits for it", async () => {
    const { account } = await admin("owner");
    const leaver = await create.colleague(account, ["admin"]);
    const heir = await create.colleague(account, ["viewer"]);
    await addressChanged(leaver.user, account.id, heir.user.email);
    const elsewhere = await create.account();
    const invited = await create.member(elsewhere, null, { email: heir.user.email, firstName: "Hei" });
    await db.execute(sql`insert into rate_limits (key, points, resets_at) values
      (${`sign-in:${heir.user.email}:hour`}, 19, now() + interval '1 hour')`);
    const browser = await browserOf(leaver.user, account);
    await browser.post(`/admin/users/${heir.member.id}/block`).expect(303);
    await erase(leaver.user);

    expect(await reloadMember(invited.id)).toMatchObject({ status: "invited", email: heir.user.email });
    expect(await db.execute(sql`select 1 from rate_limits where key like ${`%:${heir.user.email}:%`}`)).toHaveLength(1);
    const [event] = await db.execute<{ label: string }>(sql`
      select subject_label as label from events where account_id = ${account.id} and name = 'member.blocked'`);
    expect(event!.label).toBe(heir.user.email);
  });

  test("T95 nor what only ends like their address, nor its counts of guesses", async () => {
    const { account } = await admin("owner");
    const long = await create.colleague(account, ["viewer"], { email: "anna.tom@words.test" });
    const short = await create.colleague(account, ["admin"], { email: "tom@words.test" });
    const browser = await browserOf(short.user, account);
    await browser.post(`/admin/users/${long.member.id}/block`).expect(303);
    await db.execute(sql`insert into rate_limits (key, points, resets_at) values
      ('sign-in:anna.tom@words.test:hour', 19, now() + interval '1 hour'), ('reset:tom@words.test', 2, now() + interval '1 hour')`);
    await erase(short.user);
    const [event] = await db.execute<{ label: string }>(sql`
      select subject_label as label from events where account_id = ${account.id} and name = 'member.blocked'`);
    expect(event!.label).toBe("anna.tom@words.test");
    const keys = await db.execute<{ key: string }>(sql`select key from rate_limits where key like '%words.test%'`);
    expect(keys.map(({ key }) => key)).toEqual(["sign-in:anna.tom@words.test:hour"]);
  });

  test("T95 nobody hides what they did by having been called like a role or a colleague", async () => {
    const { account } = await admin("owner");
    const victim = await create.colleague(account, [], { firstName: "Vera", lastName: "Viewer" });
    const rogue = await create.colleague(account, ["owner"], { firstName: "Odd", lastName: "Rogue" });
    for (const [firstName, lastName] of [
      ["Mailbox", "reader"],
      ["Vera", "Viewer"],
      ["x", "o"],
    ])
      await db.execute(sql`
        insert into events (account_id, actor_id, actor_label, name, subject_type, subject_id, subject_label, before, after)
        values (${account.id}, ${rogue.user.id}, 'x', 'user.profile_changed', 'user', ${rogue.user.id}, 'x',
          ${JSON.stringify({ firstName, lastName })}::jsonb, '{}'::jsonb)`);
    await db.execute(sql`
      insert into events (account_id, actor_id, actor_label, name, subject_type, subject_id, subject_label, before, after)
      values (${account.id}, ${rogue.user.id}, 'x', 'member.rights_changed', 'member', ${victim.member.id}, 'Vera Viewer',
        '{"rights":["Mailbox owner"]}'::jsonb, '{"rights":["Mailbox reader (Odd Rogue)"]}'::jsonb)`);
    await erase(rogue.user);
    const [event] = await db.execute<{ label: string; before: unknown; after: unknown }>(sql`
      select subject_label as label, before, after from events
      where account_id = ${account.id} and name = 'member.rights_changed'`);
    expect(event).toEqual({
      label: "Vera Viewer",
      before: { rights: ["Mailbox owner"] },
      after: { rights: ["Mailbox reader ([erased])"] },
    });
    expect(await changesOf(account.id)).not.toContain("Odd Rogue");
  });
});
