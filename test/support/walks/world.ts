import { and, eq, isNull, sql } from "drizzle-orm";
import type { Actor } from "../../../src/access/actor.ts";
import { actorOf, loadVisitor } from "../../../src/access/load-actor.ts";
import type { Permission } from "../../../src/access/permissions.ts";
import type { Person } from "../../../src/access/person.ts";
import { db } from "../../../src/db/client.ts";
import { accounts, domains as domainRows, type domains, users } from "../../../src/db/schema.ts";
import { zone } from "../name-server.ts";
import { type Account, create } from "../world.ts";

export type User = typeof users.$inferSelect;
export type Domain = typeof domains.$inferSelect;

/** A step that cannot be taken as things stand: there is nobody, or nothing, to take it. */
export class Idle extends Error {}

/** A few companies, people with places and rights in several of them, and two names that they claim. */
export interface World {
  companies: Account[];
  names: string[];
  /** Ids of everybody, in the order in which they came. */
  people: string[];
  /** The account that a mailed link was asked for in, by the person it lets go. */
  asked: Map<string, string | null>;
  /** What is published for each name: tokens of claims. */
  published: Map<string, Set<string>>;
  fresh: () => number;
}

let counter = 0;

/**
 * The smallest world in which everything can go wrong: sole Owners elsewhere, places in several accounts, an unproven
 * address, one name that two accounts have proven, one that one has.
 */
export async function makeWorld(): Promise<World> {
  const tag = ++counter;
  const names = [`w${tag}a.test`, `w${tag}b.test`];
  const settings = { personalMailboxes: true, personalMailboxRole: "mailbox_editor" };
  const companies = [await create.account(settings), await create.account(), await create.account(settings)];
  const [a, b, c] = companies as [Account, Account, Account];
  const at = (local: string, n: number) => ({ email: `${local}@${names[n]}` });
  const bosses = [
    await create.colleague(a, ["owner"], { email: `boss.a${tag}@people.test` }),
    await create.colleague(b, ["owner"], { email: `boss.b${tag}@people.test` }),
    await create.colleague(c, ["owner"], at("boss", 0)),
    await create.colleague(a, ["owner"], at("second", 1)),
  ];
  const [plain, viewer, unproven] = [
    await create.user(at("plain", 0)),
    await create.user(at("viewer", 1)),
    await create.user({ ...at("unproven", 0), emailProvenAt: null }),
  ];
  const own = await create.account({ kind: "personal" });
  await create.grant(await create.member(own, plain), { systemRole: "owner" });
  await create.grant(await create.member(b, plain), { systemRole: "viewer" });
  const place = await create.member(c, viewer);
  await create.grant(place, { systemRole: "mailbox_editor" }, await create.mailbox(c));
  await create.grant(place, { permission: "domains.view" });
  await create.grant(await create.member(b, unproven), { systemRole: "viewer" });
  const proven = { status: "verified", verifiedAt: new Date(), provenBy: "txt", nextCheckAt: null } as const;
  const claims = [
    await create.domain(a, { name: names[0]!, ...proven }),
    await create.domain(b, { name: names[0]!, ...proven }),
    await create.domain(a, { name: names[1]!, ...proven }),
  ];
  let n = 0;
  const world: World = {
    companies,
    names,
    people: [...bosses.map(({ user }) => user), plain, viewer, unproven].map(({ id }) => id),
    asked: new Map(),
    published: new Map(),
    fresh: () => tag * 1000 + ++n,
  };
  for (const claim of claims) publish(world, claim, true);
  return world;
}

export async function userBy(id: string): Promise<User> {
  const [user] = await db.select().from(users).where(eq(users.id, id));
  return user!;
}

/** Somebody who may sign in, as they act for themselves. */
export async function personIn(world: World, who: number): Promise<Person & { user: User }> {
  const user = await userBy(world.people[who % world.people.length]!);
  const visitor = await loadVisitor(user.id, null);
  if (!visitor || !user.passwordHash) throw new Idle();
  const { userId, email, locale, corporateAccountId } = visitor;
  return { user, userId, email, label: email, locale, corporateAccountId, accountId: visitor.account?.id ?? null };
}

/** Those who own the account and can sign in. */
export async function ownersOf(account: Pick<Account, "id">): Promise<string[]> {
  const owners = await db.execute<{ id: string }>(sql`
    select distinct u.id from grants g join members m on m.id = g.member_id and m.status = 'active'
      join users u on u.id = m.user_id and u.disabled_at is null
    where g.account_id = ${account.id} and g.system_role = 'owner' and g.ended_at is null and g.mailbox_id is null
    order by u.id`);
  return owners.map(({ id }) => id);
}

/** Somebody who may do it in the account, as its pages ask: not `but`, if there is anybody else. */
export async function actorIn(account: Pick<Account, "id">, permission: Permission, but?: string): Promise<Actor> {
  const owners = await ownersOf(account);
  const chosen = owners.find((id) => id !== but) ?? owners[0];
  const visitor = chosen ? await loadVisitor(chosen, account.id) : undefined;
  const actor = visitor?.account?.id === account.id ? actorOf(visitor, {}) : undefined;
  if (!actor?.permissions.has(permission)) throw new Idle();
  return actor;
}

/** The account's claim of a name, as it stands. */
export async function claimOf(account: Pick<Account, "id">, name: string): Promise<Domain> {
  const [domain] = await db
    .select()
    .from(domainRows)
    .where(and(eq(domainRows.accountId, account.id), eq(domainRows.name, name), isNull(domainRows.endedAt)));
  if (!domain) throw new Idle();
  return domain;
}

export const accountBy = async (id: string): Promise<Account> =>
  (await db.select().from(accounts).where(eq(accounts.id, id)))[0]!;

/** Publishes the record of a claim, or takes it away, on real name servers. */
export function publish(world: World, { name, token }: Domain, there: boolean): void {
  const tokens = world.published.get(name) ?? new Set();
  world.published.set(name, tokens);
  if (there) tokens.add(token);
  else tokens.delete(token);
  zone(
    name,
    [...tokens].map((each) => ["_muster-challenge", "TXT", `token=${each}`]),
  );
}
