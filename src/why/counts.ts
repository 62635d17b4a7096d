import { type SQL, sql } from "drizzle-orm";
import type { Permission, SystemRole } from "../access/permissions.ts";
import { systemRoleKeys, systemRoles } from "../access/permissions.ts";
import type { Reader } from "../db/client.ts";

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

const until = (end: string, at: Moment): SQL =>
  sql`(${sql.raw(end)} is null or ${sql.raw(end)} > ${at ? T(at) : sql`now()`})`;

/** Whether a state that is over by now lasted at that moment; never of now, which stands on the thing's own row. */
const then = (kind: string, subject: string, state: string, at: Date): SQL => sql`exists (
  select 1 from past_states p where p.subject_id = ${sql.raw(subject)} and p.kind = ${kind} and p.state = ${state}
    and p.started_at <= ${T(at)} and p.ended_at > ${T(at)})`;

/** Not in a state that has a time on the thing's own row while it lasts. */
const free = (since: string, kind: string, subject: string, state: string, at: Moment): SQL =>
  at
    ? sql`((${sql.raw(since)} is null or ${sql.raw(since)} > ${T(at)}) and not ${then(kind, subject, state, at)})`
    : sql`${sql.raw(since)} is null`;

/** The grant was given, has not ended, and its end date had not come. */
export const grantCounts = (at: Moment): SQL =>
  at
    ? sql`(${during("g.granted_at", "g.ended_at", at)} and ${until("g.ends_at", at)} and not ${then("grant", "g.id", "over", at)})`
    : sql`(${during("", "g.ended_at", null)} and ${until("g.ends_at", null)})`;

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
  at ? sql`(${until("m.guest_until", at)} and not ${then("guest", "m.id", "over", at)})` : until("m.guest_until", null);

/** The person could sign in. */
export const userCounts = (at: Moment): SQL => sql`not exists (
  select 1 from users x where x.id = m.user_id and not ${free("x.disabled_at", "user", "x.id", "disabled", at)})`;

/** The account was neither deleted nor suspended. */
export const accountCounts = (at: Moment): SQL => sql`exists (
  select 1 from accounts a where a.id = m.account_id
    and ${free("a.deleted_at", "account", "a.id", "deleted", at)}
    and ${free("a.suspended_at", "account", "a.id", "suspended", at)})`;

/** The member could use what they hold. */
export const memberCounts = (at: Moment): SQL =>
  sql`(${statusAt(at)} = 'active' and ${guestCounts(at)} and ${userCounts(at)} and ${accountCounts(at)})`;

/**
 * The system roles that held the permission: now, as the program says; then, as releases wrote it down. What was in them
 * when they were first written down counts from the beginning of time: what came before is not known better.
 */
export async function systemRolesWith(reader: Reader, permission: Permission, at: Moment): Promise<SystemRole[]> {
  if (!at)
    return systemRoleKeys.filter((key) => (systemRoles[key].permissions as readonly Permission[]).includes(permission));
  const rows = await reader.execute<{ key: SystemRole }>(sql`
    select distinct s.system_role as key from system_role_permissions s
    where s.permission = ${permission} and (s.ended_at is null or s.ended_at > ${T(at)})
      and (s.started_at <= ${T(at)} or s.started_at = (select min(o.started_at) from system_role_permissions o))`);
  return rows.map(({ key }) => key);
}

/** The system roles that hold the permission now, or ever did. */
export async function systemRolesEver(reader: Reader, permission: Permission): Promise<SystemRole[]> {
  const rows = await reader.execute<{ key: SystemRole }>(sql`
    select distinct s.system_role as key from system_role_permissions s where s.permission = ${permission}`);
  return [...new Set([...(await systemRolesWith(reader, permission, null)), ...rows.map(({ key }) => key)])];
}
