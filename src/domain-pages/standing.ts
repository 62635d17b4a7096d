import { and, eq, isNull, sql } from "drizzle-orm";
import { db } from "../db/client.ts";
import { domains } from "../db/schema.ts";
import { peopleCount } from "../domains/list.ts";
import type { Domain } from "../domains/queries.ts";
import { NotFound } from "../http/errors.ts";
import { uuidOr404 } from "../http/ids.ts";

/** "Check now" can be pressed once in so many seconds. */
export const checkPause = 60;

/** A domain as its page shows it: times are compared by the database's clock (R16). */
export interface Standing {
  domain: Domain;
  /** How many people it brings, up to one more than the cap of the list. */
  people: number;
  /** A look at its records was ordered and has not come back yet. */
  checking: boolean;
  /** Claimed within the hour: it is looked for every five minutes, and the page follows. */
  young: boolean;
  /** Seconds until "Check now" can be pressed again, in tens, so that a page that follows changes seldom; 0 when it can. */
  wait: number;
  /** How many people the activation or undoing that is under way has come to; null where none is. */
  underWay: number | null;
}

const pause = sql.raw(`interval '${checkPause} seconds'`);

/** Where a domain of the account stands; 404 as for `findDomain`. */
export async function standingOf(accountId: string, id: string): Promise<Standing> {
  const [found] = await db
    .select({
      domain: domains,
      people: peopleCount,
      checking: sql<boolean>`greatest(${domains.askedAt}, ${domains.claimedAt}) > now() - interval '2 minutes'
        and coalesce(${domains.lastCheckAt} < greatest(${domains.askedAt}, ${domains.claimedAt}), true)`,
      young: sql<boolean>`${domains.status} = 'unverified' and ${domains.lapsedAt} is null
        and ${domains.claimedAt} > now() - interval '1 hour'`,
      wait: sql<number>`coalesce(greatest(ceil(extract(epoch from ${domains.askedAt} + ${pause} - now()) / 10) * 10, 0), 0)::int`,
      underWay: sql<number | null>`(select r.done from activation_runs r
        where r.account_id = domains.account_id and r.domain_id = domains.id and r.status = 'running' limit 1)`,
    })
    .from(domains)
    .where(and(eq(domains.accountId, accountId), eq(domains.id, uuidOr404(id)), isNull(domains.endedAt)));
  if (!found) throw new NotFound();
  return found;
}

/** Changes with everything that the page would show differently: one that polls gets an answer only then. */
export const stampOf = ({ domain, checking, wait, underWay }: Standing): string =>
  [domain.version, domain.status, Number(domain.lastCheckAt), checking ? "c" : "", wait, underWay ?? ""].join(".");

/** Whether the page should follow by itself. */
export const isLive = ({ checking, young, wait, underWay }: Standing): boolean =>
  checking || young || wait > 0 || underWay !== null;
