import { domainToASCII } from "node:url";
import { z } from "zod";
import { t } from "../i18n/t.ts";

const local = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const host = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;
/** Nothing in it can be composed; workbooks have very many such addresses. */
const ascii = /^[\x20-\x7e]*$/;

/**
 * The one form in which an address is stored and compared, or undefined where it is no plain address: trimmed, ASCII
 * lower case, the domain as A-label. Look-alikes (NFKC differs), quoted local parts, comments, groups and lists are
 * refused, so that no other spelling can reach somebody's account (T15, T69; RFC 5321 limits).
 */
export function canonicalAddress(typed: string): string | undefined {
  const text = typed.trim().normalize("NFC");
  if (text.length > 254 || text !== text.normalize("NFKC")) return undefined;
  // Signs that composing alone turns into letters: K (Kelvin), Å (Ångström).
  if (!ascii.test(typed) && [...typed].some((sign) => sign !== sign.normalize("NFC"))) return undefined;

  const at = text.lastIndexOf("@");
  const name = text.slice(0, at).replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const domain = domainToASCII(text.slice(at + 1).replace(/[A-Z]/g, (letter) => letter.toLowerCase()));
  if (at < 1 || name.length > 64 || !local.test(name) || !host.test(domain)) return undefined;
  return `${name}@${domain}`;
}

/** An address field: the canonical address, or a message beside the field. */
export const address = () =>
  z
    .string()
    .refine((text) => text.trim() !== "", { error: () => t("Enter an e-mail address."), abort: true })
    .transform((text, context) => {
      const canonical = canonicalAddress(text);
      if (canonical) return canonical;
      context.addIssue({
        code: "custom",
        message: t("This is not an e-mail address that mail can be sent to. Example: ana@example.com"),
      });
      return z.NEVER;
    });
