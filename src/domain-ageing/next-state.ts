import type { EventName } from "../audit/events.ts";
import type { Finding } from "../domain-checks/finding.ts";
import type { Domain } from "../domains/queries.ts";
import type { NotificationKind } from "../notifications/kinds.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** A claim that nobody proves lives so long. */
export const claimLife = 14 * day;

/** What a look at the ownership record does to a domain. */
export interface Move {
  set: Partial<Domain>;
  /** What happened, where something did; the news says the same. */
  event?: Extract<EventName, `domain.${string}`>;
  news?: Extract<NotificationKind, `domain.${string}`>;
}

/** The part of a finding that decides. */
export type Seen = Pick<Finding, "result" | "code" | "values">;

/** Claims: every 5 minutes for an hour, hourly to day 7, then daily, and at the end of their life once more. */
function whenClaimed(domain: Domain, now: Date): Date {
  const age = now.getTime() - domain.claimedAt.getTime();
  const pause = age < hour ? 5 * minute : age < 7 * day ? hour : day;
  return new Date(Math.min(now.getTime() + pause, Math.max(domain.claimedAt.getTime() + claimLife, now.getTime())));
}

const later = (now: Date, pause: number) => new Date(now.getTime() + pause);

/**
 * How a domain ages (X9). Ownership alone decides, and only what authoritative servers say: a time-out or a failing server
 * (`unclear`) changes nothing but when it is looked at again. `now` is the database's.
 */
export function nextState(domain: Domain, seen: Seen | undefined, now: Date): Move {
  const result = seen?.result ?? "unclear";
  if (domain.status === "unverified") return result === "ok" ? prove(seen!, now) : waitOn(domain, now);
  if (result === "ok") return domain.atRiskSince ? recover(domain, now) : { set: { nextCheckAt: later(now, day) } };
  if (result === "unclear") return { set: { nextCheckAt: later(now, hour) } };
  return miss(domain, seen!, now);
}

const prove = ({ values }: Seen, now: Date): Move => ({
  set: {
    status: "verified",
    provenBy: values.by === "cname" ? "cname" : "txt",
    verifiedAt: now,
    nextCheckAt: later(now, day),
  },
  event: "domain.verified",
  news: "domain.verified",
});

function waitOn(domain: Domain, now: Date): Move {
  if (now.getTime() < domain.claimedAt.getTime() + claimLife) return { set: { nextCheckAt: whenClaimed(domain, now) } };
  return { set: { lapsedAt: now, nextCheckAt: null }, event: "domain.lapsed", news: "domain.lapsed" };
}

/** At risk at the first absence; suspended once it was absent three times, over three days or more. */
function miss(domain: Domain, { code, values }: Seen, now: Date): Move {
  const set: Partial<Domain> = {
    absences: domain.absences + 1,
    riskReason: { code, values },
    nextCheckAt: later(now, hour),
  };
  if (!domain.atRiskSince) {
    return { set: { ...set, absences: 1, atRiskSince: now }, event: "domain.marked_at_risk", news: "domain.at_risk" };
  }
  const long = now.getTime() - domain.atRiskSince.getTime() >= 3 * day;
  if (domain.status === "suspended" || !long || domain.absences + 1 < 3) return { set };
  return {
    set: { ...set, status: "suspended", statusBefore: domain.status, suspendedAt: now },
    event: "domain.suspended",
    news: "domain.suspended",
  };
}

const recover = (domain: Domain, now: Date): Move => ({
  set: {
    status: domain.status === "suspended" ? (domain.statusBefore ?? "verified") : domain.status,
    statusBefore: null,
    atRiskSince: null,
    riskReason: null,
    absences: 0,
    suspendedAt: null,
    nextCheckAt: later(now, day),
  },
  event: "domain.recovered",
  news: "domain.recovered",
});
