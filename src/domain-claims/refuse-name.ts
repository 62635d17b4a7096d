import { isIP } from "node:net";
import { getPublicSuffix } from "tldts";
import { canonicalAddress } from "../access/address.ts";
import { config } from "../config.ts";
import { t } from "../i18n/t.ts";
import { isPublicProvider } from "./providers.ts";

/** Ends of names that never are in the public DNS, or mean a machine itself (RFC 6761, 7686, 9476). */
const special = /(^|\.)(localhost|invalid|onion|alt|arpa)$/;

/**
 * Reads a typed domain name: the A-label in lower case that is stored and compared, in the very form that addresses have
 * (T15), and the name as typed; or, as a sentence, why nobody may claim it (T23).
 */
export function refuseName(typed: string): { name: string; shownName: string } | { problem: string } {
  const shownName = typed.trim().replace(/\.$/, "").normalize("NFC");
  const problem = refuseSpelling(shownName);
  if (problem) return { problem };

  const name = canonicalAddress(`a@${shownName}`)?.slice(2);
  if (!name) return { problem: t("This is not a domain name. Example: example.com") };
  const refused = refuseOwner(name);
  return refused ? { problem: refused } : { name, shownName };
}

function refuseSpelling(text: string): string | undefined {
  if (isIP(text.replace(/^\[|\]$/g, "")) || /^[0-9.]+$/.test(text))
    return t("This is an IP address. Enter the domain that follows the @ in your addresses.");
  if (/[/@]|:/.test(text)) return t("Enter the domain alone, without https:// and without an @. Example: example.com");
  if (text.includes("*")) return t("A domain is proven by its exact name, without *. Add sub-domains one by one.");
  if (text && !/[.\u3002\uff0e\uff61]/.test(text))
    return t("“{name}” alone is no domain that mail can be sent to. Example: example.com", { name: text });
  return undefined;
}

/** Why a well-formed name cannot belong to one account. */
export function refuseOwner(name: string): string | undefined {
  const own = config.MAIL_DOMAIN;
  if (special.test(name)) return t("Names that end like this are not in the public DNS.");
  if (name === own || name.endsWith(`.${own}`) || own.endsWith(`.${name}`))
    return t("This name belongs to this installation itself.");
  if (isPublicSuffix(name)) return t("Under {name} everybody can register names, so nobody owns it.", { name });
  if (isPublicProvider(name))
    return t("Everybody can get an address at {name}, so it does not belong to one company.", { name });
  return undefined;
}

/** Whether everybody can have a name below this one: `co.uk`, `github.io`. The list comes with the package, offline. */
export const isPublicSuffix = (name: string): boolean => getPublicSuffix(name, { allowPrivateDomains: true }) === name;
