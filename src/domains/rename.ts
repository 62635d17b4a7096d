import { and, eq, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { isDuplicate } from "../db/errors.ts";
import { domains } from "../db/schema.ts";
import { newClaim } from "../domain-claims/claim.ts";
import { Conflict, Stale } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { instance } from "../instance/queries.ts";
import { inListAlready } from "./add.ts";
import { type Domain, mustBeDomain, subjectOf } from "./queries.ts";
import { queueCheck } from "./queue-check.ts";

interface Input {
  name: { name: string; shownName: string };
  version: number;
}

/**
 * Corrects the name of a claim that nobody has proven yet (M6). It is a new claim from then on: with a new token and a
 * new key. A name that was ever open for users keeps its row: what was said about it must not be said about another (D7).
 */
export async function renameDomain(actor: Actor, domainId: string, { name: { name, shownName }, version }: Input) {
  const claim = await newClaim(await instance());
  return db
    .transaction(async (tx) => {
      const domain = await mustBeDomain(tx, actor.accountId, domainId);
      assertRenamable(domain);
      if (domain.version !== version)
        throw new Stale(t("Somebody else changed this domain while you were editing it."));
      if (domain.name === name && domain.shownName === shownName) return domain;

      const [renamed] = await tx
        .update(domains)
        .set({
          ...claim,
          name,
          shownName,
          oldTokens: sql`${domains.oldTokens} || ${domain.token}::text`,
          claimedAt: sql`now()`,
          nextCheckAt: sql`now()`,
          lastCheckAt: null,
          lapsedAt: null,
          version: sql`${domains.version} + 1`,
        })
        .where(and(eq(domains.accountId, actor.accountId), eq(domains.id, domain.id)))
        .returning();
      const change = { before: { name: domain.shownName }, after: { name: shownName } };
      await recordEvent(tx, actor, "domain.renamed", subjectOf(renamed!), change);
      await queueCheck(tx, renamed!);
      return renamed!;
    })
    .catch((error) => {
      throw isDuplicate(error, "domains_account_name") ? inListAlready() : error;
    });
}

/** 409 for a domain that is or was proven: what hangs on its name would hang on another. */
export function assertRenamable(domain: Domain): void {
  if (domain.status !== "unverified") {
    throw new Conflict(t("A verified domain cannot be renamed. Add the other name as a domain of its own."));
  }
  if (domain.activatedAt) {
    throw new Conflict(
      t("This domain was open for users before, so it keeps its name. Add the other name as a domain of its own."),
    );
  }
}
