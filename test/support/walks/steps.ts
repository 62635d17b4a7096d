import { and, desc, eq, isNull, notInArray, sql } from "drizzle-orm";
import { secretOf } from "../../../src/access/tokens.ts";
import { createAccount } from "../../../src/accounts/create.ts";
import { planOf } from "../../../src/activations/plan.ts";
import { activateDomain } from "../../../src/activations/start.ts";
import { askAddressChange } from "../../../src/addresses/ask.ts";
import { changeAddress } from "../../../src/addresses/change.ts";
import { registerUser } from "../../../src/auth/register.ts";
import { makeCorporateUser } from "../../../src/corporate/make.ts";
import { db } from "../../../src/db/client.ts";
import { activationRuns, members, tokens } from "../../../src/db/schema.ts";
import { deleteAccount } from "../../../src/deletions/delete-account.ts";
import { deleteProfile } from "../../../src/deletions/delete-profile.ts";
import { freeOrphans } from "../../../src/deletions/free-orphans.ts";
import { restoreAccount } from "../../../src/deletions/restore-account.ts";
import { lookNow } from "../../../src/domain-ageing/look.ts";
import { removeDomain } from "../../../src/domain-removals/remove.ts";
import { deactivateDomain } from "../../../src/domain-states/deactivate.ts";
import { unverifyDomain } from "../../../src/domain-states/unverify.ts";
import { addDomain } from "../../../src/domains/add.ts";
import { acceptInvitation } from "../../../src/invitations/accept.ts";
import { leaveAccount } from "../../../src/invitations/leave.ts";
import { draftInvite } from "../../../src/invites/draft.ts";
import { sendInvite } from "../../../src/invites/send.ts";
import { blockMember } from "../../../src/members/block.ts";
import { removeMember } from "../../../src/members/remove.ts";
import { restoreMember } from "../../../src/members/restore.ts";
import { unblockMember } from "../../../src/members/unblock.ts";
import { askRelease } from "../../../src/releases/ask.ts";
import { askOwnRelease } from "../../../src/releases/ask-own.ts";
import { releaseUser } from "../../../src/releases/release.ts";
import { workOn } from "../../../src/runs/work.ts";
import { undoActivation } from "../../../src/undoings/start.ts";
import { type Account, create, password } from "../world.ts";
import { accountBy, actorIn, claimOf, type Domain, Idle, ownersOf, personIn, publish, type World } from "./world.ts";

/** What a step may change of what was there before it: grants in these accounts, or of these people. */
export class Scope {
  readonly accounts: string[] = [];
  readonly users: string[] = [];
  /** Whom it may let go, and from where. */
  readonly frees: ((user: string, from: string) => unknown)[] = [];
}

export interface Choice {
  account: number;
  name: number;
  who: number;
}

type Step = (world: World, choice: Choice & { home: Account }, scope: Scope) => Promise<unknown>;

const domainOf = (world: World, home: Account, name: number) => claimOf(home, world.names[name]!);

const openRuns = (world: World) =>
  db
    .select()
    .from(activationRuns)
    .where(
      sql`${activationRuns.status} = 'running' and ${activationRuns.accountId} = any(${sql.param(world.companies.map(({ id }) => id))}::uuid[])`,
    )
    .orderBy(activationRuns.startedAt, activationRuns.id);

/** Whoever looks only once whether to stop is stopped after one batch. */
const afterOne = () => {
  let looks = 0;
  return {
    get aborted() {
      return looks++ > 0;
    },
  } as AbortSignal;
};

async function work(world: World, scope: Scope, stop?: AbortSignal): Promise<void> {
  const runs = await openRuns(world);
  if (runs.length === 0) throw new Idle();
  const undone = runs.filter(({ kind }) => kind === "undo").map(({ accountId }) => accountId);
  scope.accounts.push(...runs.map(({ accountId }) => accountId));
  scope.frees.push((_user, from) => undone.includes(from));
  for (const run of runs) await workOn(run.id, stop);
}

async function activate(world: World, home: Account, name: number) {
  const domain = await domainOf(world, home, name);
  const actor = await actorIn(home, "domains.activate");
  return activateDomain(actor, domain.id, { confirmation: domain.name, plan: await planOf(domain) });
}

/** Looks as often, and as long after each other, as it takes until the record is given up. */
async function miss(domain: Domain, times: number) {
  for (let n = 0; n < times; n++) {
    await lookNow(domain.id, null);
    await db.execute(
      sql`update domains set at_risk_since = at_risk_since - interval '40 hours' where id = ${domain.id}`,
    );
  }
}

export async function placeOf(home: Account, userId: string, over = false) {
  const gone = ["removed", "declined", "revoked", "expired"] as const;
  const [place] = await db
    .select()
    .from(members)
    .where(
      and(
        eq(members.accountId, home.id),
        eq(members.userId, userId),
        over ? eq(members.status, "removed") : notInArray(members.status, [...gone]),
      ),
    )
    .orderBy(desc(members.createdAt))
    .limit(1);
  if (!place) throw new Idle();
  return place;
}

export async function newestLink(userId: string, purpose: "release" | "address_change") {
  const [token] = await db
    .select()
    .from(tokens)
    .where(
      and(eq(tokens.userId, userId), eq(tokens.purpose, purpose), isNull(tokens.spentAt), isNull(tokens.replacedAt)),
    );
  if (!token) throw new Idle();
  return secretOf(token);
}

export const privateAddress = (world: World) => `private${world.fresh()}@elsewhere.example`;
const targetOf = (world: World, who: number) => world.people[who % world.people.length]!;
/** A step of an administrator about somebody's place in their account. */
const onPlace =
  (
    permission: Parameters<typeof actorIn>[1],
    verb: (actor: Awaited<ReturnType<typeof actorIn>>, memberId: string) => Promise<unknown>,
    over = false,
  ): Step =>
  async (world, { home, who }, scope) => {
    const userId = targetOf(world, who);
    const place = await placeOf(home, userId, over);
    scope.accounts.push(home.id);
    await verb(await actorIn(home, permission, userId), place.id);
  };

/** Everything that can happen, as the pages and jobs do it: each is the real verb, asked by somebody who may. */
export const steps = {
  /** Nothing. A walk that fails is shortened by putting this in place of steps that do not matter. */
  wait: () => Promise.resolve(),
  add: async (world, { home, name }) => {
    const actor = await actorIn(home, "domains.add");
    const shownName = world.names[name]!;
    await addDomain(actor, { name: shownName, shownName });
  },
  verify: async (world, { home, name }) => {
    const domain = await domainOf(world, home, name);
    publish(world, domain, true);
    await lookNow(domain.id, null);
  },
  open: async (world, { home, name }, scope) => {
    await activate(world, home, name);
    await work(world, scope);
  },
  activate: async (world, { home, name }) => {
    await activate(world, home, name);
  },
  work: (world, _choice, scope) => work(world, scope),
  half: (world, _choice, scope) => work(world, scope, afterOne()),
  undo: async (world, { home, name }) => {
    const domain = await domainOf(world, home, name);
    await undoActivation(await actorIn(home, "domains.activate"), domain.id);
  },
  deactivate: async (world, { home, name }) => {
    const domain = await domainOf(world, home, name);
    await deactivateDomain(await actorIn(home, "domains.activate"), domain.id);
  },
  withdraw: async (world, { home, name }) => {
    const domain = await domainOf(world, home, name);
    await unverifyDomain(await actorIn(home, "domains.verify"), domain.id);
  },
  remove: async (world, { home, name }, scope) => {
    const domain = await domainOf(world, home, name);
    scope.frees.push((_user, from) => from === home.id);
    await removeDomain(await actorIn(home, "domains.delete"), domain.id, { name: domain.name });
  },
  suspend: async (world, { home, name }) => {
    const domain = await domainOf(world, home, name);
    if (!["verified", "active"].includes(domain.status)) throw new Idle();
    publish(world, domain, false);
    await miss(domain, 3);
  },
  recover: async (world, { home, name }) => {
    const domain = await domainOf(world, home, name);
    if (domain.status !== "suspended") throw new Idle();
    publish(world, domain, true);
    await lookNow(domain.id, null);
  },
  deleteAccount: async (_world, { home }) => {
    await deleteAccount(await actorIn(home, "account.delete"), { name: home.name });
  },
  restoreAccount: async (world, { home }) => {
    if (!(await accountBy(home.id)).deletedAt) throw new Idle();
    const who = world.people.indexOf((await ownersOf(home))[0] ?? "");
    if (who < 0) throw new Idle();
    await restoreAccount(await personIn(world, who), home.id);
  },
  /** A month goes by, and the night's cleaning with it. */
  passMonth: async (world) => {
    const ids = sql`any(${sql.param(world.companies.map(({ id }) => id))}::uuid[])`;
    const month = sql`interval '31 days'`;
    await db.execute(sql`update accounts set deleted_at = deleted_at - ${month} where id = ${ids}`);
    await db.execute(sql`update members set ended_at = ended_at - ${month} where account_id = ${ids}`);
    await db.execute(sql`update activation_runs set started_at = started_at - ${month},
      planned_at = planned_at - ${month} where account_id = ${ids}`);
    await db.execute(sql`update tokens set expires_at = expires_at - ${month}
      where user_id = any(${sql.param(world.people)}::uuid[])`);
    await freeOrphans(1000);
  },
  askRelease: async (world, { home, who }) => {
    const userId = targetOf(world, who);
    const place = await placeOf(home, userId);
    await askRelease(await actorIn(home, "users.delete", userId), place.id, { email: privateAddress(world) });
    world.asked.set(userId, home.id);
  },
  askOwnRelease: async (world, { who }) => {
    const person = await personIn(world, who);
    await askOwnRelease(person, { email: privateAddress(world), confirmation: password });
    world.asked.set(person.userId, person.corporateAccountId);
  },
  follow: async (world, { who }, scope) => {
    const userId = targetOf(world, who);
    const link = await newestLink(userId, "release");
    scope.frees.push((user, from) => user === userId && from === world.asked.get(userId));
    await releaseUser(link, { confirmation: password }, {});
  },
  register: async (world, { name }) => {
    if (world.people.length > 9) throw new Idle();
    const person = { firstName: "New", lastName: "Comer", password, locale: "en" as const, timeZone: "UTC" };
    const email = `new${world.fresh()}@${world.names[name]}`;
    const { user } = await db.transaction((tx) => registerUser(tx, { ...person, email }));
    world.people.push(user.id);
  },
  createUser: async (world, { home, name }) => {
    if (world.people.length > 9) throw new Idle();
    const actor = await actorIn(home, "users.create");
    const email = `made${world.fresh()}@${world.names[name]}`;
    const wanted = { email, firstName: "Made", lastName: "User", phone: null, personalMailbox: true };
    const member = await db.transaction((tx) => makeCorporateUser(tx, actor, wanted));
    world.people.push(member.userId!);
  },
  invite: async (world, { home, who }, scope) => {
    const person = await personIn(world, who);
    scope.accounts.push(home.id);
    const actor = await actorIn(home, "invites.send", person.userId);
    const draft = await draftInvite(actor, { email: person.email, firstName: "", lastName: "", message: "" });
    if (draft.created) await create.grant(draft, { systemRole: "viewer" });
    await sendInvite(actor, draft.id);
    await acceptInvitation(person, draft.id);
  },
  createAccount: async (world, { who }) => {
    await createAccount(await personIn(world, who), { name: "Own" });
  },
  deleteProfile: async (world, { who }, scope) => {
    const person = await personIn(world, who);
    scope.users.push(person.userId);
    await deleteProfile(person, { email: person.email, confirmation: password });
  },
  changeAddress: async (world, { who, name }) => {
    const person = await personIn(world, who);
    const email = who % 2 ? `moved${world.fresh()}@${world.names[name]}` : privateAddress(world);
    await askAddressChange(person, { email, confirmation: password });
    await changeAddress(await newestLink(person.userId, "address_change"), { confirmation: password }, {});
  },
  leave: async (world, { home, who }, scope) => {
    const person = await personIn(world, who);
    scope.accounts.push(home.id);
    await leaveAccount(person, (await placeOf(home, person.userId)).id);
  },
  block: onPlace("users.block", blockMember),
  unblock: onPlace("users.block", unblockMember),
  removeMember: onPlace("users.delete", removeMember),
  restoreMember: onPlace("users.delete", restoreMember, true),
} satisfies Record<string, Step>;

export type StepKind = keyof typeof steps;
