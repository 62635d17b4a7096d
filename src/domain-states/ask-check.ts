import { and, eq, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { inWords } from "../access/limits.ts";
import { db } from "../db/client.ts";
import { domains } from "../db/schema.ts";
import { checkPause } from "../domain-pages/standing.ts";
import { type Domain, mustBeDomain } from "../domains/queries.ts";
import { queueCheck } from "../domains/queue-check.ts";
import { Conflict, TooMany } from "../http/errors.ts";
import { t } from "../i18n/t.ts";

const pause = sql.raw(`interval '${checkPause} seconds'`);

/**
 * "Check now", at most once a minute a domain: 429 with the time left. Not an event: what changes is written down with the
 * checks themselves, which keep who asked for them.
 */
export function askCheck(actor: Actor, domainId: string): Promise<Domain> {
  return db.transaction(async (tx) => {
    const domain = await mustBeDomain(tx, actor.accountId, domainId);
    if (domain.lapsedAt) throw new Conflict(t("This claim has lapsed. Claim the domain again; then it is checked."));
    const [asked] = await tx
      .update(domains)
      .set({ askedAt: sql`now()` })
      .where(and(eq(domains.id, domain.id), sql`coalesce(${domains.askedAt} + ${pause} <= now(), true)`))
      .returning();
    if (!asked) {
      const [left] = await tx
        .select({
          wait: sql<number>`greatest(1, ceil(extract(epoch from ${domains.askedAt} + ${pause} - now())))::int`,
        })
        .from(domains)
        .where(eq(domains.id, domain.id));
      const wait = left?.wait ?? checkPause;
      throw new TooMany(
        t("This domain was checked within the last minute. Try again in {left}.", { left: inWords(wait) }),
        wait,
      );
    }
    await queueCheck(tx, asked, actor.userId);
    return asked;
  });
}
