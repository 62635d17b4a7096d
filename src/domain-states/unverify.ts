import { eq } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { domains } from "../db/schema.ts";
import { type Domain, isOpened, mustBeDomain, subjectOf } from "../domains/queries.ts";
import { queueCheck } from "../domains/queue-check.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { newClaimOf } from "./claim-again.ts";

/**
 * Withdraws the verification of a domain: it is a claim again, with a new token, and the published record proves nothing
 * any more. Its users keep everything (A39); newcomers stay out while it was ever active (A40, A41).
 */
export function unverifyDomain(actor: Actor, domainId: string): Promise<Domain> {
  return db.transaction(async (tx) => {
    const domain = await mustBeDomain(tx, actor.accountId, domainId);
    assertWithdrawable(domain);
    const [withdrawn] = await tx
      .update(domains)
      .set({
        ...newClaimOf(domain),
        status: "unverified",
        statusBefore: null,
        provenBy: null,
        verifiedAt: null,
        atRiskSince: null,
        riskReason: null,
        absences: 0,
        suspendedAt: null,
      })
      .where(eq(domains.id, domain.id))
      .returning();
    await recordEvent(tx, actor, "domain.unverified", subjectOf(domain), {
      before: { status: domain.status },
      after: { status: "unverified" },
    });
    await queueCheck(tx, withdrawn!);
    return withdrawn!;
  });
}

/** 409 for a domain that is open for users, or that nobody has verified. */
export function assertWithdrawable(domain: Domain): void {
  if (isOpened(domain)) throw new Conflict(t("This domain is active. Deactivate it first."));
  if (domain.status === "unverified") throw new Conflict(t("This domain is not verified."));
}
