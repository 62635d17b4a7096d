/** What is right or wrong with a domain's records (X8). Kept with every check; each has its own sentence and remedy. */
export const proofCodes = [
  "proven_by_txt",
  "proven_by_cname",
  "nothing_found",
  "propagating",
  "zone_doubled",
  "quotes_kept",
  "spaces_or_case",
  "missing_prefix",
  "split_strings",
  "cut_off",
  "cname_at_host",
  "cname_wrong_host",
  "cname_wrong_target",
  "cname_target_doubled",
  "cname_wildcard",
  "at_apex",
  "wrong_label",
  "wrong_zone",
  "wrong_servers",
  "public_suffix",
  "public_provider",
  "other_account_token",
  "other_domain_token",
  "old_token",
  "unknown_token",
  "other_text",
  "not_delegated",
  "no_answer",
  "servers_fail",
  "too_much",
  "cname_loop",
  "only_resolvers",
  "no_resolver",
  "unfinished",
] as const;
export type ProofCode = (typeof proofCodes)[number];

export const mailCodes = [
  "not_configured",
  "cname_ok",
  "cname_missing",
  "cname_at_domain",
  "mx_ok",
  "mx_missing",
  "mx_null",
  "mx_elsewhere",
  "mx_partial",
  "mx_others",
  "mx_doubled",
  "spf_ok",
  "spf_missing",
  "spf_many",
  "spf_not_included",
  "spf_after_all",
  "spf_everybody",
  "spf_lookups",
  "spf_broken",
  "dkim_ok",
  "dkim_missing",
  "dkim_many",
  "dkim_revoked",
  "dkim_other_key",
  "dkim_cut",
  "dkim_split",
  "dkim_broken",
] as const;
export type MailCode = (typeof mailCodes)[number];

export const doctorCodes = [...proofCodes, ...mailCodes];
export type DoctorCode = ProofCode | MailCode;

export interface Advice {
  problem: string;
  remedy: string;
}
