import { eq, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { domains } from "../db/schema.ts";
import { type Domain, isOpened, mustBeDomain, subjectOf } from "../domains/queries.ts";
import { Conflict } from "../http/errors.ts";
import { t } from "../i18n/t.ts";

/**
 * Closes a domain for newcomers (A40, A41); everybody who is here keeps everything (A39). One that is suspended stays so,
 * and is verified, not active, when its record is back.
 */
export function deactivateDomain(actor: Actor, domainId: string): Promise<Domain> {
  return db.transaction(async (tx) => {
    const domain = await mustBeDomain(tx, actor.accountId, domainId);
    assertOpened(domain);
    const closed = { deactivatedAt: sql`now()`, version: sql`${domains.version} + 1` };
    const [deactivated] = await tx
      .update(domains)
      .set(domain.status === "suspended" ? { ...closed, statusBefore: "verified" } : { ...closed, status: "verified" })
      .where(eq(domains.id, domain.id))
      .returning();
    await recordEvent(tx, actor, "domain.deactivated", subjectOf(domain), {
      before: { status: domain.status },
      after: { status: deactivated!.status },
    });
    return deactivated!;
  });
}

/** 409 for a domain that is not open for users. */
export function assertOpened(domain: Domain): void {
  if (!isOpened(domain)) throw new Conflict(t("This domain is not active."));
}
