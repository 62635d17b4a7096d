import type { ServerAnswer } from "../db/domains.ts";
import type { Everywhere } from "../dns/ask-everywhere.ts";
import { heard, named, type Verdict, verdict } from "./finding.ts";

/** Why nothing is known, where no authoritative server said what it has: never a reason to take something away (T25). */
export function silence(asked: Everywhere, host: string): Verdict | undefined {
  if (heard(asked.servers).length) return undefined;
  if (asked.zone === null) return verdict("unclear", "no_resolver");
  const values = { host, zone: asked.zone, servers: asked.servers.map(withReason).join(", ") };
  const why = (reason: string) => asked.servers.some((answer) => answer.why === reason);
  // A circle and an answer without end are how the records are, not how the network was: but they prove no absence.
  if (why("cname_loop")) return verdict("unclear", "cname_loop", values);
  if (why("too_much") || why("truncated")) return verdict("unclear", "too_much", values);
  if (why("unfinished")) return verdict("unclear", "unfinished", values);
  const isSilent = asked.servers.every(({ outcome, why }) => outcome === "timeout" || why === "unreachable");
  return verdict("unclear", isSilent ? "no_answer" : "servers_fail", values);
}

const withReason = ({ server, why }: ServerAnswer) => (why ? `${server} (${why.toUpperCase()})` : server);

/**
 * Reads each server's records by the same rule: where all that answered agree, that is it; where some are right already and
 * others not, it is on its way.
 */
export async function judgeEach(
  asked: Everywhere,
  host: string,
  judge: (answer: ServerAnswer) => Verdict | Promise<Verdict>,
): Promise<Verdict> {
  const nothing = silence(asked, host);
  if (nothing) return nothing;

  const answers = heard(asked.servers);
  const verdicts = await Promise.all(answers.map((answer) => judge(answer)));
  const right = answers.filter((_, index) => verdicts[index]!.result === "ok");
  if (!right.length || right.length === answers.length)
    return verdicts.find(({ result }) => result !== "unclear") ?? verdicts[0]!;
  const others = answers.filter((answer) => !right.includes(answer));
  return verdict("unclear", "propagating", { host, with: named(right), without: named(others) });
}
