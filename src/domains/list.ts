import { and, asc, desc, eq, gt, ilike, isNotNull, isNull, lt, or, type SQL, sql } from "drizzle-orm";
import { db } from "../db/client.ts";
import { domains } from "../db/schema.ts";
import { failingChecks, inService } from "../domain-checks/failing.ts";
import { isUuid } from "../http/ids.ts";
import type { DomainQuery, ShownState } from "./forms.ts";

/** An exact count of a million would cost more than the page: one more than this means "more than that". */
export const peopleCap = 10_000;

/** How many people the account manages through a domain, up to one more than the cap. */
export const peopleCount = sql<number>`(select count(*)::int from (select 1 from members m
  where m.account_id = domains.account_id and m.email_domain = domains.name and m.corporate and m.status <> 'removed'
  limit ${sql.raw(String(peopleCap + 1))}) x)`;

const shown: Record<ShownState, SQL | undefined> = {
  all: undefined,
  unverified: eq(domains.status, "unverified"),
  verified: eq(domains.status, "verified"),
  active: eq(domains.status, "active"),
  at_risk: isNotNull(domains.atRiskSince),
  suspended: eq(domains.status, "suspended"),
  failing: sql`${domains.status} in ${inService} and json_array_length(${failingChecks(sql`domains.id`)}) > 0`,
};

/** A page's place: behind or before a domain's name and id. */
export interface DomainPlace {
  way: "next" | "back";
  name: string;
  id: string;
}

/** One page of an account's domains by name, with how many people each brings. */
export async function listDomains(accountId: string, { q, show }: DomainQuery, place?: DomainPlace, size = 50) {
  const typed = `%${q.replaceAll(/[\\%_]/g, "\\$&")}%`;
  const back = place?.way === "back";
  const beyond = back ? lt : gt;
  const found = await db
    .select({ domain: domains, people: peopleCount })
    .from(domains)
    .where(
      and(
        eq(domains.accountId, accountId),
        isNull(domains.endedAt),
        shown[show],
        q ? or(ilike(domains.name, typed), ilike(domains.shownName, typed)) : undefined,
        place && beyond(sql`(${domains.name}, ${domains.id})`, sql`(${place.name}, ${place.id}::uuid)`),
      ),
    )
    .orderBy(...(back ? [desc(domains.name), desc(domains.id)] : [asc(domains.name), asc(domains.id)]))
    .limit(size + 1);

  const more = found.length > size;
  const rows = back ? found.slice(0, size).reverse() : found.slice(0, size);
  const at = (row: (typeof rows)[number] | undefined, way: DomainPlace["way"]) => row && `${way}:${row.domain.id}`;
  return {
    rows,
    previous: (back ? more : place) ? at(rows[0], "back") : undefined,
    next: (back ? true : more) ? at(rows.at(-1), "next") : undefined,
  };
}

/** Reads `next:<domain id>` or `back:<domain id>`; anything else is the first page. */
export async function placeOf(accountId: string, text: unknown): Promise<DomainPlace | undefined> {
  const [way, id] = typeof text === "string" ? text.split(":") : [];
  if ((way !== "next" && way !== "back") || !isUuid(id)) return undefined;
  const [found] = await db
    .select({ name: domains.name, id: domains.id })
    .from(domains)
    .where(and(eq(domains.accountId, accountId), eq(domains.id, id)));
  return found && { way, ...found };
}

/** How many domains an account has, and how many of them wait for their record. */
export async function countDomains(accountId: string): Promise<{ all: number; waiting: number }> {
  const [counts] = await db
    .select({
      all: sql<number>`count(*)::int`,
      waiting: sql<number>`(count(*) filter (where ${domains.status} = 'unverified' and ${domains.lapsedAt} is null))::int`,
    })
    .from(domains)
    .where(and(eq(domains.accountId, accountId), isNull(domains.endedAt)));
  return counts!;
}
