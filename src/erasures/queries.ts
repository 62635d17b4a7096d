import { sql } from "drizzle-orm";
import { db } from "../db/client.ts";

export interface Place extends Record<string, unknown> {
  id: string;
  name: string;
  status: string;
}

export interface OwnMailbox extends Record<string, unknown> {
  name: string;
  address: string;
  /** Whose account it is in: one's own, which ends, or another's, where it stays. */
  account: string;
  own: boolean;
}

const shown = 200;

/** Where somebody is, and the mailboxes that are theirs: what the page lists before anything is erased. */
export async function whatEnds(userId: string, ownAccountIds: string[]) {
  const places = await db.execute<Place>(sql`
    select a.id, a.name, m.status from members m join accounts a on a.id = m.account_id and a.deleted_at is null
    where m.user_id = ${userId} and m.status not in ('removed', 'declined', 'revoked', 'expired')
    order by a.name, a.id limit ${shown}`);
  const mailboxes = await db.execute<OwnMailbox>(sql`
    select b.name, b.address, a.name as account, b.account_id = any(${sql.param(ownAccountIds)}::uuid[]) as own
    from mailboxes b join accounts a on a.id = b.account_id
    where b.gone_at is null and (b.personal_user_id = ${userId} or b.account_id = any(${sql.param(ownAccountIds)}::uuid[]))
    order by a.name, b.name, b.id limit ${shown}`);
  return { places, mailboxes };
}
