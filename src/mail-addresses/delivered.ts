import { type SQL, sql } from "drizzle-orm";

/** A mailbox `b` whose address is ours to deliver: what was deleted keeps it for 30 days. Its index needs these words. */
export const hosted = sql`b.kind = 'native' and b.gone_at is null`;

/** Whether an address is an alias or a group by now, as a value of a statement. */
export const isForwarder = (address: SQL): SQL => sql`(
  exists (select 1 from mailbox_aliases o where o.address = ${address} and o.ended_at is null)
  or exists (select 1 from mail_groups o where o.address = ${address} and o.ended_at is null))`;

/** Whether somebody's own address cannot become their personal mailbox: mail to it goes elsewhere already. */
export const clashes = (accountId: SQL, user: { id: SQL; email: SQL }): SQL => sql`(
  exists (select 1 from mailboxes b where b.address = ${user.email} and ${hosted}
    and (b.account_id <> ${accountId} or b.personal_user_id is distinct from ${user.id}))
  or ${isForwarder(user.email)})`;
