import { sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEventsOf } from "../audit/record.ts";
import { inAccount } from "../belonging/in-account.ts";
import {
  giveOwnMailboxes,
  makePersonalMailboxes,
  noteNoRoom,
  type Owned,
  type PersonalRule,
  roleOf,
} from "../belonging/personal-mailboxes.ts";
import { config } from "../config.ts";
import type { Tx } from "../db/client.ts";
import { later } from "../db/later.ts";
import { orderPasswordMails } from "../first-passwords/order-mail.ts";
import { placeCreated } from "./place.ts";
import type { Domains } from "./standing.ts";
import { among, Changed, type Import, type ImportPerson, type Outcomes } from "./step.ts";
import { grantColumns, keyIn, type Things, thingRows } from "./things.ts";

/** One address that is to be created: as whom it was, or why it was not. */
interface Made extends Record<string, unknown> {
  position: number;
  email: string;
  personal: boolean;
  /** Its domain is active in this account, now. */
  open: boolean;
  userId: string | null;
}

/**
 * Makes the new people of a batch, each as one created by hand would be (A58, A61–A67): profile, place, personal mailbox,
 * rights, an event, the mail to create a password. An address that came into use since the check is left as it is, and said so
 * (D1, T86); so is one whose domain is not active any more (T31).
 */
export async function createPeople(
  tx: Tx,
  run: Import,
  actor: Actor,
  people: ImportPerson[],
  things: Things,
  domains: Domains,
): Promise<Outcomes> {
  const outcomes: Outcomes = new Map();
  if (people.length === 0) return outcomes;
  const made = await insertUsers(tx, run, actor, people, domains);
  for (const { position, open, userId } of made) {
    if (!userId) outcomes.set(position, { result: "skipped", reason: open ? "in_use_meanwhile" : "domain_closed" });
  }
  const created = made.flatMap(({ userId, ...person }) => (userId ? [{ ...person, userId }] : []));
  if (created.length === 0) return outcomes;

  const rule: PersonalRule = { accountId: run.accountId, personalMailboxRole: domains.personalMailboxRole };
  const wanting = created.filter(({ personal }) => personal).map(({ userId }) => userId);
  const own = await makePersonalMailboxes(tx, rule, wanting, null);
  const ids = created.map(({ userId }) => userId);
  const opening = await openersIn(tx, run, created, things, rule, own.owners);
  const places = await placeCreated(tx, actor, ids, opening);
  if (places.size < created.length) throw new Changed();

  if (own.owners.length > 0) giveOwn(tx, run, actor, rule, own, places);
  noteNoRoom(tx, run.accountId, own.full, places);
  const placed = created.map((person) => ({ ...person, memberId: places.get(person.userId)! }));
  giveAsked(tx, run, actor, placed, things);
  await record(tx, run, actor, placed, things);
  const mails = orderPasswordMails(tx, run.accountId, created, spread(run));

  const [owning, beyond] = [new Set(own.owners), new Set(own.full)];
  const lacking = things.gone.size > 0 ? await lackingIn(tx, run, created, things) : new Set<number>();
  for (const [n, { position, userId, memberId, personal }] of placed.entries()) {
    const without = beyond.has(userId) ? "plan_full" : "mailbox_taken";
    const reason = personal && !owning.has(userId) ? without : lacking.has(position) ? "right_gone" : undefined;
    outcomes.set(position, { result: "created", userId, memberId, mailId: mails[n], reason });
  }
  return outcomes;
}

const positionsOf = (people: { position: number }[]) =>
  sql`${sql.param(people.map(({ position }) => position))}::int[]`;

/** The profiles, without a password; nobody who is there already is touched. */
async function insertUsers(
  tx: Tx,
  run: Import,
  actor: Actor,
  people: ImportPerson[],
  domains: Domains,
): Promise<Made[]> {
  const account = sql`${run.accountId}::uuid`;
  return (await tx.execute(sql`
    with wanted as materialized (
      select p.position, p.email, p.first_name, p.last_name, p.personal_mailbox,
        split_part(p.email, '@', 2) = any(${sql.param(domains.names)}::text[]) as open
      from import_people p
      where p.import_id = ${run.id} and p.position = any(${positionsOf(people)})
    ), living as materialized (
      select m.email from members m
      where ${inAccount(run.accountId)} and m.email = any(array(select email from wanted))
        and m.status not in ('removed', 'declined', 'revoked', 'expired')
    ), made as (
      insert into users (email, first_name, last_name, locale, time_zone, corporate_account_id, corporate_since,
        last_account_id)
      select email, first_name, last_name, ${actor.locale}, ${actor.timeZone}, ${account}, now(), ${account} from wanted
      where open and email not in (select email from living)
      order by email
      on conflict do nothing returning id, email
    )
    select w.position, w.email, w.personal_mailbox as personal, w.open, m.id as "userId"
    from wanted w left join made m on m.email = w.email order by w.position`)) as unknown as Made[];
}

/** Who will be able to open a mailbox: known beforehand, so that the trigger on grants need not write them again. */
async function openersIn(
  tx: Tx,
  run: Import,
  people: { position: number; userId: string }[],
  things: Things,
  rule: PersonalRule,
  owners: string[],
): Promise<string[]> {
  const rows = await tx.execute<{ id: string }>(sql`
    select p.id from unnest(${positionsOf(people)},
      ${sql.param(people.map(({ userId }) => userId))}::uuid[]) p (position, id)
    join (
      select distinct r.position from import_rights r cross join unnest(r.items) item
        join ${thingRows(things)} on thing.key = ${keyIn}
      where r.import_id = ${run.id} and r.position = any(${positionsOf(people)}) and thing.opens
    ) opening on opening.position = p.position
    union
    select o.id from unnest(${sql.param(owners)}::uuid[]) o (id) where ${roleOf(rule)} is not null`);
  return rows.map(({ id }) => id);
}

/** Their own mailbox, with the account's role for it; it becomes their default one. */
function giveOwn(tx: Tx, run: Import, actor: Actor, rule: PersonalRule, own: Owned, places: Map<string, string>): void {
  const members = own.owners.map((id) => places.get(id)!);
  giveOwnMailboxes(tx, actor, rule, { members, boxes: own.boxes }, { source: "import", runId: run.id });
  later(tx, (tx) =>
    tx.execute(sql`
      update users u set default_mailbox_id = own.box
      from unnest(${sql.param(own.owners)}::uuid[], ${sql.param(own.boxes)}::uuid[]) own (id, box) where u.id = own.id`),
  );
}

/** What their rows ask for. Whoever has just been made holds nothing yet, so nothing is looked for. */
function giveAsked(
  tx: Tx,
  run: Import,
  actor: Actor,
  people: { position: number; memberId: string }[],
  things: Things,
) {
  if (things.living.size === 0) return;
  later(tx, (tx) =>
    tx.execute(sql`
      insert into grants (account_id, member_id, mailbox_id, system_role, role_id, permission, source, source_id, granted_by)
      select distinct ${run.accountId}::uuid, p.member_id, r.mailbox_id, ${grantColumns},
        'import', ${run.id}::text, ${actor.userId}::uuid
      from unnest(${positionsOf(people)},
        ${sql.param(people.map(({ memberId }) => memberId))}::uuid[]) p (position, member_id)
      join import_rights r on r.import_id = ${run.id} and r.position = p.position and r.position ${among(people)}
      cross join unnest(r.items) item
      join ${thingRows(things)} on thing.key = ${keyIn}`),
  );
}

/** The last mail goes out so many minutes after the first: every link lives its full time from when its mail leaves. */
const spread = (run: Import) => Math.ceil(run.total / config.MAILS_PER_SECOND / 60);

/** One event each, with what they hold. */
const record = (tx: Tx, run: Import, actor: Actor, people: { position: number; memberId: string }[], things: Things) =>
  recordEventsOf(
    tx,
    actor,
    "user.created",
    "member",
    sql`
      select p.member_id, i.email, null::jsonb, jsonb_build_object('email', i.email, 'firstName', i.first_name,
        'lastName', i.last_name, 'status', 'waiting', 'personalMailbox', i.personal_mailbox, 'import', ${run.fileName}::text)
        || coalesce(given.rights, '{}')
      from unnest(${positionsOf(people)},
        ${sql.param(people.map(({ memberId }) => memberId))}::uuid[]) p (position, member_id)
      join import_people i on i.import_id = ${run.id} and i.position = p.position and i.position ${among(people)}
      left join (
        select r.position, jsonb_build_object('rights', jsonb_agg(thing.label order by thing.label)) as rights
        from import_rights r cross join unnest(r.items) item join ${thingRows(things)} on thing.key = ${keyIn}
        where r.import_id = ${run.id} and r.position = any(${positionsOf(people)}) group by 1
      ) given on given.position = p.position`,
  );

/** Who asked for a role or mailbox that is gone since the check. */
async function lackingIn(tx: Tx, run: Import, people: { position: number }[], things: Things): Promise<Set<number>> {
  const rows = await tx.execute<{ position: number }>(sql`
    select distinct r.position from import_rights r cross join unnest(r.items) item
    where r.import_id = ${run.id} and r.position = any(${positionsOf(people)})
      and ${keyIn} = any(${sql.param([...things.gone])}::text[])`);
  return new Set(rows.map(({ position }) => position));
}
