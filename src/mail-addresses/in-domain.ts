import { sql } from "drizzle-orm";
import { db } from "../db/client.ts";
import type { domains } from "../db/schema.ts";
import { hosted } from "./delivered.ts";

/** An exact count of a million would cost more than the page: one more than this means "more than that". */
export const addressCap = 10_000;

/**
 * How many mailboxes, aliases and groups of the account have their address in one of its domains, up to one more than the cap: mail
 * to them is taken in while the domain is proven, and refused when it is not any more. None where it is not proven now.
 */
export async function countReached(domain: Pick<typeof domains.$inferSelect, "accountId" | "name" | "status">) {
  if (domain.status === "unverified") return 0;
  const { accountId, name } = domain;
  const [row] = await db.execute<{ count: number }>(sql`
    select count(*)::int as count from (
      select 1 from mailboxes b where b.account_id = ${accountId} and ${hosted} and b.deleted_at is null
        and b.archived_at is null and split_part(b.address, '@', 2) = ${name}
      union all
      select 1 from mailbox_aliases l where l.account_id = ${accountId} and l.ended_at is null
        and split_part(l.address, '@', 2) = ${name}
      union all
      select 1 from mail_groups g where g.account_id = ${accountId} and g.ended_at is null
        and split_part(g.address, '@', 2) = ${name}
      limit ${addressCap + 1}) x`);
  return row!.count;
}
