import { and, eq, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { lastingOwner } from "../access/counts.ts";
import { recordEventsOf } from "../audit/record.ts";
import type { Tx } from "../db/client.ts";
import { accounts, members, users } from "../db/schema.ts";
import { labelOf } from "../grants/giving.ts";
import { rightsNews } from "../grants/mail.ts";
import { currentGrantsOf } from "../grants/queries.ts";
import { notifyMany } from "../notifications/notify.ts";
import { becomesOwner, type Decision, decide, type Known, losesOwner, type Names, type Wish } from "./decide.ts";
import type { Import, ImportPerson, Outcomes } from "./step.ts";
import type { Things } from "./things.ts";
import { endHeld, renamePeople, startAsked } from "./write.ts";

/** Sets the rights, and a corporate user's name, of a batch's members to what their rows say: exactly these (X5). */
export async function changeMembers(
  tx: Tx,
  run: Import,
  actor: Actor,
  people: ImportPerson[],
  things: Things,
): Promise<Outcomes> {
  const outcomes: Outcomes = new Map();
  if (people.length === 0) return outcomes;
  const decisions: Decision[] = [];
  for (const known of await look(tx, run, people)) {
    const decision = decide(actor, known, things);
    const { position } = known.person;
    if (typeof decision === "string") outcomes.set(position, { result: "skipped", reason: decision });
    else if (decision.starts.length + decision.ends.length > 0 || decision.names) decisions.push(decision);
    else outcomes.set(position, { result: "same" });
  }
  const done = await keepAnOwner(tx, run, decisions);
  for (const { position } of decisions) outcomes.set(position, { result: "skipped", reason: "last_owner" });
  for (const { position } of done) outcomes.set(position, { result: "updated" });
  await write(tx, run, actor, done);
  return outcomes;
}

/** Everybody of the batch with what they hold, locked by id. */
async function look(tx: Tx, run: Import, people: ImportPerson[]): Promise<Known[]> {
  const ids = people.flatMap(({ memberId }) => memberId ?? []);
  const rows = await tx
    .select()
    .from(members)
    .where(and(eq(members.accountId, run.accountId), sql`${members.id} = any(${sql.param(ids)}::uuid[])`))
    .orderBy(members.id)
    .for("update");
  const wishes = (await tx.execute(sql`
    select r.position, r.mailbox_id as "mailboxId", r.items, r.before from import_rights r
    where r.import_id = ${run.id} and r.changed
      and r.position = any(${sql.param(people.map(({ position }) => position))}::int[])
    order by r.position, r.sheet`)) as unknown as Wish[];
  const held = await currentGrantsOf(tx, run.accountId, ids);
  const profiles = await profilesOf(tx, run, people, rows);

  const byId = new Map(rows.map((member) => [member.id, member]));
  const wished = new Map<number, Wish[]>();
  for (const wish of wishes) wished.set(wish.position, [...(wished.get(wish.position) ?? []), wish]);
  return people.map((person) => {
    const member = person.memberId ? byId.get(person.memberId) : undefined;
    return {
      person,
      member,
      held: held.get(person.memberId ?? "") ?? [],
      wishes: wished.get(person.position) ?? [],
      profile: member?.userId ? profiles.get(member.userId) : undefined,
    };
  });
}

/** The names of those whose profile the account manages, locked; only where a name changes at all. */
async function profilesOf(
  tx: Tx,
  run: Import,
  people: ImportPerson[],
  rows: (typeof members.$inferSelect)[],
): Promise<Map<string, Names>> {
  const renamed = new Set(people.filter(({ namesBefore }) => namesBefore).map(({ memberId }) => memberId));
  const ids = rows.flatMap(({ id, userId }) => (renamed.has(id) && userId ? [userId] : []));
  if (ids.length === 0) return new Map();
  const found = await tx
    .select({ id: users.id, firstName: users.firstName, lastName: users.lastName })
    .from(users)
    .where(and(eq(users.corporateAccountId, run.accountId), sql`${users.id} = any(${sql.param(ids)}::uuid[])`))
    .orderBy(users.id)
    .for("no key update");
  return new Map(found.map(({ id, ...names }) => [id, names]));
}

/**
 * D9, T55: those who may be changed so that an active Owner remains. Where none would, nobody of this batch loses the role. The
 * account's row is locked first, so of two who take it from each other the second sees what the first did.
 */
async function keepAnOwner(tx: Tx, run: Import, decisions: Decision[]): Promise<Decision[]> {
  const losers = decisions.filter(losesOwner);
  if (losers.length === 0) return decisions;
  await tx.select({ id: accounts.id }).from(accounts).where(eq(accounts.id, run.accountId)).for("no key update");
  const winners = decisions.filter(becomesOwner).map(({ member }) => member.id);
  const [winner] = await tx.execute(sql`
    select 1 from members m join users u on u.id = m.user_id and u.disabled_at is null
    where m.guest_until is null and m.id = any(${sql.param(winners)}::uuid[]) limit 1`);
  if (winner) return decisions;
  const [other] = await tx.execute(sql`
    select 1 from grants g join members m on m.id = g.member_id and m.account_id = g.account_id
      join users u on u.id = m.user_id and u.disabled_at is null
    where g.account_id = ${run.accountId} and ${lastingOwner()}
      and g.member_id <> all(${sql.param(losers.map(({ member }) => member.id))}::uuid[]) limit 1`);
  return other ? decisions : decisions.filter((decision) => !losesOwner(decision));
}

async function write(tx: Tx, run: Import, actor: Actor, done: Decision[]): Promise<void> {
  const changed = done.filter(({ starts, ends }) => starts.length + ends.length > 0);
  if (changed.length > 0) {
    endHeld(tx, actor, changed);
    startAsked(tx, run, actor, changed);
    await tellLog(tx, actor, "member.rights_changed", changed, rightsOf);
    await notifyMany(
      tx,
      { accountId: run.accountId, kind: "rights.changed", mail: "rights_changed" },
      newsOf(actor, changed),
    );
  }
  const renamed = done.filter(({ names }) => names);
  if (renamed.length > 0) {
    renamePeople(tx, renamed);
    await tellLog(tx, actor, "user.settings_changed", renamed, namesOf);
  }
}

const rightsOf = ({ held, starts, ends }: Decision) => ({
  before: { rights: held.map(labelOf).sort() },
  after: { rights: [...held.filter((grant) => !ends.includes(grant)), ...starts].map(labelOf).sort() },
});
const namesOf = ({ names }: Decision) => ({
  before: names!.before,
  after: { firstName: names!.firstName, lastName: names!.lastName },
});

/** One event each. */
const tellLog = (
  tx: Tx,
  actor: Actor,
  name: "member.rights_changed" | "user.settings_changed",
  all: Decision[],
  changeOf: (decision: Decision) => { before: object; after: object },
) =>
  recordEventsOf(
    tx,
    actor,
    name,
    "member",
    sql`
      select * from unnest(${sql.param(all.map(({ member }) => member.id))}::uuid[],
        ${sql.param(all.map(({ member }) => member.email))}::text[],
        ${sql.param(all.map((each) => changeOf(each).before))}::jsonb[],
        ${sql.param(all.map((each) => changeOf(each).after))}::jsonb[])`,
  );

/** Whoever is here is told, as when a page changed their rights; nobody tells themselves. */
const newsOf = (actor: Actor, changed: Decision[]) =>
  changed.flatMap(({ member, starts, ends }) => {
    if (member.status !== "active" || !member.userId || member.userId === actor.userId) return [];
    const news = rightsNews(actor, member, member.userId, {
      before: [],
      after: [],
      started: starts,
      ended: ends,
      redated: [],
    });
    return [{ userId: member.userId, subjectId: member.id, data: news.data ?? {} }];
  });
