import type { CheckKind, CheckResult, domains, ServerAnswer } from "../db/domains.ts";
import type { instanceSettings } from "../db/schema.ts";
import type { DoctorCode } from "../doctor/codes.ts";

export type Domain = typeof domains.$inferSelect;
export type Settings = Pick<typeof instanceSettings.$inferSelect, "mxHosts" | "spfInclude" | "dkimSelector">;

/** What one check of a domain found: a row of `domain_checks` without its ids. */
export interface Finding {
  kind: CheckKind;
  result: CheckResult;
  code: DoctorCode;
  /** What the doctor's sentence names: hosts, values, servers. */
  values: Record<string, string>;
  /** The records that should be there, as `host type value`. */
  expected: string[];
  /** Per server what it answered, shortened for keeping and showing. */
  found: ServerAnswer[];
}
