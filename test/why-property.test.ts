import { sql } from "drizzle-orm";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Actor, can } from "../src/access/actor.ts";
import { actorOf, loadVisitor } from "../src/access/load-actor.ts";
import type { Permission, SystemRole } from "../src/access/permissions.ts";
import { db } from "../src/db/client.ts";
import { whoCan } from "../src/who-can/queries.ts";
import { lookFor } from "../src/who-can/streams.ts";
import { whyOf } from "../src/why/answer.ts";
import { create, type Mailbox, type Member, type Role, type User } from "./support/world.ts";

/** What may happen in an account, written as the verbs write it. */
const kinds = [
  ...["give", "give", "give", "give", "give", "end", "edit", "role ends", "status", "status", "remove and restore"],
  ...["archive", "delete account", "disable", "end date", "guest", "suspend"],
] as const;
type Step = { kind: (typeof kinds)[number]; who: number; what: number; box: number; on: boolean };
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(...kinds),
  who: fc.nat(1),
  what: fc.nat(5),
  box: fc.nat(2),
  on: fc.boolean(),
});

const asked: Permission[] = ["messages.read", "messages.send", "users.view"];

interface World {
  accountId: string;
  people: { user: User; member: Member }[];
  boxes: Mailbox[];
  roles: Role[];
}

async function world(): Promise<World> {
  const account = await create.account();
  const people = [await create.colleague(account, ["viewer"]), await create.colleague(account)];
  const boxes = [await create.mailbox(account), await create.mailbox(account)];
  await create.grant(people[1]!.member, { systemRole: "mailbox_editor" }, boxes[0]);
  const roles = [
    await create.role(account, "account", "Desk", ["messages.send", "users.view"]),
    await create.role(account, "mailbox", "Answers", ["messages.send"]),
  ];
  return { accountId: account.id, people, boxes, roles };
}

/** On the account, or on a mailbox: a system role, a custom role, or a single permission. */
function thing(all: World, { what, box }: Step) {
  const at = all.boxes[box - 1];
  if (what < 2) {
    const keys: SystemRole[] = at ? ["mailbox_reader", "mailbox_editor"] : ["viewer", "admin"];
    return { at, systemRole: keys[what] };
  }
  if (what < 4) return { at, roleId: all.roles[at ? 1 : 0]!.id };
  const permission: Permission = at || what === 4 ? "messages.read" : "users.view";
  return { at, permission };
}

const change = (which: ReturnType<typeof sql>) => db.execute(which);

async function happen(all: World, each: Step) {
  const { user, member } = all.people[each.who]!;
  const role = all.roles[each.box % 2]!;
  const box = all.boxes[each.box % 2]!;
  const { accountId } = all;
  const held = sql`(select id from grants where member_id = ${member.id} and ended_at is null order by granted_at, id
    offset ${each.what} limit 1)`;
  switch (each.kind) {
    case "give": {
      const { at, systemRole = null, roleId = null, permission = null } = thing(all, each);
      return change(sql`insert into grants (account_id, member_id, mailbox_id, system_role, role_id, permission, source)
        values (${accountId}, ${member.id}, ${at?.id ?? null}, ${systemRole}, ${roleId}, ${permission}, 'direct') on conflict do nothing`);
    }
    case "end":
      return change(sql`update grants set ended_at = now(), end_reason = 'removed' where id = ${held}`);
    case "end date":
      return change(
        sql`update grants set ends_at = ${each.on ? sql`now() + interval '4 milliseconds'` : null} where id = ${held}`,
      );
    case "guest":
      return change(sql`update members set guest_until = ${each.on && each.what < 3 ? sql`now() + interval '4 milliseconds'` : null}
        where id = ${member.id}`);
    case "edit":
      return each.on
        ? change(sql`insert into role_permissions (account_id, role_id, permission)
            select account_id, id, 'messages.read' from roles where id = ${role.id} and ended_at is null on conflict do nothing`)
        : change(sql`update role_permissions set ended_at = now() where role_id = ${role.id} and ended_at is null
            and permission = ${each.what % 2 ? "messages.read" : "messages.send"}`);
    case "role ends":
      if (each.what > 0) return;
      return change(sql`with r as (update roles set ended_at = now() where id = ${role.id} and ended_at is null)
        update role_permissions set ended_at = now() where role_id = ${role.id} and ended_at is null`);
    case "status":
      return change(sql`update members set status = ${each.on || each.what > 2 ? "active" : ["blocked", "waiting", "invited"][each.box]!}
        where id = ${member.id} and status <> 'removed'`);
    case "remove and restore":
      return each.on
        ? change(sql`with g as (update grants set ended_at = now(), end_reason = 'removed'
              where member_id = ${member.id} and ended_at is null)
            update members set status = 'removed', ended_at = now() where id = ${member.id}`)
        : change(
            sql`update members set status = 'active', ended_at = null where id = ${member.id} and status = 'removed'`,
          );
    case "archive":
      return change(sql`update mailboxes set archived_at = ${each.on ? sql`now()` : null} where id = ${box.id}`);
    case "delete account":
      return change(
        sql`update accounts set deleted_at = ${each.on && each.what < 1 ? sql`now()` : null} where id = ${accountId}`,
      );
    case "suspend":
      return change(
        sql`update accounts set suspended_at = ${each.on && each.what < 1 ? sql`now()` : null} where id = ${accountId}`,
      );
    default:
      return change(
        sql`update users set disabled_at = ${each.on && each.what < 1 ? sql`now()` : null} where id = ${user.id}`,
      );
  }
}

type Answers = Record<string, boolean>;
const questions = (all: World) =>
  all.people.flatMap(({ user, member }) =>
    asked.flatMap((permission) =>
      [null, ...all.boxes.map(({ id }) => id)].map((mailboxId) => ({ user, member, permission, mailboxId })),
    ),
  );
const named = (memberId: string, permission: string, mailboxId: string | null) =>
  `${memberId} ${permission} ${mailboxId}`;

/** What a request would be allowed now. */
async function enforced(all: World): Promise<Answers> {
  const actors = new Map<string, Actor | undefined>();
  for (const { user } of all.people) {
    const visitor = await loadVisitor(user.id, all.accountId);
    const actor = visitor && actorOf(visitor, {});
    const works = actor?.accountId === all.accountId && !visitor?.account?.suspended;
    actors.set(user.id, works ? actor : undefined);
  }
  return Object.fromEntries(
    questions(all).map(({ user, member, permission, mailboxId }) => {
      const actor = actors.get(user.id);
      return [named(member.id, permission, mailboxId), Boolean(actor && can(actor, permission, mailboxId))];
    }),
  );
}

async function explained(all: World, at: Date | null): Promise<Answers> {
  const found = questions(all).map(async ({ member, permission, mailboxId }) => {
    const answer = await whyOf(all.accountId, member.id, { permission, mailboxId, at });
    return [named(member.id, permission, mailboxId), answer.yes] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}

async function reversed(all: World, at: Date | null): Promise<Answers> {
  const answers: Answers = Object.fromEntries(
    questions(all).map(({ member, permission, mailboxId }) => [named(member.id, permission, mailboxId), false]),
  );
  for (const permission of asked)
    for (const mailboxId of [null, ...all.boxes.map(({ id }) => id)]) {
      const { rows } = await whoCan(all.accountId, { permission, mailboxId, at }, "", null);
      for (const { id } of rows) answers[named(id, permission, mailboxId)] = true;
    }
  return answers;
}

/** The same by looks that are as short as can be: where each ends is where the next begins, and nobody falls between. */
async function walked(all: World, at: Date | null): Promise<Answers> {
  const answers: Answers = Object.fromEntries(
    questions(all).map(({ member, permission, mailboxId }) => [named(member.id, permission, mailboxId), false]),
  );
  for (const permission of asked)
    for (const mailboxId of [null, all.boxes[0]!.id, all.boxes[1]!.id]) {
      let after = "";
      for (let looks = 0; looks < 40; looks++) {
        const how = { size: 1, after, look: 1 };
        const { people, upTo } = await lookFor(all.accountId, { permission, mailboxId, at }, how);
        for (const { id } of people) answers[named(id, permission, mailboxId)] = true;
        if (!upTo) break;
        expect(upTo > after || people.length > 0).toBe(true);
        after = people.length > 0 ? people.at(-1)!.id : upTo;
      }
    }
  return answers;
}

/** The database's clock, to the millisecond in which nothing else happens. */
async function moment(): Promise<Date> {
  await db.execute(sql`select pg_sleep(0.002)`);
  const [row] = await db.execute<{ at: string }>(
    sql`select to_json(date_trunc('milliseconds', clock_timestamp())) as at`,
  );
  await db.execute(sql`select pg_sleep(0.002)`);
  return new Date(row!.at);
}

test("X3 why, and who can, say what enforcement says, at every moment of any history, and say it again when asked for that date", async () => {
  let answered = 0;
  let granted = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 10 }), async (steps) => {
      const all = await world();
      const past: { at: Date; answers: Answers }[] = [];
      for (const each of steps) {
        await happen(all, each);
        const at = await moment();
        const answers = await enforced(all);
        expect(await explained(all, null), `after ${each.kind}`).toEqual(answers);
        past.push({ at, answers });
        answered += Object.keys(answers).length;
        granted += Object.values(answers).filter(Boolean).length;
      }
      expect(await reversed(all, null)).toEqual(past.at(-1)!.answers);
      expect(await walked(all, null)).toEqual(past.at(-1)!.answers);
      expect(await walked(all, past.at(-1)!.at)).toEqual(past.at(-1)!.answers);
      for (const { at, answers } of past) expect(await explained(all, at), `at ${at.toISOString()}`).toEqual(answers);
      for (const { at, answers } of past.slice(-2)) expect(await reversed(all, at)).toEqual(answers);
    }),
    { numRuns: Number(process.env.HISTORIES ?? 3) },
  );
  expect(granted / answered).toBeGreaterThan(0.03);
}, 120_000);
