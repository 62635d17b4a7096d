import { canonicalAddress } from "../access/address.ts";
import { t } from "../i18n/t.ts";

/**
 * Reads a typed domain name: the A-label in lower case that is stored and compared, in the very form that addresses have
 * (T15), and the name as typed; or, as a sentence, why nobody may claim it (T23).
 */
export function refuseName(typed: string): { name: string; shownName: string } | { problem: string } {
  const shownName = typed.trim().replace(/\.$/, "").normalize("NFC");
  const name = canonicalAddress(`a@${shownName}`)?.slice(2);
  if (!name) return { problem: t("This is not a domain name. Example: example.com") };
  return { name, shownName };
}
