import { and, eq, isNotNull, sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db, type Tx } from "../db/client.ts";
import { isContended } from "../db/errors.ts";
import { domains } from "../db/schema.ts";
import { type Domain, mustBeDomain, subjectOf } from "../domains/queries.ts";
import { Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { enqueue } from "../queue.ts";
import { countManaged, releasePeople } from "./release-people.ts";

/** So many people are let go while the page waits; more are left to the queue. */
const atOnce = 5_000;

/**
 * Deletes a domain: an unverification (X2). Its row and token stay, ended; its corporate users stay members with
 * everything they hold, and become ordinary users. `typed` is the confirmation: the name as shown, or as stored.
 */
export async function removeDomain(actor: Actor, domainId: string, typed: { name: string }): Promise<Domain> {
  for (let tries = 1; ; tries++) {
    try {
      return await db.transaction((tx) => remove(tx, actor, domainId, typed));
    } catch (error) {
      // A batch that takes people in has them locked, and waits for the domain that is locked here.
      if (!isContended(error) || tries === 3) throw error;
    }
  }
}

async function remove(tx: Tx, actor: Actor, domainId: string, { name: typed }: { name: string }): Promise<Domain> {
  const domain = await mustBeDomain(tx, actor.accountId, domainId);
  if (![domain.name, domain.shownName.toLowerCase()].includes(typed.toLowerCase())) {
    throw new Invalid("name", t("Type the name of the domain exactly: {name}", { name: domain.shownName }));
  }
  const [ended] = await tx
    .update(domains)
    .set({ endedAt: sql`now()`, endedBy: actor.userId, nextCheckAt: null, version: sql`${domains.version} + 1` })
    .where(and(eq(domains.accountId, actor.accountId), eq(domains.id, domain.id)))
    .returning();

  const many = (await countManaged(tx, domain, atOnce)) > atOnce;
  const people = many ? await countManaged(tx, domain, 10_000_000) : await releasePeople(tx, domain, atOnce);
  if (many) await enqueue(tx, "release_domain_people", { domainId: domain.id });
  await recordEvent(tx, actor, "domain.removed", subjectOf(domain), {
    before: { name: domain.shownName, status: domain.status, people },
    after: { status: "removed" },
  });
  return ended!;
}

/** A domain that was deleted, for the job that lets its people go; undefined for any other. */
export async function endedDomain(domainId: string): Promise<Domain | undefined> {
  const [domain] = await db
    .select()
    .from(domains)
    .where(and(eq(domains.id, domainId), isNotNull(domains.endedAt)));
  return domain;
}
