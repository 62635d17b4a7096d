import fc from "fast-check";
import { expect, test } from "vitest";
import type { Actor } from "../src/access/actor.ts";
import { actorOf, loadVisitor } from "../src/access/load-actor.ts";
import {
  mailboxPermissionKeys,
  type Permission,
  permissionsAt,
  systemRoleKeys,
  systemRoles,
} from "../src/access/permissions.ts";
import { db } from "../src/db/client.ts";
import { blastRadius } from "../src/roles/blast-radius.ts";
import { contentChange, editRole } from "../src/roles/edit.ts";
import { findRole } from "../src/roles/queries.ts";
import { type Account, create, type Mailbox, type Member, type Role, type User } from "./support/world.ts";

/** Few permissions, so that grants overlap often: two of the account, three of mailboxes. */
const some: Permission[] = ["users.view", "audit.view", "messages.read", "messages.send", "mailbox.manage"];
const at = (level: "account" | "mailbox") => some.filter((permission) => permissionsAt(level).includes(permission));

const contents = (level: "account" | "mailbox") => fc.uniqueArray(fc.constantFrom(...at(level)), { minLength: 1 });
const givings = fc.uniqueArray(
  fc.record({
    person: fc.nat(2),
    /** 0: the account; 1, 2: a mailbox; 3: an archived one. */
    place: fc.nat(3),
    what: fc.oneof(
      fc.record({ kind: fc.constant("role" as const), index: fc.nat(1) }),
      fc.record({ kind: fc.constant("system" as const), index: fc.nat(2) }),
      fc.record({ kind: fc.constant("permission" as const), index: fc.nat(2) }),
    ),
  }),
  { minLength: 1, maxLength: 12, selector: (giving) => JSON.stringify(giving) },
);

type Giving = typeof givings extends fc.Arbitrary<(infer G)[]> ? G : never;

interface World {
  account: Account;
  owner: User;
  people: { user: User; member: Member }[];
  mailboxes: Mailbox[];
}

/** What somebody may do now, as the doors see it: `users.view`, `messages.read@<mailbox id>`. */
async function rightsOf(world: World, user: User): Promise<Actor> {
  return actorOf((await loadVisitor(user.id, world.account.id))!, {})!;
}

const every = (actor: Actor): [Permission, string | null][] => [
  ...[...actor.permissions].map((permission) => [permission, null] as [Permission, null]),
  ...[...actor.mailboxPermissions].flatMap(([id, held]) =>
    [...held].map((permission) => [permission, id] as [Permission, string]),
  ),
];
const holds = (actor: Actor, [permission, mailboxId]: [Permission, string | null]) =>
  actor.permissions.has(permission) || Boolean(mailboxId && actor.mailboxPermissions.get(mailboxId)?.has(permission));
const gained = (before: Actor, after: Actor) =>
  every(after)
    .filter((right) => !holds(before, right))
    .map(([permission, mailboxId]) => `${permission}@${mailboxId ?? ""}`)
    .sort();

async function grantAll(world: World, roles: Record<"account" | "mailbox", Role[]>, all: Giving[]) {
  for (const { person, place, what } of all) {
    const level = place === 0 ? "account" : "mailbox";
    const system = systemRoleKeys.filter(
      (key) => systemRoles[key].level === level && key !== "owner" && key !== "admin",
    );
    const thing =
      what.kind === "role"
        ? { role: roles[level][what.index]! }
        : what.kind === "system"
          ? { systemRole: system[what.index % system.length]! }
          : { permission: at(level)[what.index]! };
    // The same thing twice in one place is one grant.
    await create.grant(world.people[person]!.member, thing, world.mailboxes[place - 1]).catch(() => {});
  }
}

test("X11 what the preview says is what saving does, over random roles and grants", async () => {
  expect(mailboxPermissionKeys).toContain("messages.read");
  await fc.assert(
    fc.asyncProperty(
      givings,
      fc.constantFrom("account" as const, "mailbox" as const),
      fc.record({
        account: fc.tuple(contents("account"), contents("account")),
        mailbox: fc.tuple(contents("mailbox"), contents("mailbox")),
      }),
      fc.record({ account: contents("account"), mailbox: contents("mailbox") }),
      async (all, level, held, wanted) => {
        const account = await create.account();
        const { user: owner, member } = await create.colleague(account, ["owner"]);
        const people = [await create.colleague(account), await create.colleague(account), { user: owner, member }];
        const archived = { archivedAt: new Date() };
        const mailboxes = [
          await create.mailbox(account),
          await create.mailbox(account),
          await create.mailbox(account, archived),
        ];
        const world = { account, owner, people, mailboxes };
        const make = (at: "account" | "mailbox") =>
          Promise.all(held[at].map((permissions, n) => create.role(account, at, `Role ${n}`, permissions)));
        const roles = { account: await make("account"), mailbox: await make("mailbox") };
        await grantAll(world, roles, all);

        const role = await findRole(db, account.id, roles[level][0]!.id);
        const preview = await blastRadius(db, account.id, role.id, contentChange(role, wanted[level]));
        const before = await Promise.all(people.map(({ user }) => rightsOf(world, user)));
        const actor = await rightsOf(world, owner);
        await editRole(actor, role.id, {
          name: "Changed",
          about: "",
          permissions: wanted[level],
          version: role.version,
        });
        const after = await Promise.all(people.map(({ user }) => rightsOf(world, user)));

        const real = people
          .map(({ member }, n) => ({
            id: member.id,
            gains: gained(before[n]!, after[n]!),
            losses: gained(after[n]!, before[n]!),
          }))
          .filter(({ gains, losses }) => gains.length + losses.length > 0);
        const keys = (rights: { permission: string; mailboxId: string | null }[]) =>
          rights.map(({ permission, mailboxId }) => `${permission}@${mailboxId ?? ""}`).sort();
        const said = preview.people.map(({ id, gains, losses }) => ({ id, gains: keys(gains), losses: keys(losses) }));
        const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
        expect(said.sort(byId)).toEqual(real.sort(byId));
        expect(preview).toMatchObject({
          affected: real.length,
          gaining: real.filter(({ gains }) => gains.length > 0).length,
          losing: real.filter(({ losses }) => losses.length > 0).length,
        });
      },
    ),
    { numRuns: 60 },
  );
}, 120_000);
