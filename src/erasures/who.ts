import { sql } from "drizzle-orm";
import { permissions, systemRoles } from "../access/permissions.ts";
import type { Tx } from "../db/client.ts";

/** What is personal about somebody, as the database knows it. */
export interface Traces {
  /** Every address they had, lower case. */
  emails: string[];
  /** Addresses, whole names and phone numbers: what is taken out wherever it stands. */
  words: string[];
  /** Their places, and invitations to an address of theirs that nobody ever answered. */
  memberIds: string[];
}

/** What the log calls rights. */
const titles = [...Object.values(permissions), ...Object.values(systemRoles)].map(({ title }) => title.toLowerCase());

/**
 * Looks up what somebody is and was called, before it goes. Single names are not in it: they are words of others, too. Nor
 * are an address that is somebody else's by now, and what a colleague, a role or a right is called: anybody can give
 * themselves that name, and would take others out of the log by it. What the log says about the person themselves goes
 * with its fields, whatever they were called.
 */
export async function tracesOf(tx: Tx, userId: string): Promise<Traces> {
  const [row] = await tx.execute<{ emails: string[]; names: string[]; members: string[] }>(sql`
    with mine as (select id, account_id, email, first_name, last_name from members where user_id = ${userId}),
    me as (select email, first_name, last_name, phone from users where id = ${userId}),
    changes as (
      select e.before, e.after from accounts a join events e on e.account_id = a.id and e.subject_id = ${userId}::text
      where e.name in ('user.address_changed', 'user.profile_changed', 'user.released', 'user.settings_changed')
      union all
      select e.before, e.after from events e where e.account_id is null and e.subject_id = ${userId}::text
        and e.name in ('user.address_changed', 'user.profile_changed', 'user.released', 'user.settings_changed')),
    emails as (
      select email from me union select email from mine
      union select before ->> 'email' from changes union select after ->> 'email' from changes),
    names as (
      select btrim(first_name || ' ' || last_name) as name from me
      union select btrim(first_name || ' ' || last_name) from mine
      union select btrim((before ->> 'firstName') || ' ' || (before ->> 'lastName')) from changes
      union select phone from me
      union select before ->> 'phone' from changes)
    select (select coalesce(json_agg(lower(email)), '[]') from emails where email like '%@%'
        and not exists (select from users u where u.email = lower(emails.email) and u.id <> ${userId})) as emails,
      (select coalesce(json_agg(name), '[]') from names where (name like '% %' or name like '+%')
        and not exists (select from unnest(${sql.param(titles)}::text[]) title where strpos(title, lower(name)) > 0)
        and not exists (select from roles r where r.account_id in (select account_id from mine) and strpos(lower(r.name), lower(name)) > 0)
        and not exists (select from members o where o.account_id in (select account_id from mine) and o.user_id is distinct from ${userId}
          and starts_with(o.haystack, lower(name) || ' ') and o.email not in (select lower(email) from emails where email is not null))) as names,
      (select coalesce(json_agg(id), '[]') from mine) as members`);
  const { emails, names, members } = row!;
  const asked = await tx.execute<{ id: string }>(sql`
    select id from members where user_id is null and email = any(${sql.param(emails)}::text[])`);
  return { emails, words: [...emails, ...names], memberIds: [...members, ...asked.map(({ id }) => id)] };
}
