import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { later } from "../db/later.ts";
import { hosted } from "./delivered.ts";

/**
 * Whether mail to one of these addresses comes back to `own`, by aliases, groups and forwards that are there or still to come.
 * Nobody else in the account makes a way between two addresses until the transaction ends.
 */
export async function leadsBack(tx: Tx, accountId: string, own: string, targets: string[]): Promise<boolean> {
  later(tx, (tx) => tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`ways ${accountId}`}, 0))`));
  const [found] = await tx.execute(sql`${reachedFrom(targets)} select 1 from reached where address = ${own} limit 1`);
  return Boolean(found);
}

/** Every address that mail to these comes by, and themselves: `reached (address)`, for the beginning of a statement. */
export const reachedFrom = (targets: string[]): SQL => sql`
    with recursive reached (address) as (
      select unnest(${sql.param(targets)}::text[])
      union
      select way.address from reached r cross join lateral (
        select b.address from mailbox_aliases l join mailboxes b on b.id = l.mailbox_id
          where l.address = r.address and l.ended_at is null
        union all
        select m.address from mail_groups g join mail_group_members m on m.group_id = g.id
          where g.address = r.address and g.ended_at is null
        union all
        select f.address from mailboxes b join mailbox_forwards f on f.mailbox_id = b.id
          where b.address = r.address and ${hosted} and f.ended_at is null and (f.ends_at is null or f.ends_at > now())
      ) way
    )`;
