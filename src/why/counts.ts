import { type SQL, sql } from "drizzle-orm";
import { grantCounts as grantCountsNow, guestCounts as guestCountsNow } from "../access/counts.ts";
import type { Permission, SystemRole } from "../access/permissions.ts";
import { systemRoleKeys, systemRoles } from "../access/permissions.ts";
import { type Compiled, compile, db } from "../db/client.ts";

/**
 * What counts at a moment: the only place in the rooms of X3 that says so. `null` is now, and then every condition is the one
 * that enforcement makes (access/load-actor.ts); a date asks the same of what was recorded. Everything that one
 * transaction changes counts from one moment. The aliases are those of every query here: `g` a grant, `r` its custom role,
 * `rp` a permission in that role, `b` its mailbox, `m` the member.
 */
export type Moment = Date | null;

const T = (at: Date): SQL => sql`${at.toISOString()}::timestamptz`;

const during = (started: string, ended: string, at: Moment): SQL =>
  at
    ? sql`(${sql.raw(started)} <= ${T(at)} and (${sql.raw(ended)} is null or ${sql.raw(ended)} > ${T(at)}))`
    : sql`${sql.raw(ended)} is null`;

const until = (end: string, at: Date): SQL => sql`(${sql.raw(end)} is null or ${sql.raw(end)} > ${T(at)})`;

/**
 * Whether a state that is over by now lasted at that moment; never of now, which stands on the thing's own row. A value, as
 * all below that look elsewhere: of an `exists` the planner may read the whole table instead, for a list of members.
 */
const then = (kind: string, subject: string, state: string, at: Date): SQL => sql`coalesce((
  select true from past_states p where p.subject_id = ${sql.raw(subject)} and p.kind = ${kind} and p.state = ${state}
    and p.started_at <= ${T(at)} and p.ended_at > ${T(at)} limit 1), false)`;

/** Not in a state that has a time on the thing's own row while it lasts. */
const free = (since: string, kind: string, subject: string, state: string, at: Moment): SQL =>
  at
    ? sql`((${sql.raw(since)} is null or ${sql.raw(since)} > ${T(at)}) and not ${then(kind, subject, state, at)})`
    : sql`${sql.raw(since)} is null`;

/** Since when a thing was in such a state at that moment; null where it was not. */
export const inStateSince = (own: string, kind: string, subject: string, state: string, at: Moment): SQL =>
  at
    ? sql`coalesce(case when ${sql.raw(own)} <= ${T(at)} then ${sql.raw(own)} end, (
  select p.started_at from past_states p where p.subject_id = ${sql.raw(subject)} and p.kind = ${kind} and p.state = ${state}
    and p.started_at <= ${T(at)} and p.ended_at > ${T(at)} limit 1))`
    : sql.raw(own);

/** The grant was given, has not ended, and its end date had not come. */
export const grantCounts = (at: Moment): SQL =>
  at
    ? sql`(${during("g.granted_at", "g.ended_at", at)} and ${until("g.ends_at", at)} and not ${then("grant", "g.id", "over", at)})`
    : sql`(${grantCountsNow()})`;

/** The custom role was there, and held the permission. */
export const roleCounts = (at: Moment): SQL =>
  sql`(${at ? sql`(r.ended_at is null or r.ended_at > ${T(at)})` : sql`r.ended_at is null`} and ${during("rp.started_at", "rp.ended_at", at)})`;

/** The mailbox was not archived, which a deleted one is, too. */
export const mailboxCounts = (at: Moment): SQL => free("b.archived_at", "mailbox", "b.id", "archived", at);

/** What a member's status was; where it was not kept yet, what their row says about it. Null: they were not there. */
export const statusAt = (at: Moment): SQL =>
  at
    ? sql`(case when coalesce(m.status_since, case when m.status = 'active' then m.joined_at else m.ended_at end, m.created_at)
        <= ${T(at)} then m.status else (
      select p.state from past_states p where p.subject_id = m.id and p.kind = 'member'
        and p.started_at <= ${T(at)} and p.ended_at > ${T(at)} order by p.id desc limit 1) end)`
    : sql`m.status`;

/** The member's time as a guest was not over. */
export const guestCounts = (at: Moment): SQL =>
  at ? sql`(${until("m.guest_until", at)} and not ${then("guest", "m.id", "over", at)})` : guestCountsNow();

/** The person could sign in. */
export const userCounts = (at: Moment): SQL => sql`coalesce((
  select ${free("x.disabled_at", "user", "x.id", "disabled", at)} from users x where x.id = m.user_id), true)`;

/** The account was neither deleted nor suspended. */
export const accountCounts = (at: Moment): SQL => sql`coalesce((
  select ${free("a.deleted_at", "account", "a.id", "deleted", at)}
    and ${free("a.suspended_at", "account", "a.id", "suspended", at)} from accounts a where a.id = m.account_id), false)`;

/** The member could use what they hold. */
export const memberCounts = (at: Moment): SQL =>
  sql`(${statusAt(at)} = 'active' and ${guestCounts(at)} and ${userCounts(at)} and ${accountCounts(at)})`;

/**
 * A statement in which the same moment stands many times, with one value for it: with a value for each it would have so
 * many that it is planned anew for every page (db/named.ts).
 */
export function withOneMoment(statement: SQL): Compiled {
  const { sql: text, params } = compile(statement);
  const at = new Map<unknown, number>();
  const kept: unknown[] = [];
  const short = text.replace(/\$(\d+)(::timestamptz)?/g, (_, place: string, moment = "") => {
    const value = params[Number(place) - 1];
    const known = moment && at.get(value);
    if (known) return `$${known}${moment}`;
    kept.push(value);
    if (moment) at.set(value, kept.length);
    return `$${kept.length}${moment}`;
  });
  return { sql: short, params: kept };
}

interface Contents extends Record<string, unknown> {
  key: SystemRole;
  permission: Permission;
  started: number;
  ended: number | null;
}

let written: Promise<Contents[]> | undefined;

/** What releases wrote down: it changes with the program only, so it is read once. */
function contents(): Promise<Contents[]> {
  written ??= db
    .execute<Contents>(sql`
      select system_role as key, permission, (extract(epoch from started_at) * 1000)::float8 as started,
        (extract(epoch from ended_at) * 1000)::float8 as ended from system_role_permissions`)
    .then((rows) => [...rows])
    .catch((error) => {
      written = undefined;
      throw error;
    });
  return written;
}

const holdingNow = (permission: Permission) =>
  systemRoleKeys.filter((key) => (systemRoles[key].permissions as readonly Permission[]).includes(permission));

/**
 * The system roles that held the permission: now, as the program says; then, as releases wrote it down. What was in them
 * when they were first written down counts from the beginning of time: what came before is not known better.
 */
export async function systemRolesWith(permission: Permission, at: Moment): Promise<SystemRole[]> {
  if (!at) return holdingNow(permission);
  const rows = await contents();
  const first = Math.min(...rows.map(({ started }) => started));
  const then = rows.filter(
    (row) =>
      row.permission === permission &&
      (row.started <= at.getTime() || row.started === first) &&
      (row.ended === null || row.ended > at.getTime()),
  );
  return [...new Set(then.map(({ key }) => key))];
}

/** The system roles that hold the permission now, or ever did. */
export async function systemRolesEver(permission: Permission): Promise<SystemRole[]> {
  const rows = (await contents()).filter((row) => row.permission === permission);
  return [...new Set([...holdingNow(permission), ...rows.map(({ key }) => key)])];
}
