import { and, eq, isNull, sql } from "drizzle-orm";
import { db } from "../db/client.ts";
import { domains } from "../db/schema.ts";
import type { Domain } from "../domains/queries.ts";

/** Longer than a look can take: whoever takes a domain has it for so long, then it is due again (R3). */
const leaseEnd = sql`now() + interval '10 minutes'`;

/**
 * The domain that waits longest for its look, taken by this worker; undefined when none is due. Of many workers each gets
 * another one. Domains of deleted accounts wait until their account is restored.
 */
export async function takeDue(): Promise<Domain | undefined> {
  const [domain] = await db
    .update(domains)
    .set({ nextCheckAt: leaseEnd })
    .where(
      sql`${domains.id} = (
        select d.id from domains d join accounts a on a.id = d.account_id and a.deleted_at is null
        where d.ended_at is null and d.lapsed_at is null and d.next_check_at <= now()
        order by d.next_check_at limit 1 for update of d skip locked)`,
    )
    .returning();
  return domain;
}

/** A certain domain, for a look that somebody asked for: whoever looks at it already gives way to this one. */
export async function takeNow(domainId: string): Promise<Domain | undefined> {
  const [domain] = await db
    .update(domains)
    .set({ nextCheckAt: leaseEnd })
    .where(
      and(
        eq(domains.id, domainId),
        isNull(domains.endedAt),
        isNull(domains.lapsedAt),
        sql`exists (select 1 from accounts a where a.id = ${domains.accountId} and a.deleted_at is null)`,
      ),
    )
    .returning();
  return domain;
}
