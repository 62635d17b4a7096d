import { doctorSentence } from "../doctor/sentence.ts";
import { peopleCap } from "../domains/list.ts";
import type { Domain } from "../domains/queries.ts";
import { latestRun } from "../runs/queries.ts";
import { type Check, looksAt } from "./checks.ts";
import { kindWords, outcomeWords, recordRows, resultWords } from "./records.ts";
import { isLive, type Standing, stampOf } from "./standing.ts";

const newest = 5;

/** Everything that a domain's page shows, for the whole page and for its part that follows by itself. */
export async function domainPage(standing: Standing) {
  const { domain } = standing;
  const [rows, history, run] = await Promise.all([
    recordRows(domain),
    looksAt(domain, newest),
    latestRun(domain.accountId, domain.id),
  ]);
  return {
    ...standing,
    title: domain.shownName,
    peopleCap,
    rows,
    zone: zoneOf(rows[0]) ?? domain.name,
    ...history,
    run,
    lookMarks,
    outcomeWords,
    live: isLive(standing),
    stamp: stampOf(standing),
    risk: riskOf(domain),
    // Until then the domain is not suspended, however often its record is looked for (X9).
    suspendedAfter: domain.atRiskSince && new Date(domain.atRiskSince.getTime() + 72 * 3_600_000),
  };
}

/** What each check of a look said, as a mark and a word. */
export function lookMarks(checks: Check[]) {
  const proven = checks.some(({ kind, result }) => kind === "ownership" && result === "ok");
  return checks
    .filter(({ result }) => result !== "skipped")
    .map(({ kind, result }) => {
      const [look, icon, word] = resultWords(kind, result, proven);
      return { title: kindWords(kind), look, icon, word };
    });
}

/** The zone that names are relative to: of a sub-domain it is the name that was registered. */
const zoneOf = (row?: { host: string; fullName: string }) =>
  row && (row.host === "@" ? row.fullName : row.fullName.slice(row.host.length + 1));

/** Why a domain is at risk or suspended, in words. */
const riskOf = ({ riskReason }: Domain) =>
  riskReason ? doctorSentence(riskReason.code, riskReason.values ?? {}) : undefined;
