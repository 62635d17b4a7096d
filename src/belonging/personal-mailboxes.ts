import { type SQL, sql } from "drizzle-orm";
import { isSystemRole } from "../access/permissions.ts";
import type { Author } from "../audit/record.ts";
import type { Tx } from "../db/client.ts";
import { isUuid } from "../http/ids.ts";
import type { OpenRule } from "./rule.ts";

/**
 * A38: a personal mailbox with their own address for each of these corporate users, and the role on it that the account
 * chose; one that an undone activation left archived is opened again. An address that another mailbox has is left alone and
 * counted as a clash. Who has not answered an invitation here yet gets none: their place is not settled.
 */
export async function givePersonalMailboxes(
  tx: Tx,
  author: Author,
  rule: OpenRule,
  ids: SQL,
  runId: string | null,
): Promise<{ mailboxes: number; clashes: number }> {
  const { accountId } = rule;
  const [done] = await tx.execute<{ mailboxes: number; clashes: number }>(sql`
    with wanted as materialized (
      select u.id, u.email, m.id as member_id,
        coalesce(nullif(btrim(u.first_name || ' ' || u.last_name), ''), split_part(u.email, '@', 1)) as name
      from users u
      join members m on m.account_id = ${accountId} and m.user_id = u.id and m.status in ('active', 'waiting', 'blocked')
      where u.id = ${ids}
    ), made as (
      insert into mailboxes as b (account_id, name, address, personal_user_id, run_id)
      select ${accountId}, name, email, id, ${runId}::uuid from wanted
      on conflict (address) do update set archived_at = null, run_id = excluded.run_id
        where b.account_id = excluded.account_id and b.personal_user_id = excluded.personal_user_id
          and b.archived_at is not null
      returning id, personal_user_id
    ), given as (
      insert into grants (account_id, member_id, mailbox_id, ${sql.raw(isSystemRole(rule.personalMailboxRole) ? "system_role" : "role_id")},
        source, source_id, granted_by)
      select ${accountId}, w.member_id, made.id, ${roleOf(rule)}, 'activation', ${runId}::text, ${author.userId}::uuid
      from made join wanted w on w.id = made.personal_user_id
      where ${roleOf(rule)} is not null
      on conflict do nothing
    )
    select (select count(*)::int from made) as mailboxes,
      (select count(*)::int from wanted w join mailboxes b on b.address = w.email
        where b.personal_user_id is distinct from w.id or b.account_id <> ${accountId}) as clashes`);
  return done!;
}

/** The role as a column's value: a system role's key, or a custom role that is still there; a deleted one gives nothing. */
function roleOf({ accountId, personalMailboxRole: role }: OpenRule): SQL {
  if (isSystemRole(role)) return sql`${role}::text`;
  if (!isUuid(role)) return sql`null::uuid`;
  return sql`(select r.id from roles r
    where r.id = ${role}::uuid and r.account_id = ${accountId} and r.level = 'mailbox' and r.ended_at is null)`;
}
