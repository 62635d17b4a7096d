import { config } from "../config.ts";
import type { CheckKind, CheckResult, ServerAnswer } from "../db/schema.ts";
import { cacheSentence, doctorSentence } from "../doctor/sentence.ts";
import { recordsFor, type WantedRecord } from "../domain-claims/records-for.ts";
import type { Domain } from "../domains/queries.ts";
import { t } from "../i18n/t.ts";
import { instance } from "../instance/queries.ts";
import { type Check, foundIn, latestChecks } from "./checks.ts";

/** The checks in the order in which a page shows them. */
export const shownKinds: CheckKind[] = ["ownership", "cname", "mx", "spf", "dkim"];

export const kindWords = (kind: CheckKind): string =>
  ({ ownership: t("Ownership"), cname: t("Ownership by CNAME"), mx: t("MX"), spf: t("SPF"), dkim: t("DKIM") })[kind];

/** How a check stands: a look of the stylesheet, an icon and a word. `proven`: another record proves the domain already. */
export function resultWords(
  kind: CheckKind,
  result: CheckResult | undefined,
  proven = false,
): [string, string, string] {
  const proof = kind === "ownership" || kind === "cname";
  switch (result) {
    case "skipped":
      return ["off", "circle-check", t("Not asked for")];
    case "ok":
      return ["good", "circle-check", proof ? t("Proven") : t("Right")];
    case "missing":
      return proof && proven ? ["off", "circle-check", t("Not needed")] : ["wait", "clock", t("Not found")];
    case "wrong":
      return proof && proven ? ["off", "circle-check", t("Not needed")] : ["bad", "x", t("Not right")];
    case "unclear":
      return ["wait", "triangle-alert", t("No clear answer")];
    default:
      return ["off", "clock", t("Not checked yet")];
  }
}

/** What a server answered, where it is not records: in words. */
export function outcomeWords(outcome: ServerAnswer["outcome"]): string {
  switch (outcome) {
    case "records":
      return "";
    case "none":
      return t("No such record");
    case "no_such_name":
      return t("There is no such name");
    case "failure":
      return t("The server failed");
    case "timeout":
      return t("No answer in time");
  }
}

/** A record in the table of a domain: what should stand where, what was found, and what it means. */
export interface RecordRow {
  kind: CheckKind;
  title: string;
  type: string;
  host: string;
  fullName: string;
  /** One for each record of the name: MX may have several. */
  expected: string[];
  check?: Check;
  found?: ReturnType<typeof foundIn>;
  state: [look: string, icon: string, word: string];
  advice?: ReturnType<typeof doctorSentence>;
  /** In development: where the record can be published in the built-in name server. */
  publish?: string;
  /** What resolvers still remember, though it is not so any more. */
  cache?: string;
}

/** The records that the domain should have, beside what the newest checks found. */
export async function recordRows(domain: Domain): Promise<RecordRow[]> {
  const [settings, latest] = [await instance(), await latestChecks(domain)];
  const wanted = recordsFor(domain, settings);
  const proven = domain.status !== "unverified" && !domain.atRiskSince;
  return shownKinds.flatMap((kind) => {
    const records = wanted.filter((record) => record.kind === kind);
    const [first] = records;
    if (!first) return [];
    const check = latest[kind];
    const state = resultWords(kind, check?.result, proven);
    // One of the two ways of proving is enough: that the other is not there is no news.
    const silent =
      !check || check.result === "ok" || state[0] === "off" || (kind === "cname" && check.result === "missing");
    return {
      kind,
      title: kindWords(kind),
      type: first.type,
      host: first.host,
      fullName: first.fullName,
      expected: records.map(({ value }) => value),
      check,
      found: check && foundIn(check.found),
      state,
      advice: silent ? undefined : doctorSentence(check.code, check.values),
      cache: check && cacheSentence(check.found),
      publish: check?.result === "ok" ? undefined : placeToPublish(first),
    };
  });
}

function placeToPublish({ fullName, type, value }: WantedRecord): string | undefined {
  if (config.production || config.NAME_SERVER_PORT === undefined) return undefined;
  return `/dev/dns?${new URLSearchParams({ name: fullName, type, value })}`;
}
