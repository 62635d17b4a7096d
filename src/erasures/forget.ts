import { type SQL, sql } from "drizzle-orm";
import type { Person } from "../access/person.ts";
import { recordEvent } from "../audit/record.ts";
import type { Tx } from "../db/client.ts";
import { forgetMailboxes } from "../mailbox-removals/let-go.ts";
import type { Traces } from "./who.ts";

const list = (values: string[], type: "uuid" | "text"): SQL => sql`any(${sql.param(values)}::${sql.raw(type)}[])`;
const nobody = (id: SQL): SQL => sql`'erased-' || ${id} || '@erased.invalid'`;

/**
 * Takes a person out of every row but the log's. Rows that others refer to stay, with an address at which nobody can be:
 * `.invalid` is never given out (RFC 2606), and the id makes it one of a kind.
 */
export async function forgetPerson(tx: Tx, person: Person, { emails, words, memberIds }: Traces): Promise<void> {
  const { userId } = person;
  const [all, mine] = [sql.param(words), list(memberIds, "uuid")];
  const theirs = list(emails, "text");
  await tx.execute(sql`
    update users set email = ${nobody(sql`id`)}, erased_at = now(), locale = 'en', time_zone = 'UTC', region = '',
      notifications = '{}', last_sign_in_at = null, last_account_id = null, version = version + 1
    where id = ${userId}`);
  // Invitations that nobody has answered: whoever gets the address next is somebody else.
  const ended = await tx.execute<{ id: string; accountId: string }>(sql`
    update members set status = 'declined', ended_at = now()
    where id = ${mine} and status in ('draft', 'invited') returning id, account_id as "accountId"`);
  for (const { id, accountId } of ended)
    await recordEvent(tx, { ...person, accountId }, "invite.declined", { type: "member", id, label: person.email });
  await tx.execute(sql`
    update members set email = ${nobody(sql`id`)}, first_name = '', last_name = '', message = '', delivery_reply = null,
      last_sign_in_at = null, version = version + 1
    where id = ${mine}`);
  for (const table of ["sign_ins", "passkeys", "totp_secrets", "recovery_codes", "trusted_devices", "notifications"])
    await tx.execute(sql`delete from ${sql.identifier(table)} where user_id = ${userId}`);
  await tx.execute(sql`
    update notifications set data = redact_json(data, ${all}::text[], '{}') where subject_id = any(array[${userId}::uuid] || ${sql.param(memberIds)}::uuid[])`);
  await tx.execute(sql`
    update tokens set email = ${nobody(sql`id`)}, replaced_at = coalesce(replaced_at, spent_at, now())
    where user_id = ${userId} or member_id = ${mine} or email = ${theirs}`);
  await tx.execute(sql`
    update mails set sent_to = case when sent_to = ${theirs} then null else sent_to end,
      data = redact_json(data, ${all}::text[], '{}'), reply = redact_text(reply, ${all}::text[])
    where sent_to = ${theirs} or subject_id = any(array[${userId}::uuid] || ${sql.param(memberIds)}::uuid[])`);
  // What was noted about their own departure goes as a whole; on receipts of others they may stand as a successor or owner.
  await tx.execute(sql`
    update offboardings set note = case when note <> '' and member_id = ${mine} then '[erased]' else redact_text(note, ${all}::text[]) end,
      failure = redact_text(failure, ${all}::text[]), receipt = redact_json(receipt, ${all}::text[], '{}')
    where account_id in (select account_id from members where id = ${mine})`);
  await tx.execute(sql`
    update mailbox_passwords set ended_at = coalesce(ended_at, now()), label = '[erased]'
    where user_id = ${userId} or created_by = ${userId}`);
  await tx.execute(sql`delete from pending_changes where admin_id = ${userId}`);
  await tx.execute(sql`
    delete from rate_limits where exists (
      select from unnest(${sql.param(emails)}::text[]) email where strpos(':' || key || ':', ':' || email || ':') > 0)`);
}

/** Lets the mailboxes of accounts that ended with the person go at once, and gives the accounts no name. Returns their ids. */
export async function forgetAccounts(tx: Tx, accountIds: string[]): Promise<string[]> {
  if (accountIds.length === 0) return [];
  const own = list(accountIds, "uuid");
  const found = await tx.execute<{ id: string }>(sql`select id from mailboxes where account_id = ${own}`);
  const ids = found.map(({ id }) => id);
  await forgetMailboxes(tx, ids);
  const gone = list(ids, "uuid");
  for (const table of ["mailbox_aliases", "mailbox_forwards"])
    await tx.execute(sql`update ${sql.identifier(table)} set address = ${nobody(sql`id`)} where mailbox_id = ${gone}`);
  await tx.execute(sql`
    update mailboxes set name = '[erased]', address = ${nobody(sql`id`)}, version = version + 1,
      archived_at = coalesce(archived_at, now()), deleted_at = coalesce(deleted_at, now()), gone_at = coalesce(gone_at, now())
    where id = ${gone}`);
  await tx.execute(sql`update accounts set name = '[erased]' where id = ${own}`);
  return ids;
}
