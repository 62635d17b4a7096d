import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { type Actor, system } from "../src/access/actor.ts";
import { type Permission, type SystemRole, systemRoles } from "../src/access/permissions.ts";
import { db } from "../src/db/client.ts";
import { grants, type PendingGrant } from "../src/db/schema.ts";
import { applyGrants } from "../src/grants/apply.ts";
import { endAllGrants } from "../src/grants/end-all.ts";
import { heldBy } from "../src/grants/queries.ts";
import { type Account, create, grantsOf, type Member, reloadMember } from "./support/world.ts";

/** Somebody who acts in the account and holds all that a role holds. */
const acting = (account: Account, role: SystemRole, without: Permission[] = []): Actor => ({
  ...system(account.id),
  permissions: new Set(
    (systemRoles[role].permissions as readonly Permission[]).filter((key) => !without.includes(key)),
  ),
});

const apply = (actor: Actor, member: Member, adds: PendingGrant[], ends: string[] = []) =>
  db.transaction((tx) => applyGrants(tx, actor, member, { adds, ends }, "direct"));

describe("giving and ending rights", () => {
  test("gives roles and permissions on the account and on a mailbox, and says what changed", async () => {
    const account = await create.account();
    const member = await create.member(account, null);
    const press = await create.mailbox(account, { name: "Press" });

    const applied = await apply(acting(account, "owner"), member, [
      { mailboxId: null, systemRole: "viewer" },
      { mailboxId: press.id, permission: "messages.send" },
    ]);

    expect(applied.after).toEqual(["Send messages (Press)", "Viewer"]);
    expect(await grantsOf(member.id)).toEqual([`messages.send@${press.id}`, "viewer"]);
    expect((await reloadMember(member.id)).version).toBe(2);
    expect(await db.transaction((tx) => heldBy(tx, account.id, member.id))).toContainEqual({
      permission: "messages.send",
      mailboxId: press.id,
    });
  });

  test("what is held already changes nothing", async () => {
    const account = await create.account();
    const member = await create.member(account, null);
    await create.grant(member, { systemRole: "viewer" });
    const applied = await apply(acting(account, "owner"), member, [{ mailboxId: null, systemRole: "viewer" }]);
    expect(applied.started).toEqual([]);
    expect((await reloadMember(member.id)).version).toBe(1);
  });

  test("a grant ends, with who and why, and its row stays as it was", async () => {
    const account = await create.account();
    const { user } = await create.colleague(account, ["owner"]);
    const member = await create.member(account, null);
    const viewer = await create.grant(member, { systemRole: "viewer" });
    await apply({ ...acting(account, "owner"), userId: user.id }, member, [], [viewer.id]);

    const [row] = await db.select().from(grants).where(eq(grants.id, viewer.id));
    expect(row).toEqual({ ...viewer, endedAt: expect.any(Date), endedBy: user.id, endReason: "removed" });
    expect(await grantsOf(member.id)).toEqual([]);
  });

  test("ending everything keeps the rows and says what ended", async () => {
    const account = await create.account();
    const member = await create.member(account, null);
    await create.grant(member, { systemRole: "viewer" });
    await create.grant(member, { permission: "domains.verify" });
    const ended = await db.transaction((tx) => endAllGrants(tx, system(account.id), member, "left"));
    expect(ended).toEqual(["Verify domains", "Viewer"]);
    expect(await db.select().from(grants).where(eq(grants.memberId, member.id))).toHaveLength(2);
  });

  test("T52 what is taken away must be held too, and an unknown id is not found", async () => {
    const account = await create.account();
    const member = await create.member(account, null);
    const verify = await create.grant(member, { permission: "domains.verify" });
    const actor = acting(account, "admin", ["domains.verify"]);
    await expect(apply(actor, member, [], [verify.id])).rejects.toMatchObject({ status: 403 });
    await expect(apply(actor, member, [], [crypto.randomUUID()])).rejects.toMatchObject({ status: 404 });
    expect(await grantsOf(member.id)).toEqual(["domains.verify"]);
  });

  test("a mailbox right may be given on that mailbox by who may grant there, and nowhere else", async () => {
    const account = await create.account();
    const member = await create.member(account, null);
    const [press, events] = [await create.mailbox(account), await create.mailbox(account)];
    const actor: Actor = {
      ...system(account.id),
      mailboxPermissions: new Map([[press.id, new Set<Permission>(["messages.read", "members.grant"])]]),
    };
    await apply(actor, member, [{ mailboxId: press.id, systemRole: "mailbox_reader" }]);
    for (const adds of [
      [{ mailboxId: events.id, systemRole: "mailbox_reader" as const }],
      [{ mailboxId: press.id, systemRole: "mailbox_editor" as const }],
      [{ mailboxId: null, permission: "messages.read" as const }],
    ]) {
      await expect(apply(actor, member, adds)).rejects.toMatchObject({ status: 403 });
    }
    expect(await grantsOf(member.id)).toEqual([`mailbox_reader@${press.id}`]);
  });
});
