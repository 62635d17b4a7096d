import { type Inquiry, isAnswer } from "../dns/inquiry.ts";
import { isAskable, plainName } from "../dns/names.ts";
import { readAnswer } from "../dns/read-answer.ts";

export interface Term {
  sign: string;
  kind: string;
  target: string;
}

/** Mechanisms that make a receiver ask DNS; of all together there may be ten (RFC 7208, 4.6.4). */
const asking = ["include", "a", "mx", "ptr", "exists", "redirect"];
const known = [...asking, "all", "ip4", "ip6", "exp"];

/** The parts of an SPF record in their order, or the part that no receiver understands. */
export function readTerms(record: string): Term[] | { mistake: string } {
  const terms: Term[] = [];
  for (const text of record.trim().split(/ +/).slice(1)) {
    const [, sign, kind, mark, target] = text.match(/^([+?~-]?)([a-z0-9]+)([:=/]?)(.*)$/i) ?? [];
    const name = kind?.toLowerCase() ?? "";
    // Modifiers that nobody knows yet are to be ignored, mechanisms are not.
    if (!known.includes(name) && mark !== "=") return { mistake: text };
    const needs = ["include", "exists", "redirect", "ip4", "ip6"].includes(name);
    if (needs && !target) return { mistake: text };
    terms.push({ sign: sign || "+", kind: name, target: plainName(target ?? "") });
  }
  return terms;
}

interface Walk {
  lookups: number;
  included: Set<string>;
  mistake?: string;
}

/** Counts look-ups through every include, and gathers what is included. Stops soon after it is too many. */
export async function walkIncludes(inquiry: Inquiry, name: string, terms: Term[]): Promise<Walk> {
  const walk: Walk = { lookups: 0, included: new Set() };
  await visit(inquiry, terms, walk, [name]);
  return walk;
}

async function visit(inquiry: Inquiry, terms: Term[], walk: Walk, path: string[]): Promise<void> {
  const isRedirected = !terms.some(({ kind }) => kind === "all");
  for (const { kind, sign, target } of terms) {
    if (!asking.includes(kind) || (kind === "redirect" && !isRedirected)) continue;
    walk.lookups += 1;
    if ((kind !== "include" && kind !== "redirect") || walk.lookups > 15 || target.includes("%")) continue;
    if (path.includes(target)) walk.mistake ??= `${kind}:${target}`;
    else await open(inquiry, { kind, sign, target }, walk, path);
  }
}

async function open(inquiry: Inquiry, { kind, sign, target }: Term, walk: Walk, path: string[]): Promise<void> {
  const question = { name: target, type: "TXT" as const };
  const answer = isAskable(target) ? await inquiry.resolve(question) : undefined;
  // A server that does not answer is no mistake of the record's owner.
  if (answer !== undefined && !isAnswer(answer)) return;
  const { records, outcome } = answer
    ? readAnswer("", answer, question, false)
    : { records: [], outcome: "none" as const };
  if (outcome === "failure") return;

  const [found, ...more] = records.filter((text) => /^v=spf1( |$)/i.test(text));
  const terms = found === undefined ? undefined : readTerms(found);
  if (!Array.isArray(terms) || more.length) {
    walk.mistake ??= `${kind}:${target}`;
    return;
  }
  if (sign === "+") walk.included.add(target);
  await visit(inquiry, terms, walk, [...path, target]);
}
