import { Inquiry } from "../dns/inquiry.ts";
import { checkDkim } from "../mail-checks/dkim.ts";
import { checkMx } from "../mail-checks/mx.ts";
import { checkSpf } from "../mail-checks/spf.ts";
import type { Domain, Finding, Settings } from "./finding.ts";
import { checkOwnership } from "./ownership.ts";

/**
 * Every check of a domain, made now: ownership first, then cname, mx, spf and dkim. Takes up to half a minute of waiting
 * for other people's servers and reads the database, so: outside a transaction. Never throws for what a server says or
 * does not say. Ownership alone decides over a domain's state; its `values.by` is `txt` or `cname` where the result is `ok`.
 */
export async function checkDomain(domain: Domain, settings: Settings): Promise<Finding[]> {
  // The questions of each check are counted by themselves, but none is asked twice.
  const inquiry = new Inquiry();
  const [ownership, ...mail] = await Promise.all([
    checkOwnership(domain, inquiry),
    checkMx(domain, settings, inquiry.beside()),
    checkSpf(domain, settings, inquiry.beside()),
    checkDkim(domain, inquiry.beside()),
  ]);
  return [...ownership, ...mail];
}
