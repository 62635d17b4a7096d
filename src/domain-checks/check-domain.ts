import type { Domain, Finding, Settings } from "./finding.ts";

/**
 * Every check of a domain, made now: ownership first, then cname, mx, spf and dkim. Takes up to 30 s of waiting for other
 * people's servers and reads the database, so: outside a transaction. Never throws for what a server says or does not say.
 * Ownership alone decides over a domain's state; its `values.by` is `txt` or `cname` where the result is `ok`.
 */
export async function checkDomain(_domain: Domain, _settings: Settings): Promise<Finding[]> {
  return [];
}
