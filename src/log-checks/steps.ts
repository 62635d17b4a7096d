import { sql } from "drizzle-orm";
import { db } from "../db/client.ts";
import type { checkPhases } from "../db/schema.ts";
import { checkChain, checkEnd } from "../seal-checks/check-chain.ts";
import { checkErasure, erasures, findStrangers } from "../seal-checks/check-erasures.ts";
import { findUnsealed } from "../seal-checks/find-unsealed.ts";
import type { Finding } from "../seal-checks/finding.ts";
import { checkExpected } from "../seal-checks/verify-log.ts";
import { noHash } from "../seals/canonical.ts";
import type { Key, Place } from "../seals/head.ts";
import { endOfChain } from "../seals/queries.ts";
import type { LogCheck } from "./verify-slice.ts";

type Phase = (typeof checkPhases)[number];
type Step = { found: Finding[]; next?: Phase | "over" };
type Means = { keys: Key[]; size: number };

/** What is done in each phase, a batch at a time: it moves the check along, and says what comes next once it is through. */
export const steps: Record<Phase, (check: LogCheck, means: Means) => Promise<Step>> = {
  end: lookAtEnd,
  chain: walkOn,
  erasures: lookAtErasures,
  unsealed: lookForUnsealed,
};

async function lookAtEnd(check: LogCheck, { keys }: Means): Promise<Step> {
  const { seal, head } = await endOfChain(db);
  Object.assign(check, { end: seal?.position ?? 0, position: 0, hash: noHash });
  const found = [...checkEnd(seal, head, keys)];
  const last = await lastGood();
  if (last) for await (const each of checkExpected(db, last)) found.push(each);
  return { found, next: "chain" };
}

/**
 * The end of the last walk that found nothing is a witness of its own: a chain that was cut off at a head, or made anew, does
 * not hold it. What was before an end that somebody accepted is no witness any more.
 */
async function lastGood(): Promise<Place | undefined> {
  const [row] = await db.execute<{ position: string; hash: string }>(sql`
    select position::text, hash from log_checks
    where finished_at is not null and findings = 0 and position > 0 and started_at > coalesce((
      select max(e.at) from events e where e.account_id is null and e.name = 'log.end_accepted'), '-infinity')
    order by started_at desc limit 1`);
  return row && { position: Number(row.position), hash: row.hash };
}

async function walkOn(check: LogCheck, means: Means): Promise<Step> {
  const walked = { position: check.position, hash: check.hash, events: 0, heads: 0, unknownHeads: 0 };
  const { found, more } = await checkChain(db, walked, check.end, means);
  Object.assign(check, { position: walked.position, hash: walked.hash });
  return { found, next: more ? undefined : "erasures" };
}

/** So many erasures in one go: each redacted a few events, or a few thousand. */
const few = 20;

async function lookAtErasures(check: LogCheck): Promise<Step> {
  const next = (await erasures(db)).filter(({ id }) => Number(id) > check.cursor).slice(0, few);
  if (next.length === 0) return { found: await findStrangers(db), next: "unsealed" };
  const found: Finding[] = [];
  for (const erasure of next) found.push(...(await checkErasure(db, erasure)).found);
  check.cursor = Number(next.at(-1)!.id);
  return { found };
}

async function lookForUnsealed(check: LogCheck): Promise<Step> {
  const { found, last } = await findUnsealed(db, String(check.cursor));
  if (!last) return { found, next: "over" };
  check.cursor = Number(last);
  return { found };
}
