import { sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { inAccount } from "../belonging/in-account.ts";
import type { Tx } from "../db/client.ts";

const over = sql`m.status in ('removed', 'declined', 'revoked', 'expired')`;

/**
 * A place in the account for each of these new users, waiting for a password; one that is over at the same address starts
 * again, with nothing of what it held. `opening` will be able to open a mailbox. Returns the members by user. Where
 * somebody comes into the account this very moment, it fails with their constraint: the batch begins again and knows them.
 */
export async function placeCreated(
  tx: Tx,
  actor: Actor,
  userIds: string[],
  opening: string[],
): Promise<Map<string, string>> {
  const account = sql`${actor.accountId}::uuid`;
  const rows = await tx.execute<{ id: string; user_id: string }>(sql`
    with people as materialized (
      select u.id, u.email, u.first_name, u.last_name, u.id = any(${sql.param(opening)}::uuid[]) as opens
      from users u where u.id = any(${sql.param(userIds)}::uuid[])
    ), earlier as materialized (
      select distinct on (m.email) m.id, m.email from members m
      where ${inAccount(actor.accountId)} and m.email = any(array(select email from people))
      order by m.email, m.created_at desc
    ), again as (
      update members m set user_id = p.id, first_name = p.first_name, last_name = p.last_name, corporate = true,
        status = 'waiting', status_before = null, invited_by = null, invited_at = null, expires_at = null,
        reminded_at = null, message = '', delivery = null, delivery_reply = null, joined_at = null, ended_at = null,
        guest_until = null, guest_told_at = null,
        run_id = null, version = m.version + 1
      from earlier e join people p on p.email = e.email where m.id = e.id and ${over}
      returning m.id, m.user_id
    ), ended as (
      update grants g set ended_at = now(), ended_by = ${actor.userId}::uuid, end_reason = 'created again'
      from earlier e where g.member_id = e.id and g.ended_at is null
    ), forgotten as (
      delete from pending_changes c using earlier e where c.member_id = e.id
    ), made as (
      insert into members (account_id, user_id, email, first_name, last_name, corporate, status, mailbox_access)
      select ${account}, p.id, p.email, p.first_name, p.last_name, true, 'waiting', p.opens from people p
      where not exists (select from earlier e where e.email = p.email)
      returning id, user_id
    )
    select id, user_id from again union all select id, user_id from made`);
  return new Map(rows.map(({ id, user_id }) => [user_id, id]));
}
