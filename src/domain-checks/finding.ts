import type { CheckKind, CheckResult, domains, ServerAnswer } from "../db/domains.ts";
import type { instanceSettings } from "../db/schema.ts";
import type { Everywhere } from "../dns/ask-everywhere.ts";
import type { DoctorCode } from "../doctor/codes.ts";

export type Domain = typeof domains.$inferSelect;
export type Settings = Pick<typeof instanceSettings.$inferSelect, "mxHosts" | "spfInclude" | "dkimSelector">;

/** What one check of a domain found: a row of `domain_checks` without its ids. */
export interface Finding {
  kind: CheckKind;
  /** `missing` and `wrong` are an authoritative absence of what should be there; `unclear` and `skipped` count for nothing. */
  result: CheckResult;
  code: DoctorCode;
  /** What the doctor's sentence names: hosts, values, servers. */
  values: Record<string, string>;
  /** The records that should be there, as `host type value`. */
  expected: string[];
  /** Per server what it answered, shortened for keeping and showing. */
  found: ServerAnswer[];
}

export type Verdict = Pick<Finding, "result" | "code" | "values">;

/** What is kept of the answers: enough to see what is wrong, however much a server sent (T26). */
export const kept = ({ servers, resolvers }: Pick<Everywhere, "servers" | "resolvers">): ServerAnswer[] =>
  [...servers, ...resolvers].map((answer) => ({
    ...answer,
    records: answer.records.slice(0, 10).map((text) => shortened(text)),
  }));

/** A value as a sentence can carry it. */
export const shortened = (text: string, most = 500): string => (text.length > most ? `${text.slice(0, most)}…` : text);

export const verdict = (result: CheckResult, code: DoctorCode, values: Record<string, string> = {}): Verdict => ({
  result,
  code,
  values: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, shortened(value, 300)])),
});

/** Servers by name, for a sentence. */
export const named = (answers: ServerAnswer[]): string => answers.map(({ server }) => server).join(", ");

/** Those that said what they have: everything but failures and time-outs. */
export const heard = (answers: ServerAnswer[]): ServerAnswer[] =>
  answers.filter(({ outcome }) => outcome !== "failure" && outcome !== "timeout");
