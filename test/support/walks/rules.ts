import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { db } from "../../../src/db/client.ts";
import { orphanedSince } from "../../../src/releases/queries.ts";
import type { Scope } from "./steps.ts";
import type { World } from "./world.ts";

/** One world as it stands: what the rules compare before and after a step. */
export interface State {
  grants: Map<string, { row: string; account: string; user: string | null }>;
  people: Map<string, { corporate: string | null }>;
  /** Accounts that were deleted. */
  gone: Set<string>;
}

const uuids = (ids: Iterable<string>) => sql`any(${sql.param([...ids])}::uuid[])`;

/** Every account that somebody of the world has, or had, a place in. */
const accountsOf = (
  world: World,
) => sql`(select id from accounts where id = ${uuids(world.companies.map(({ id }) => id))}
  union select account_id from members where user_id = ${uuids(world.people)})`;

export async function stateOf(world: World): Promise<State> {
  const [grants, people, gone] = await Promise.all([
    db.execute<{ id: string; row: string; account: string; user: string | null }>(sql`
      select g.id, g::text as row, g.account_id as account, m.user_id as user
      from grants g join members m on m.id = g.member_id where g.account_id in ${accountsOf(world)}`),
    db.execute<{ id: string; corporate: string | null }>(sql`
      select id, corporate_account_id as corporate from users where id = ${uuids(world.people)}`),
    db.execute<{ id: string }>(sql`
      select id from accounts where deleted_at is not null and id in ${accountsOf(world)}`),
  ]);
  return {
    grants: new Map(grants.map(({ id, ...rest }) => [id, rest])),
    people: new Map(people.map(({ id, ...rest }) => [id, rest])),
    gone: new Set(gone.map(({ id }) => id)),
  };
}

/** What must hold after each step, whatever it was and whether or not it was refused. */
export async function checkRules(world: World, before: State, after: State, scope: Scope): Promise<void> {
  grantsElsewhereStay(before, after, scope);
  nobodyIsTakenFromTheLiving(before, after, scope);
  await Promise.all([
    onlyTheRightOnesAreTaken(before, after),
    oneActivePerName(world),
    marksAgree(world),
    everyAccountHasAnOwner(world),
    nobodyIsStuck(world),
  ]);
}

/** T27: what was there is there, byte for byte, but for what this step is about. */
function grantsElsewhereStay(before: State, after: State, { accounts, users }: Scope) {
  for (const [id, { row, account, user }] of before.grants) {
    if (accounts.includes(account) || (user && users.includes(user))) continue;
    expect(after.grants.get(id)?.row, "T27 a grant elsewhere changed").toBe(row);
  }
}

/** T28: who is managed by an account that lives leaves it by being let go only. */
function nobodyIsTakenFromTheLiving(before: State, after: State, { frees }: Scope) {
  for (const [id, { corporate: was }] of before.people) {
    const is = after.people.get(id)!.corporate;
    if (!was || was === is) continue;
    const free = before.gone.has(was) && is !== null;
    expect(free || frees.some((each) => each(id, was)), `T28 ${id} left ${was} for ${is}`).toBe(true);
  }
}

/** A31, A39–A41, T18: whoever becomes corporate has an address in a domain that is active for that account, and proved it. */
async function onlyTheRightOnesAreTaken(before: State, after: State) {
  const taken = [...after.people].filter(
    ([id, { corporate }]) => corporate && before.people.get(id)?.corporate !== corporate,
  );
  if (taken.length === 0) return;
  const wrong = await db.execute(sql`
    select u.email, u.password_hash is null as made from users u where u.id = ${uuids(taken.map(([id]) => id))} and (
      u.disabled_at is not null or (u.email_proven_at is null and u.password_hash is not null)
      or not exists (select 1 from domains d where d.account_id = u.corporate_account_id and d.status = 'active'
        and d.ended_at is null and d.name = split_part(u.email, '@', 2)))`);
  expect([...wrong], "taken in without right").toEqual([]);
}

/** T21. */
async function oneActivePerName(world: World) {
  const twice = await db.execute(sql`
    select name from domains where status = 'active' and ended_at is null and name = any(${sql.param(world.names)}::text[])
    group by name having count(*) > 1`);
  expect([...twice], "T21 two active domains of one name").toEqual([]);
}

/** The mark on the place and the one on the profile are two ways to say the same. */
async function marksAgree(world: World) {
  const wrong = await db.execute(sql`
    select u.email, u.corporate_account_id as profile, m.account_id as place, m.corporate, m.status
    from users u left join members m on m.user_id = u.id
    where u.id = ${uuids(world.people)} and (
      m.corporate and u.corporate_account_id is distinct from m.account_id
      or not m.corporate and u.corporate_account_id = m.account_id and m.status not in ('removed', 'declined', 'revoked', 'expired')
      or u.corporate_account_id is not null and not exists (
        select 1 from members o where o.user_id = u.id and o.account_id = u.corporate_account_id and o.corporate))`);
  expect([...wrong], "the marks of profile and place disagree").toEqual([]);
}

/** T55: an account that somebody is active in has an Owner who can sign in. */
async function everyAccountHasAnOwner(world: World) {
  const without = await db.execute(sql`
    select a.name from accounts a where a.deleted_at is null and a.id in ${accountsOf(world)}
      and exists (select 1 from members m join users u on u.id = m.user_id and u.disabled_at is null
        where m.account_id = a.id and m.status = 'active')
      and not exists (select 1 from grants g join members m on m.id = g.member_id and m.status = 'active'
        join users u on u.id = m.user_id and u.disabled_at is null
        where g.account_id = a.id and g.system_role = 'owner' and g.mailbox_id is null and g.ended_at is null)`);
  expect([...without], "T55 an account without an Owner").toEqual([]);
}

/**
 * X2: who is not disabled can sign in, and is their own, or is managed by an account that lives, or that can still be
 * restored, or may let themselves go. Disabled are only those who deleted their profile, and those whom the account that
 * manages them removed (D13), as long as it can take that back or lives.
 */
async function nobodyIsStuck(world: World) {
  const rows = await db.execute<{ id: string; email: string; off: boolean; removed: boolean; alive: boolean }>(sql`
    select u.id, u.email, u.disabled_at is not null as off, coalesce(a.deleted_at > now() - interval '30 days', true) as alive,
      exists (select 1 from members m where m.user_id = u.id and m.account_id = u.corporate_account_id and m.status = 'removed') as removed
    from users u left join accounts a on a.id = u.corporate_account_id where u.id = ${uuids(world.people)}`);
  for (const { id, email, off, removed, alive } of rows) {
    if (off) expect(email.endsWith("@deleted.invalid") || (removed && alive), `X2 ${email} is switched off`).toBe(true);
    else if (!alive) expect((await orphanedSince(id))?.free, `X2 ${email} cannot leave`).toBe(true);
  }
}
