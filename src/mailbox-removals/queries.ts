import { sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { db, type Reader } from "../db/client.ts";
import { findMailbox, type Mailbox, membersOf } from "../mailboxes/queries.ts";

/** For so many days a deleted mailbox can be restored. */
export const restoreDays = 30;

/** What comes to an end with a mailbox besides the access to it. */
export interface Standing {
  aliases: number;
  forwards: number;
  groups: number;
  passwords: number;
  /** Whose default mailbox it is. */
  defaults: number;
  /** Whose personal mailbox it is; null: nobody's alone. */
  personal: string | null;
  deletedBy: string | null;
}

async function standingOf(reader: Reader, { id, accountId, address }: Mailbox): Promise<Standing> {
  const name = sql`coalesce(nullif(btrim(u.first_name || ' ' || u.last_name), ''), u.email)`;
  const [row] = await reader.execute<Standing & Record<string, unknown>>(sql`
    select
      (select count(*)::int from mailbox_aliases where mailbox_id = ${id} and ended_at is null) as aliases,
      (select count(*)::int from mailbox_forwards where mailbox_id = ${id} and ended_at is null) as forwards,
      (select count(*)::int from mail_group_members m join mail_groups g on g.id = m.group_id and g.ended_at is null
        where m.account_id = ${accountId} and m.address = ${address}) as groups,
      (select count(*)::int from mailbox_passwords where mailbox_id = ${id} and ended_at is null) as passwords,
      (select count(*)::int from members m join users u on u.id = m.user_id
        where m.account_id = ${accountId} and u.default_mailbox_id = ${id} and m.status <> 'removed') as defaults,
      (select ${name} from users u where u.id = b.personal_user_id) as personal,
      (select ${name} from users u where u.id = b.deleted_by) as "deletedBy"
    from mailboxes b where b.id = ${id}`);
  return row!;
}

/** What the page of a deletion says: the mailbox, who loses access (the first 20 by name) and what ends with it. */
export async function removalOf(actor: Actor, mailboxId: string) {
  const mailbox = await findMailbox(db, actor.accountId, mailboxId);
  const [people, standing] = await Promise.all([membersOf(actor.accountId, mailbox.id, 20), standingOf(db, mailbox)]);
  const until = mailbox.deletedAt && new Date(mailbox.deletedAt.getTime() + restoreDays * 86_400_000);
  return { mailbox, until, ...people, standing };
}
