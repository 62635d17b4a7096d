import { sql } from "drizzle-orm";
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

/** Looks up what somebody is and was called, before it goes. Single names are not in it: they are words of others, too. */
export async function tracesOf(tx: Tx, userId: string): Promise<Traces> {
  const [row] = await tx.execute<{ emails: string[]; names: string[]; members: string[] }>(sql`
    with mine as (select id, email, first_name, last_name from members where user_id = ${userId}),
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
    select (select coalesce(json_agg(lower(email)), '[]') from emails where email like '%@%') as emails,
      (select coalesce(json_agg(name), '[]') from names where name like '% %' or name like '+%') as names,
      (select coalesce(json_agg(id), '[]') from mine) as members`);
  const { emails, names, members } = row!;
  const asked = await tx.execute<{ id: string }>(sql`
    select id from members where user_id is null and email = any(${sql.param(emails)}::text[])`);
  return { emails, words: [...emails, ...names], memberIds: [...members, ...asked.map(({ id }) => id)] };
}
