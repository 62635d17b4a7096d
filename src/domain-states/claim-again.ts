import { eq, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { domains } from "../db/schema.ts";
import { newToken } from "../domain-claims/claim.ts";
import { type Domain, mustBeDomain, subjectOf } from "../domains/queries.ts";
import { queueCheck } from "../domains/queue-check.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";

/** What begins anew with a claim: another token, and two weeks to publish it. The old token stays known as an old one. */
export const newClaimOf = (domain: Domain) => ({
  token: newToken(),
  oldTokens: sql`${domains.oldTokens} || ${domain.token}::text`,
  claimedAt: sql`now()`,
  nextCheckAt: sql`now()`,
  lastCheckAt: null,
  lapsedAt: null,
  version: sql`${domains.version} + 1`,
});

/** Claims a domain again whose claim has lapsed: with a new token. 409 while the claim lives. */
export function claimAgain(actor: Actor, domainId: string): Promise<Domain> {
  return db.transaction(async (tx) => {
    const domain = await mustBeDomain(tx, actor.accountId, domainId);
    if (!domain.lapsedAt) throw new Conflict(t("This claim has not lapsed. Its record stays as it is."));

    const [claimed] = await tx.update(domains).set(newClaimOf(domain)).where(eq(domains.id, domain.id)).returning();
    await recordEvent(tx, actor, "domain.claimed_again", subjectOf(domain));
    await queueCheck(tx, claimed!);
    return claimed!;
  });
}
